import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { createConnection } from './stream.ts'
import type { Answer, Connection } from './stream.ts'
import { TokenReader } from './tokens.ts'

let server: Server

afterEach(() => {
  server.close()
})

const whole = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'

/** A server that answers each request, counted over all connections, with its bytes; `close` closes the connection. */
async function serve(answers: string[]): Promise<Connection> {
  let asked = 0
  server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', () => {
      const answer = answers[asked++] ?? 'close'
      if (answer === 'close') socket.destroy()
      else socket.write(answer)
      if (answer.endsWith('cut')) socket.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return createConnection({ host: '127.0.0.1', port })
}

function ask(connection: Connection): Promise<Answer> {
  return new Promise((resolve) => {
    const tokens = new TokenReader(() => {})
    connection.ask({ request: 'GET / HTTP/1.1\r\n\r\n', tokens, onAnswer: resolve })
  })
}

test('[BENCH-2] a question that meets the end of an idle connection is asked again, one that meets a refusal is not', async () => {
  const connection = await serve([whole, 'close', whole, 'close', 'close'])
  expect((await ask(connection)).problem).toBeNull()
  expect((await ask(connection)).problem).toBeNull()
  expect((await ask(connection)).problem).toMatch(/closed within the answer|ECONNRESET/)
  connection.cut()
})

test('[BENCH-10] a connection is open from its first answer to its last, so one that opens first can be told', async () => {
  const connection = await serve([
    whole,
    whole,
    'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n',
  ])
  const before: boolean[] = []
  for (let question = 0; question < 3; question += 1) {
    before.push(connection.isOpen())
    await ask(connection)
  }
  expect(before).toEqual([false, true, true])
  expect(connection.isOpen()).toBe(false)
  connection.cut()
})

test('[BENCH-2] an answer that breaks off, or that is no HTTP, is a problem', async () => {
  const connection = await serve([
    'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\ncut',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nno size\r\n',
    whole,
  ])
  expect((await ask(connection)).problem).toMatch(/closed within the answer/)
  expect((await ask(connection)).problem).toMatch(/chunk has no size/)
  expect((await ask(connection)).problem).toBeNull()
  connection.cut()
})
