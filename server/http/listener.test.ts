import { createConnection } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { eventStream } from './event-stream.ts'
import { createFront } from './front.ts'
import type { FetchHandler, FrontOptions } from './front.ts'
import { readJson } from './json.ts'
import { listen } from './listener.ts'
import type { Listener, ListenOptions } from './listener.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

function createLog() {
  const lines: [string, Record<string, unknown> | undefined][] = []
  const error = (event: string, fields?: Record<string, unknown>): unknown => lines.push([event, fields])
  return { lines, debug() {}, warn() {}, error }
}

async function serve(
  handler: FetchHandler,
  options: Partial<ListenOptions> & Partial<FrontOptions> = {},
): Promise<Listener & { log: ReturnType<typeof createLog> }> {
  const log = createLog()
  const listener = await listen({
    fetch: createFront(handler, { log, ...options }),
    port: 0,
    ...options,
    log,
  })
  cleanups.push(() => listener.drain(0))
  return { ...listener, log }
}

/** Sends bytes as they are and gathers the answer until the server closes. */
async function talk(listener: Listener, ...parts: string[]): Promise<string> {
  const socket = createConnection(listener.port, '127.0.0.1')
  socket.on('error', () => {})
  cleanups.push(async () => socket.destroy())
  for (const part of parts) socket.write(part)
  let answer = ''
  for await (const chunk of socket) answer += String(chunk)
  return answer
}

const hello: FetchHandler = () => new Response('hello')

