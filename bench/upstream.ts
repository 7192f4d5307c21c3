/**
 * The laboratory's language model: an OpenAI-compatible upstream in a process of its own, on raw TCP and with prepared bytes,
 * so that it is never what limits a server. What a client wants stands in its message (`wishText`).
 *
 *   node bench/dist/upstream.js [port]      says {"port": …} on its standard output
 *
 * Only `POST` with a `content-length` is understood, one request after the other on a connection.
 */
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { createPacer } from './pacer.ts'
import type { Paced } from './pacer.ts'
import { readWish, stampNow, writeStamp } from './tokens.ts'
import type { Wish } from './tokens.ts'
import { answerTemplate } from './upstream-answers.ts'
import type { AnswerTemplate, UpstreamApi } from './upstream-answers.ts'

const pacer = createPacer()
let answers = 0
/** Neighbouring streams come far apart in their period. */
const goldenRatio = 0.618_033_988_75

const server = createServer({ noDelay: true }, (socket) => {
  let waiting: Buffer = Buffer.alloc(0)
  socket.on('data', (bytes: Buffer) => {
    waiting = waiting.length === 0 ? bytes : Buffer.concat([waiting, bytes])
    for (let request = takeRequest(waiting); request !== null; request = takeRequest(waiting)) {
      waiting = waiting.subarray(request.length)
      if (request.wish === null) socket.end('HTTP/1.1 411 Length Required\r\ncontent-length: 0\r\n\r\n')
      else answer(socket, request.api, request.wish)
    }
  })
  socket.on('error', () => {
    // A client may go at any time.
  })
})

server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', 4096, () => {
  const { port } = server.address() as AddressInfo
  process.stdout.write(`${JSON.stringify({ port })}\n`)
})

interface TakenRequest {
  length: number
  api: UpstreamApi
  /** Null: the request does not say how long it is. */
  wish: Wish | null
}

/** The first request, once it is there as a whole. */
function takeRequest(bytes: Buffer): TakenRequest | null {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd < 0) return null
  const head = bytes.toString('latin1', 0, headEnd)
  const api = /^POST \S*\/responses /.test(head) ? 'responses' : 'chat'
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length === undefined) return { length: bytes.length, api, wish: null }
  const end = headEnd + 4 + Number(length)
  if (bytes.length < end) return null
  return { length: end, api, wish: readWish(bytes.toString('latin1', headEnd + 4, end)) }
}

function answer(socket: Socket, api: UpstreamApi, wish: Wish): void {
  const template = answerTemplate(api, wish.tokens)
  const send = wish.tokensPerSecond === 0 ? allAtOnce(socket, template) : oneByOne(socket, template, wish)
  if (wish.delayMilliseconds > 0) return pacer.add(send, wish.delayMilliseconds)
  const wait = send.next()
  if (wait !== null) pacer.add(send, wait)
}

function allAtOnce(socket: Socket, { bytes, stampStarts, idStarts }: AnswerTemplate): Paced {
  return {
    next() {
      const whole = Buffer.from(bytes)
      const stamp = stampNow()
      for (const start of stampStarts) writeStamp(whole, start, stamp)
      const id = nextId()
      for (const start of idStarts) whole.write(id, start, 'latin1')
      socket.write(whole)
      return null
    },
  }
}

function oneByOne(socket: Socket, template: AnswerTemplate, wish: Wish): Paced {
  const { bytes, tokenStarts, stampStarts, idStarts } = template
  const period = 1_000 / wish.tokensPerSecond
  const id = nextId()
  const phase = ((answers * goldenRatio) % 1) * period
  let sent = 0
  let ids = 0
  return {
    next() {
      if (socket.destroyed) return null
      const isLast = sent + 1 >= wish.tokens
      const from = sent === 0 ? 0 : (tokenStarts[sent] ?? 0)
      const to = isLast ? bytes.length : (tokenStarts[sent + 1] ?? 0)
      const piece = Buffer.from(bytes.subarray(from, to))
      writeStamp(piece, (stampStarts[sent] ?? 0) - from, stampNow())
      for (let start = idStarts[ids]; start !== undefined && start < to; start = idStarts[++ids])
        piece.write(id, start - from, 'latin1')
      socket.write(piece)
      sent += 1
      if (isLast) return null
      return sent === 1 ? phase : period
    },
  }
}

function nextId(): string {
  answers += 1
  return `msg_${answers.toString(36).padStart(12, '0')}`
}
