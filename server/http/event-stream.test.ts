import { createConnection } from 'node:net'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { eventStream } from './event-stream.ts'
import type { CloseReason, EventStreamOptions } from './event-stream.ts'
import { createFront } from './front.ts'
import type { FetchHandler, NodeBindings } from './front.ts'
import { listen } from './listener.ts'
import type { Listener } from './listener.ts'
import { HttpProblem } from './problem.ts'

const log = { debug() {}, warn() {}, error() {} }
const cleanups: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function serve(fetch: FetchHandler): Promise<Listener> {
  const listener = await listen({ fetch: createFront(fetch, { log }), log, port: 0 })
  cleanups.push(() => listener.drain(0))
  return listener
}

/** A handler that answers with the stream, as a door would. */
function streaming(options: EventStreamOptions): FetchHandler {
  return (raw, env) => eventStream({ req: { raw }, env }, options)
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5)
}

/** A source that says what became of it. */
function createSource(frame: (index: number) => Promise<string> | string, count = Infinity) {
  const state = {
    pulled: 0,
    bytes: 0,
    isReturned: false,
    reasons: [] as [CloseReason, unknown][],
    signal: undefined as AbortSignal | undefined,
  }
  async function* generate(signal: AbortSignal): AsyncGenerator<string> {
    state.signal = signal
    try {
      while (state.pulled < count) {
        const next = await frame(state.pulled)
        state.pulled += 1
        state.bytes += next.length
        yield next
      }
    } finally {
      state.isReturned = true
    }
  }
  const onClose = (reason: CloseReason, error?: unknown): unknown => state.reasons.push([reason, error])
  return { state, options: { frames: generate, onClose } satisfies EventStreamOptions }
}

/** A client on a bare socket: it reads only when told so. */
async function connect(listener: Listener): Promise<Socket> {
  const socket = createConnection(listener.port, '127.0.0.1')
  socket.on('error', () => {})
  cleanups.push(async () => socket.destroy())
  await new Promise((resolve) => socket.once('connect', resolve))
  socket.pause()
  socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
  return socket
}