describe('requests and their answers', () => {
  test('[HTTP-16] every response names its request, by the client’s own id if that is harmless', async () => {
    const ids: unknown[] = []
    const listener = await serve((_request, bindings) => {
      ids.push(bindings?.headers?.['x-request-id'])
      return new Response('hello')
    })
    const given = await fetch(listener.url, { headers: { 'x-request-id': 'abc_123-X' } })
    const made = await fetch(listener.url, { headers: { 'x-request-id': 'evil id\\nforged=1' } })
    const long = await fetch(listener.url, { headers: { 'x-request-id': 'a'.repeat(65) } })
    const sent = [given, made, long].map((response) => response.headers.get('x-request-id'))
    expect(sent).toEqual(ids)
    expect(sent[0]).toBe('abc_123-X')
    expect(sent[1]).toMatch(/^[0-9a-f-]{36}$/)
    expect(sent[2]).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('[HTTP-17] responses carry careful headers unless their handler says otherwise, also without a socket', async () => {
    const handler: FetchHandler = (request) =>
      new Response('', { headers: request.url.endsWith('/own') ? { 'cache-control': 'public' } : {} })
    const listener = await serve(handler)
    const front = createFront(handler, { log: createLog() })
    const responses = [
      [await fetch(listener.url), await fetch(`${listener.url}/own`)],
      [await front(new Request('http://localhost/')), await front(new Request('http://localhost/own'))],
    ]
    for (const [plain, own] of responses) {
      expect(Object.fromEntries(plain?.headers ?? [])).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'cache-control': 'no-store',
        'x-request-id': expect.any(String),
      })
      expect(own?.headers.get('cache-control')).toBe('public')
    }
  })

  test('[HTTP-18] a handler that throws is answered with 500 and written down; others go on', async () => {
    const listener = await serve((request) => {
      if (request.url.endsWith('/bad')) throw new Error('the password is 1234')
      return new Response('hello')
    })
    const [bad, good] = await Promise.all([fetch(`${listener.url}/bad`), fetch(listener.url)])
    expect([bad.status, await good.text()]).toEqual([500, 'hello'])
    expect(await bad.text()).not.toContain('1234')
    expect(listener.log.lines).toEqual([
      [
        'request-failed',
        { requestId: bad.headers.get('x-request-id'), method: 'GET', error: expect.any(Error) },
      ],
    ])
  })

  test('[HTTP-8] CVE-2025-66414 CVE-2025-49596 CVE-2025-6514: a request for another host is refused', async () => {
    const listener = await serve(hello, { hostNames: ['chat.example'] })
    const ask = (host: string): Promise<string> =>
      talk(listener, `GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`)
    expect(await ask('chat.example')).toMatch(/^HTTP\/1.1 200/)
    expect(await ask('evil.example')).toMatch(/^HTTP\/1.1 421/)
    expect(await ask('a b')).toMatch(/^HTTP\/1.1 400/)
  })

  test('[HTTP-19] what is no proper HTTP is answered in the same envelope and closed', async () => {
    const listener = await serve(hello)
    const garbage = await talk(listener, 'garbage\r\n\r\n')
    const headers = await talk(
      listener,
      `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`,
    )
    const twoLengths = await talk(
      listener,
      'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    )
    const target = await talk(
      listener,
      'GET /%zz\\x HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n',
    )
    expect(garbage).toMatch(/^HTTP\/1.1 400 [^]*"code":"invalid_request"/)
    expect(headers).toMatch(/^HTTP\/1.1 431 [^]*"code":"headers_too_large"/)
    expect(twoLengths).toMatch(/^HTTP\/1.1 400 /)
    for (const answer of [garbage, headers, twoLengths]) {
      expect(answer).toMatch(/cache-control: no-store\r\n[^]*x-content-type-options: nosniff\r\n/)
    }
    expect(target).toMatch(/^HTTP\/1.1 400 [^]*"code":"invalid_request"/)
  })

  test('[HTTP-20] slow headers and slow bodies are cut off; others are not affected', async () => {
    const handler: FetchHandler = async (request) =>
      request.method === 'POST' ? Response.json(await readJson(request)) : new Response('hello')
    const listener = await serve(handler, { headersSecondsMax: 1, requestSecondsMax: 1.5 })
    const slowHeaders = talk(listener, 'GET / HTTP/1.1\r\nhost: local')
    const slowBody = talk(
      listener,
      'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{',
    )
    expect(await (await fetch(listener.url)).text()).toBe('hello')
    expect(await slowHeaders).toMatch(/^HTTP\/1.1 408 [^]*"code":"timeout"/)
    expect(await slowBody).toMatch(/^HTTP\/1.1 4/)
  })

  test('[HTTP-2] a body that is too large is refused on the socket, before all of it has come', async () => {
    const listener = await serve(async (request) => Response.json(await readJson(request)))
    const body = JSON.stringify('x'.repeat(1_100_000))
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(listener.url, { method: 'POST', body, headers })
    expect([response.status, await response.text()]).toEqual([413, expect.stringContaining('"too_large"')])
    const chunked = await talk(
      listener,
      'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
      `${(1_100_000).toString(16)}\r\n${' '.repeat(1_100_000)}`,
    )
    expect(chunked).toMatch(/^HTTP\/1.1 413 /)
    expect(await (await fetch(listener.url, { method: 'POST', body: '{"a":1}', headers })).json()).toEqual({
      a: 1,
    })
  })
})

describe('drain', () => {
  test('[HTTP-21] stops accepting, lets running streams end and closes idle connections', async () => {
    let finish = (): void => {}
    const ended = new Promise<void>((resolve) => (finish = resolve))
    const listener = await serve((raw, env) => {
      if (raw.url.endsWith('/quick')) return new Response('hello')
      const frames = async function* (): AsyncGenerator<string> {
        yield 'data: 0\n\n'
        await ended
        yield 'data: 1\n\n'
      }
      return eventStream({ req: { raw }, env }, { frames: frames() })
    })
    const silent = createConnection(listener.port, '127.0.0.1')
    await new Promise((resolve) => silent.once('connect', resolve))
    await (await fetch(`${listener.url}/quick`)).text()
    const stream = await fetch(listener.url)
    const drained = listener.drain(60_000)
    await expect(fetch(`${listener.url}/quick`)).rejects.toThrow()
    finish()
    expect(await stream.text()).toBe('data: 0\n\ndata: 1\n\n')
    expect(await drained).toBe(0)
  })

  test('[HTTP-21] what is left at the deadline is cut off, and its source ends', async () => {
    let signal: AbortSignal | undefined
    const listener = await serve((raw, env) => {
      const frames = async function* (left: AbortSignal): AsyncGenerator<string> {
        signal = left
        yield 'data: 0\n\n'
        await new Promise(() => {})
      }
      return eventStream({ req: { raw }, env }, { frames })
    })
    const stream = await fetch(listener.url)
    const drained = listener.drain(60_000)
    expect(await listener.drain(0)).toBe(1)
    expect(await drained).toBe(1)
    await expect(stream.text()).rejects.toThrow()
    while (signal?.aborted !== true) await sleep(1)
  })

  test('[HTTP-22] a port that is taken is an error when the listener starts', async () => {
    const listener = await serve(hello)
    await expect(listen({ fetch: hello, log: createLog(), port: listener.port })).rejects.toThrow(
      /EADDRINUSE/,
    )
  })
})
