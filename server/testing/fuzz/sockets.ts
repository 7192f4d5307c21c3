/**
 * Bytes that no client library would send: requests within requests, lengths that disagree, lines that never end. What is hidden in a
 * body must reach no handler; whatever else it is gets an answer that is no fault of ours, or its connection closed.
 */
import { connect } from 'node:net'
import { createRandom } from '../random.ts'
import type { Random } from '../random.ts'
import type { Fault, Shared } from './findings.ts'
import type { House } from './house.ts'

const hidden = 'GET /smuggled HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'
const head = (line: string, ...headers: string[]): string =>
  `${[line, 'Host: 127.0.0.1', ...headers].join('\r\n')}\r\n\r\n`
const json = 'Content-Type: application/json'
const length = (text: string): string => `Content-Length: ${Buffer.byteLength(text)}`

/** Where the hidden request is the body, however the beginning is read by who reads it well. */
const smuggling: readonly ((random: Random) => string)[] = [
  // Two lengths: the chunks end at once, the length covers what is hidden.
  (random) => {
    const body = `0\r\n\r\n${hidden}`
    return head(`POST ${address(random)} HTTP/1.1`, json, length(body), spelling(random)) + body
  },
  (random) => {
    const body = `0\r\n\r\n${hidden}`
    return head(`POST ${address(random)} HTTP/1.1`, json, spelling(random), length(body)) + body
  },
  (random) => head(`POST ${address(random)} HTTP/1.1`, json, 'Content-Length: 0', length(hidden)) + hidden,
  (random) =>
    head(`POST ${address(random)} HTTP/1.1`, json, `Content-Length: ${oddLength(random)}`, length(hidden)) +
    hidden,
  (random) => head(`POST ${address(random)} HTTP/1.1`, json, `Content-Length: ${oddLength(random)}`) + hidden,
  // Refused before the body is read: the connection goes on behind it, or not at all.
  (random) => head(`POST ${address(random)} HTTP/1.1`, json, length(hidden)) + hidden,
  (random) => head(`POST ${address(random)} HTTP/1.1`, 'Content-Type: text/plain', length(hidden)) + hidden,
  (random) => head(`GET ${address(random)} HTTP/1.1`, length(hidden)) + hidden,
  (random) => head(`DELETE ${address(random)} HTTP/1.1`, length(hidden)) + hidden,
  (random) => head(`POST ${address(random)} HTTP/1.1`, json, 'Expect: 100-continue', length(hidden)) + hidden,
  (random) =>
    head(`POST ${address(random)} HTTP/1.1`, json, 'Authorization: Bearer x', length(hidden)) + hidden,
  // Chunks that are none.
  (random) => {
    const size = random.pick(['0x2f', '-1', '+2f', 'FFFFFFFFFFFFFFFFF', '2f;\n', '2f\r', ' 2f', '2g']) ?? ''
    return (
      head(`POST ${address(random)} HTTP/1.1`, json, 'Transfer-Encoding: chunked') +
      `${size}\r\n${hidden}\r\n0\r\n\r\n`
    )
  },
  (random) =>
    head(`POST ${address(random)} HTTP/1.1`, json, 'Transfer-Encoding: chunked') +
    `${hidden.length.toString(16)};x="\r\n"\r\n${hidden}\r\n0\r\n\r\n`,
  // In a header.
  (random) => head(`GET ${address(random)} HTTP/1.1`, `X-A: b\r${hidden}`),
  (random) => head(`GET ${address(random)} HTTP/1.1`, 'X-A: b', ` ${hidden.replaceAll('\r\n', ' ')}`),
  (random) => head(`GET ${address(random)} HTTP/1.1`, `X-A : b`, `Content-Length: ${hidden.length}`) + hidden,
]

const spellings = [
  'Transfer-Encoding: chunked',
  'Transfer-Encoding : chunked',
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding: chunked, identity',
  'Transfer-Encoding: identity, chunked',
  'Transfer-Encoding:\tchunked',
  'Transfer-Encoding: \u000bchunked',
  'Transfer-Encoding: "chunked"',
  'transfer-encoding: CHUNKED',
  'X: y\nTransfer-Encoding: chunked',
  'Transfer-Encoding\n: chunked',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: x',
  'Transfer_Encoding: chunked',
]
const spelling = (random: Random): string => random.pick(spellings) ?? ''
const oddLength = (random: Random): string =>
  random.pick([
    '+5',
    '5,5',
    '0x5',
    '5 5',
    '-5',
    '5.0',
    '',
    '1e1',
    '00000000000000000000000000000005',
    '99999999999999999999',
  ]) ?? ''
const address = (random: Random): string =>
  random.pick([
    '/chatkit',
    '/api/chats',
    '/api/chatkit/respond',
    '/files',
    '/nothing',
    '/api/auth/sign-out',
    '/healthz',
    '/api/ping',
    '/v1/chatkit/threads',
  ]) ?? '/'

