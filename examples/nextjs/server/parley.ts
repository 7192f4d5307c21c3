/** Parley in this process: its database, its engine, and the actions of the support chat. */
import { createHmac } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ChatActions, Identity, Parley, toActionError } from '@parley/server'
import { readSettings } from './settings.ts'
import { createSupportAgent } from './support-agent.ts'

export interface Chat {
  /** Serves `/chatkit` and `/files/…`. */
  fetch: Parley['fetch']
  actionsOf(identity: Identity): ChatActions
  toActionError: typeof toActionError
  /** A token that says who is signed in. */
  sign(userId: string, lifetimeSeconds: number): Promise<string>
  /** Null when it is none of ours, or no longer good. */
  verify(token: string): Promise<Identity | null>
}

const place = Symbol.for('parley.example')
const shared = globalThis as typeof globalThis & { [place]?: Promise<Chat> }

/** One for the process, however many copies of this module Next.js makes: a database serves one program at a time. */
export function chat(): Promise<Chat> {
  return (shared[place] ??= open())
}

async function open(): Promise<Chat> {
  // In an app of its own an ordinary import does. Here the package is a link to its sources, which would be bundled.
  const parleyServer = await import(/* turbopackIgnore: true */ '@parley/server')
  const { createLog, createParley, createChatActions, createAuthentication, openDatabase } = parleyServer
  const { directory, publicUrl } = readSettings()
  await mkdir(directory, { recursive: true })
  const secret = await keptSecret(join(directory, 'secret'), parleyServer.createSecret())
  const storage = await openDatabase({ kind: 'pglite', directory: join(directory, 'chat') })
  const log = createLog({ level: 'warn' })
  const now = (): Date => new Date()
  const links = { key: createHmac('sha256', secret).update('file links').digest(), now }
  const keeper = parleyServer.createFileKeeper({
    records: storage.files,
    blobs: await parleyServer.createDiskStore({ directory: join(directory, 'files') }),
    policy: parleyServer.policyDefault,
    images: parleyServer.createImages(),
    links: parleyServer.createSignedLinks(links),
    now,
    onFailure: (event, fields) => log.error(event, fields),
  })
  const tokens = parleyServer.createBearerTokens({ secret })
  const parley = createParley({
    storage,
    agent: createSupportAgent(parleyServer),
    authentication: createAuthentication([tokens]),
    fileKeeper: keeper,
    publicOrigins: [publicUrl],
    log,
  })
  await parley.start()
  return {
    fetch: parley.fetch,
    actionsOf: createChatActions({ ...storage, engine: parley.engine, keeper, now, publicUrl }),
    toActionError: parleyServer.toActionError,
    sign: (userId, lifetimeSeconds) =>
      parleyServer.createToken({ secret }, { userId, tenantId: 'shop', lifetimeSeconds }),
    async verify(token) {
      const request = new Request('http://localhost/', { headers: { authorization: `Bearer ${token}` } })
      const identity = await tokens.authenticate(request)
      return identity === 'rejected' ? null : identity
    },
  }
}

/** Made once, and kept for the owner's eyes only. */
async function keptSecret(file: string, made: string): Promise<string> {
  await writeFile(file, made, { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  return readFile(file, 'utf8')
}
