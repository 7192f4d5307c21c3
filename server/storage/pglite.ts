/**
 * PGlite behind the engine interface: one connection, in a thread of its own, for one transaction after the other.
 *
 *   transactions ─▶ turnstile ─▶ messages ─▶ thread: PGlite
 *
 * One process has it at a time, so notifications never leave the process, nor trouble the thread.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { MessageChannel, Worker } from 'node:worker_threads'
import { command } from './database.ts'
import type { AdminConnection, Connection, Engine, Statement } from './database.ts'
import { DatabaseError } from './database-error.ts'
import type { PgliteRequest, PgliteResponse, PgliteStart } from './pglite-messages.ts'
import { serve } from './pglite-serve.ts'
import { createTurnstile } from './turnstile.ts'

export interface PgliteEngine extends Engine {
  /** The data directory, packed: what a new one can begin with. */
  dump(): Promise<Uint8Array>
}

/** How long a transaction waits for its turn. */
const turnMillisecondsMax = 15_000

/** `onGone`: the thread has ended although nobody closed it. Everything from then on fails. */
export async function createPglite(
  start: PgliteStart,
  onGone: (error: Error) => void = () => {},
): Promise<PgliteEngine> {
  if (start.dataDirectory !== null) {
    // Left behind by a process that was killed. That nobody else is here is what our own lock knows.
    await rm(join(start.dataDirectory, 'postmaster.pid'), { force: true })
  }
  const thread = await startThread(start, onGone)
  const turnstile = createTurnstile(turnMillisecondsMax)
  const handlers = new Map<string, Set<(payload: string) => void>>()

  async function run(statements: readonly Statement[]): Promise<(readonly unknown[])[]> {
    const plain = statements.map(({ text, values }) => ({ text, values }))
    return thread.request((id) => ({ type: 'run', id, statements: plain }))
  }

  async function notify(channel: string, payloads: readonly string[]): Promise<void> {
    for (const handler of handlers.get(channel) ?? []) for (const payload of payloads) handler(payload)
  }

  async function acquire(): Promise<Connection> {
    const leave = await turnstile.enter()
    return {
      run,
      notify,
      release(broken) {
        // There is no other connection: the next borrower must not inherit a transaction that has failed.
        if (broken) {
          run([command('rollback')])
            .catch(() => {})
            .finally(leave)
        } else leave()
      },
    }
  }

  async function connectAdmin(): Promise<AdminConnection> {
    const leave = await turnstile.enter()
    await run([command('reset role')]).catch((error: unknown) => {
      leave()
      throw error
    })
    return {
      run,
      script: async (text) => void (await thread.request((id) => ({ type: 'script', id, text }))),
      async close() {
        await run([command('set role parley_app')]).finally(leave)
      },
    }
  }

  return {
    kind: 'pglite',
    connectAdmin,
    acquire,
    async listen(channel, handler) {
      const known = handlers.get(channel) ?? new Set()
      handlers.set(channel, known.add(handler))
      return async () => void known.delete(handler)
    },
    // There is no autovacuum in it. Whoever waits comes between two tables. That a table was small once is forgotten: nobody would
    // count it again when it is large, and what was planned for a small one goes through all of it.
    async reclaim(tables) {
      for (const table of tables) {
        const admin = await connectAdmin()
        try {
          await admin.script(`vacuum ${table}`)
          await admin.run([uncounted(table)])
        } finally {
          await admin.close()
        }
      }
    },
    dump: () => thread.dump(),
    async close() {
      const leave = await turnstile.enter()
      await thread.close().finally(leave)
    },
  }
}

interface Thread {
  request(create: (id: number) => PgliteRequest): Promise<(readonly unknown[])[]>
  dump(): Promise<Uint8Array>
  close(): Promise<void>
}

/** The server's end of the messages. */
interface OwnPort {
  postMessage(message: PgliteRequest): void
  on(event: 'message', listener: (message: PgliteResponse) => void): unknown
}

interface Waiting {
  resolve(results: (readonly unknown[])[]): void
  reject(error: Error): void
}

async function startThread(start: PgliteStart, onGone: (error: Error) => void): Promise<Thread> {
  const waiting = new Map<number, Waiting>()
  let archive: Uint8Array = new Uint8Array()
  let gone: Error | undefined
  let isOpen = false
  let lastId = 0

  function fail(error: Error): void {
    const isNews = gone === undefined
    gone ??= error
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
    if (isNews && isOpen) onGone(error)
  }

  function handle(response: Exclude<PgliteResponse, { type: 'opened' | 'not-opened' }>): void {
    const waiter = waiting.get(response.id)
    waiting.delete(response.id)
    if (response.type === 'failed') {
      return waiter?.reject(new DatabaseError(response.message, response.code, response.constraint))
    }
    if (response.type === 'dumped') archive = response.archive
    waiter?.resolve(response.type === 'done' ? response.results : [])
  }

  const { port, stop } = await openPort(start, handle, fail)
  isOpen = true

  function request(create: (id: number) => PgliteRequest): Promise<(readonly unknown[])[]> {
    return new Promise((resolve, reject) => {
      if (gone !== undefined) return reject(gone)
      lastId += 1
      waiting.set(lastId, { resolve, reject })
      port.postMessage(create(lastId))
    })
  }

  return {
    request,
    async dump() {
      await request((id) => ({ type: 'dump', id }))
      return archive
    },
    async close() {
      await request((id) => ({ type: 'close', id }))
      gone = new DatabaseError('The database is closed.')
      await stop()
    },
  }
}

type Handle = (response: Exclude<PgliteResponse, { type: 'opened' | 'not-opened' }>) => void

/** Resolves when the database is open. */
async function openPort(
  start: PgliteStart,
  handle: Handle,
  fail: (error: Error) => void,
): Promise<{ port: OwnPort; stop(): Promise<void> }> {
  return new Promise((resolve, reject) => {
    const { port, stop, onExit } = import.meta.url.endsWith('.ts') ? serveHere(start) : startWorker(start)
    onExit((error) => {
      fail(error)
      reject(error)
    })
    port.on('message', (response) => {
      if (response.type === 'opened') resolve({ port, stop })
      else if (response.type === 'not-opened') reject(new DatabaseError(response.message))
      else handle(response)
    })
  })
}

interface Started {
  port: OwnPort
  stop(): Promise<void>
  onExit(handler: (error: Error) => void): void
}

function startWorker(start: PgliteStart): Started {
  const worker = new Worker(new URL('./pglite-worker.js', import.meta.url), { workerData: start })
  return {
    port: worker,
    stop: async () => void (await worker.terminate()),
    onExit(handler) {
      worker.on('error', (error) => handler(new DatabaseError(String(error))))
      worker.on('exit', () => handler(new DatabaseError('The database thread has ended.')))
    },
  }
}

/** Not compiled, so tests run it: no thread can load this file's language, and the same code serves on this one. */
function serveHere(start: PgliteStart): Started {
  const { port1, port2 } = new MessageChannel()
  void serve(port2, start)
  return {
    port: port1,
    async stop() {
      port1.close()
    },
    onExit() {},
  }
}

function uncounted(table: string): Statement<void> {
  return command(
    'update pg_class set relpages = 0, reltuples = -1, relallvisible = 0 where oid = $1::text::regclass',
    [table],
  )
}
