/** Ports for programs that must be told theirs. */
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * Systems give the ports from 32768 on to whoever asks for any. Below them nobody takes one between our look and the program's
 * start, or while it is down to be started again.
 */
const [portMin, portMax] = [20_000, 32_000]

export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(portMin, portMax)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