describe('eventStream on a socket', () => {
  test('[HTTP-10] sends every frame as it is, with the headers of an event stream', async () => {
    const source = createSource((index) => `data: ${index} ü\n\n`, 3)
    const listener = await serve(streaming({ ...source.options, headers: { 'x-run-id': 'run_1' } }))
    const response = await fetch(listener.url)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
      'x-run-id': 'run_1',
      'x-request-id': expect.any(String),
    })
    expect(response.headers.has('x-hono-already-sent')).toBe(false)
    expect(await response.text()).toBe('data: 0 ü\n\ndata: 1 ü\n\ndata: 2 ü\n\n')
    expect(source.state.reasons).toEqual([['finished', undefined]])
  })

  test('[HTTP-11] an error before the first frame becomes an error response, a later one ends the connection', async () => {
    const early = createSource(() => Promise.reject(new HttpProblem('not_found', 'No such thread.')))
    const missing = await fetch((await serve(streaming(early.options))).url)
    expect([missing.status, missing.headers.get('content-type')]).toEqual([
      404,
      'application/json; charset=utf-8',
    ])
    expect(early.state.reasons[0]?.[0]).toBe('failed')
    const late = createSource((index) => (index === 0 ? 'data: 0\n\n' : Promise.reject(new Error('broken'))))
    const response = await fetch((await serve(streaming(late.options))).url)
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow()
    expect(late.state.reasons).toEqual([['failed', new Error('broken')]])
  })

  test.each(['FIN', 'RST'])(
    '[HTTP-12] respects return(): when the client leaves by %s, the source stops at once',
    async (how) => {
      // It waits for something that never comes: only the signal can end that.
      const never = (signal: AbortSignal | undefined) =>
        new Promise<string>((_resolve, reject) =>
          signal?.addEventListener('abort', () => reject(new Error('left'))),
        )
      const source = createSource((index): Promise<string> | string =>
        index === 0 ? 'data: 0\n\n' : never(source.state.signal),
      )
      const socket = await connect(await serve(streaming(source.options)))
      socket.resume()
      await until(() => source.state.pulled === 1)
      if (how === 'FIN') socket.end()
      else socket.resetAndDestroy()
      await until(() => source.state.isReturned)
      expect(source.state.signal?.aborted).toBe(true)
      expect(source.state.reasons).toEqual([['gone', undefined]])
    },
  )

  test('[HTTP-12] a client that leaves before the first frame ends the source, too', async () => {
    let wake = (): void => {}
    const source = createSource(() => new Promise((resolve) => (wake = () => resolve('data: 0\n\n'))))
    const socket = await connect(await serve(streaming(source.options)))
    await until(() => source.state.signal !== undefined)
    socket.resetAndDestroy()
    await until(() => source.state.reasons.length > 0)
    wake()
    await until(() => source.state.isReturned)
    expect(source.state.pulled).toBeLessThanOrEqual(1)
  })

  test('[HTTP-13] for a client that reads nothing, at most 64 KiB and one frame wait, and it is cut off', async () => {
    const frame = `data: ${'x'.repeat(10_000)}\n\n`
    const source = createSource(() => frame)
    let bindings: Partial<NodeBindings> | undefined
    let mostWaiting = 0
    const listener = await serve((raw, env) => {
      bindings = env
      const frames = async function* (signal: AbortSignal): AsyncGenerator<string> {
        for await (const next of source.options.frames(signal)) {
          mostWaiting = Math.max(mostWaiting, env?.outgoing?.writableLength ?? 0)
          yield next
        }
      }
      return eventStream({ req: { raw }, env }, { ...source.options, frames, stallSecondsMax: 0.2 })
    })
    const socket = await connect(listener)
    await until(() => source.state.reasons.length > 0)
    expect(source.state.reasons).toEqual([['stalled', undefined]])
    expect(mostWaiting).toBeLessThanOrEqual(65_536 + frame.length)
    expect(bindings?.incoming?.socket.destroyed).toBe(true)
    socket.destroy()
  })

  test('[HTTP-14] many clients that read nothing do not delay one that does', async () => {
    const reasons: string[] = []
    const listener = await serve((raw, env) => {
      const isSlow = !raw.url.endsWith('/quick')
      const source = createSource(() => `data: ${'x'.repeat(10_000)}\n\n`, isSlow ? Infinity : 500)
      const onClose = (reason: CloseReason): unknown => reasons.push(`${isSlow ? 'slow' : 'quick'} ${reason}`)
      return eventStream({ req: { raw }, env }, { ...source.options, onClose })
    })
    const slow = await Promise.all(Array.from({ length: 20 }, () => connect(listener)))
    const body = await (await fetch(`${listener.url}/quick`)).text()
    expect(body.length).toBe(500 * 10_008)
    expect(reasons).toEqual(['quick finished'])
    for (const socket of slow) socket.destroy()
  })

  test('[HTTP-15] sends a comment when nothing was sent for the time of a heartbeat, even before the first frame', async () => {
    let wake = (_frame: string): void => {}
    const source = createSource(() => new Promise((resolve) => (wake = resolve)), 1)
    const listener = await serve(streaming({ ...source.options, heartbeatSeconds: 0.02 }))
    const response = await fetch(listener.url)
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    while (text.split('\n\n').length < 4) text += (await reader?.read())?.value ?? ''
    expect(text.replaceAll(': heartbeat\n\n', '')).toBe('')
    wake('data: 0\n\n')
    for (let chunk = await reader?.read(); chunk?.done === false; chunk = await reader?.read())
      text += chunk.value
    expect(text.replaceAll(': heartbeat\n\n', '')).toBe('data: 0\n\n')
  })
})

describe('eventStream as a web response', () => {
  const answer = (options: EventStreamOptions): Promise<Response> =>
    eventStream({ req: { raw: new Request('http://localhost/') }, env: undefined }, options)

  test('[HTTP-10] sends the same frames and headers', async () => {
    const response = await answer(createSource((index) => `data: ${index}\n\n`, 3).options)
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(await response.text()).toBe('data: 0\n\ndata: 1\n\ndata: 2\n\n')
  })

  test('[HTTP-11] rejects when the source throws before its first frame', async () => {
    await expect(answer(createSource(() => Promise.reject(new Error('early'))).options)).rejects.toThrow(
      'early',
    )
  })

  test('[HTTP-12] respects return(): cancelling the body stops the source', async () => {
    const source = createSource((index) => `data: ${index}\n\n`)
    const reader = (await answer(source.options)).body?.getReader()
    await reader?.read()
    await reader?.cancel()
    await until(() => source.state.isReturned)
    expect(source.state.signal?.aborted).toBe(true)
    expect(source.state.reasons).toEqual([['gone', undefined]])
  })

  test('[HTTP-13] the source is never asked for more than one frame ahead', async () => {
    const source = createSource((index) => `data: ${index}\n\n`)
    const reader = (await answer({ ...source.options, stallSecondsMax: 0.1 })).body?.getReader()
    for (let read = 1; read <= 3; read += 1) {
      await reader?.read()
      await sleep(5)
      expect(source.state.pulled).toBeLessThanOrEqual(read + 1)
    }
    await until(() => source.state.reasons.length > 0)
    expect(source.state.reasons).toEqual([['stalled', undefined]])
  })

  test('[HTTP-15] heartbeats go on while the reader reads', async () => {
    const source = createSource(() => new Promise(() => {}))
    const reader = (await answer({ ...source.options, heartbeatSeconds: 0.01 })).body?.getReader()
    for (let beat = 0; beat < 3; beat += 1) {
      expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe(': heartbeat\n\n')
    }
    await reader?.cancel()
  })
})