/** Where nothing is hidden, but nothing is proper either. */
const garbage: readonly ((random: Random) => string | Buffer)[] = [
  (random) => Buffer.from(Array.from({ length: random.between(1, 400) }, () => random.between(0, 255))),
  () => Buffer.from('16030100a5010000a103', 'hex'),
  () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  (random) => `GET ${address(random)}\r\n\r\n`,
  (random) => `GET ${address(random)} HTTP/1.1\r\n\r\n`,
  (random) => `GET ${address(random)} HTTP/1.0\r\n\r\n`,
  (random) => `GET ${address(random)} HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n`,
  (random) =>
    `GET ${address(random)} HTTP/1.1\r\nHost: ${random.pick(['evil.example', '127.0.0.1:99999', '[::1', 'a b', '', '127.0.0.1@evil.example', 'localhost%00']) ?? ''}\r\n\r\n`,
  (random) => head(`GET http://evil.example${address(random)} HTTP/1.1`),
  (random) =>
    head(
      `${random.pick(['CONNECT', 'TRACE', 'OPTIONS', 'get', 'G\u0000T', 'PROPFIND', 'X'.repeat(500)]) ?? ''} ${random.pick(['*', '/', '127.0.0.1:80']) ?? ''} HTTP/1.1`,
    ),
  (random) =>
    head(
      `GET ${random.pick(['/\u0000', '/%', '/%zz', '/\u00ff', `/${'a'.repeat(9_000)}`, '/../../etc/passwd', '//', '/\\', '?', '', '/ /'])} HTTP/1.1`,
    ),
  (random) =>
    head(
      `GET ${address(random)} HTTP/1.1`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    ),
  (random) =>
    head(
      `GET ${address(random)} HTTP/1.1`,
      'Connection: Upgrade, HTTP2-Settings',
      'Upgrade: h2c',
      'HTTP2-Settings: AAMAAABkAAQAAP__',
    ),
  (random) => head(`GET ${address(random)} HTTP/1.1`, `X: ${'y'.repeat(random.between(10_000, 40_000))}`),
  (random) =>
    head(
      `GET ${address(random)} HTTP/1.1`,
      ...Array.from({ length: random.between(100, 3_000) }, (_, index) => `X-${index}: y`),
    ),
  (random) => head(`GET ${address(random)} HTTP/1.1`, `X: a\u0000b`, 'Y: \u007f', '\u00e9: z'),
  (random) => head(`GET ${address(random)} HTTP/9.9`),
  (random) =>
    head(`POST ${address(random)} HTTP/1.1`, json, 'Expect: something-else', 'Content-Length: 2') + '{}',
  (random) => head(`POST ${address(random)} HTTP/1.1`, json, 'Content-Length: 100') + '{}',
  (random) => head(`POST ${address(random)} HTTP/1.1`, json, 'Transfer-Encoding: chunked') + '5\r\n{"a":',
  (random) => head(`GET ${address(random)} HTTP/1.1`).replaceAll('\r\n', '\n'),
  (random) => head(`GET ${address(random)} HTTP/1.1`).repeat(random.between(2, 40)),
]

/** Begun and never ended: the time limits of the listener are what ends them. */
const slow: readonly string[] = [
  'GET / HT',
  'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ',
  head('POST /chatkit HTTP/1.1', json, 'Content-Length: 100') + '{',
  '',
]

const slowAtOnce = 10
const secondsMax = 120

export async function attackSockets(house: House, { seed, goesOn, count, fault }: Shared): Promise<void> {
  const random = createRandom(seed)
  const waiting = new Set<Promise<void>>()
  const judge = (operation: string, bytes: string | Buffer, answer: string | null): void => {
    const wrong = judged(operation, bytes, answer)
    count(statusesIn(answer)[0] ?? 0)
    if (wrong !== null) fault(wrong)
  }
  while (await goesOn()) {
    if (waiting.size < slowAtOnce && random.chance(0.01)) {
      const bytes = random.pick(slow) ?? ''
      const one: Promise<void> = send(house.port, bytes, true)
        .then((answer) => judge('slow', bytes, answer))
        .finally(() => void waiting.delete(one))
      waiting.add(one)
    }
    const isHidden = random.chance(0.6)
    const bytes = random.pick(isHidden ? smuggling : garbage)?.(random) ?? ''
    judge(isHidden ? 'smuggling' : 'garbage', bytes, await send(house.port, bytes, false))
    if (house.smuggled.length === 0) continue
    fault(faultOf('ESCAPE: a smuggled request', 'smuggling', bytes, house.smuggled.splice(0).join(' ')))
  }
  await Promise.all(waiting)
}

const statusesIn = (answer: string | null): number[] =>
  [...(answer ?? '').matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status))

function judged(operation: string, bytes: string | Buffer, answer: string | null): Fault | null {
  const wrong = (kind: string): Fault => faultOf(kind, operation, bytes, (answer ?? '').slice(0, 300))
  if (answer === null) return wrong('a connection that stays open')
  const statuses = statusesIn(answer)
  if (answer !== '' && statuses.length === 0) return wrong('no HTTP')
  const [worst] = statuses.filter((status) => status >= 500)
  if (worst !== undefined) return wrong(`status ${worst}`)
  return /\n\s+at |node_modules/.test(answer) ? wrong('a stack') : null
}

function faultOf(kind: string, operation: string, bytes: string | Buffer, detail: string): Fault {
  const shown = Buffer.from(bytes).subarray(0, 2_000).toString('base64')
  const curl = `node -e 'const s=require("net").connect(8787);s.pipe(process.stdout);s.end(Buffer.from("${shown}","base64"))'`
  return { kind, operation: `raw bytes: ${operation}`, times: 1, detail, curl, repeat: '' }
}

/** Everything until the server closes; null when it does not. */
function send(port: number, bytes: string | Buffer, isSlow: boolean): Promise<string | null> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect({ port, host: '127.0.0.1' })
    const timer = setTimeout(() => {
      resolve(null)
      socket.destroy()
    }, secondsMax * 1_000)
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')))
    // A connection that is cut off is an answer as well.
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(answer)
    })
    const raw = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes
    if (isSlow) socket.write(raw)
    else socket.end(raw)
  })
}
