import { expect, test } from 'vitest'
import { HttpReply } from './http-reply.ts'

const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nparley-run: run_1\r\n'
const chunked = Buffer.from(
  `${head}Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n1A;x=y\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\nx-trailer: 1\r\n\r\n`,
)

function read(pieces: Buffer[]): { reply: HttpReply; body: string } {
  let body = ''
  const reply = new HttpReply((bytes, from, to) => (body += bytes.toString('latin1', from, to)))
  for (const piece of pieces) reply.read(piece, piece.length)
  return { reply, body }
}

test('[BENCH-2] a chunked response is read to its end wherever its bytes are cut', () => {
  for (let first = 0; first < chunked.length; first += 1) {
    for (const length of [0, 1, 5]) {
      const cut = [
        chunked.subarray(0, first),
        chunked.subarray(first, first + length),
        chunked.subarray(first + length),
      ]
      const { reply, body } = read(cut)
      expect(body).toBe('abcdabcdefghijklmnopqrstuvwxyz')
      expect([reply.isOver, reply.status, reply.bodyBytes, reply.header('Parley-Run')]).toEqual([
        true,
        200,
        30,
        'run_1',
      ])
    }
  }
})

test('[BENCH-2] what lies behind the bytes that were read is not looked at', () => {
  const { reply } = read([])
  reply.read(Buffer.concat([chunked, Buffer.from('HTTP/1.1 500')]), 20)
  expect([reply.isOver, reply.status]).toEqual([false, 0])
})

test('[BENCH-2] a response ends with its length, or with the connection, or not at all', () => {
  const measured = read([Buffer.from(`${head}content-length: 3\r\n\r\nabc`)])
  expect([measured.reply.isOver, measured.body]).toEqual([true, 'abc'])
  const open = read([Buffer.from(`${head}connection: close\r\n\r\nabc`)])
  expect([open.reply.isOver, open.reply.isKeptAlive, open.reply.close()]).toEqual([false, false, true])
  expect(read([chunked.subarray(0, chunked.length - 2)]).reply.close()).toBe(false)
})

test('[BENCH-2] the end of the body is remembered, however it came', () => {
  const text = Array.from({ length: 300 }, (_, index) => `id: ${index}\n`).join('')
  const bytes = Buffer.from(`${head}content-length: ${text.length}\r\n\r\n${text}`)
  for (const size of [1, 7, 2_000, bytes.length]) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    )
    expect(read(pieces).reply.tail).toBe(text.slice(-1_024))
  }
})
