/**
 * A proxy before Postgres that lets one commit through and keeps its answer: whoever sent it cannot know whether it counts.
 *
 *   program ─▶ proxy ─▶ Postgres        armed with a text: behind that text, the next sync, which commits what has no `begin`,
 *           ◀─       ◀─                 is forwarded, nothing comes back, and a moment later the connection is cut
 */
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

export interface CommitThief {
  /** The database's URL, through the proxy. */
  readonly url: string
  /** From now on: the next sync behind this text on its connection. Resolves when its answer has been kept. */
  steal(text: string): Promise<void>
  close(): Promise<void>
}

/** The message that ends a round trip: its type and its length. */
const sync = 'S\0\0\0\u0004'

/** Long enough for Postgres to commit, which nobody tells us. */
const commitMilliseconds = 200

export async function startCommitThief(databaseUrl: string): Promise<CommitThief> {
  const target = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let armed: { text: string; stolen(): void } | undefined

  const server = createServer((program) => {
    const postgres = connect(Number(target.port), target.hostname)
    let isMarked = false
    let isKept = false
    for (const socket of [program, postgres]) {
      sockets.add(socket)
      // Either end may go at any time, and takes the other with it.
      socket.on('error', () => {})
      socket.once('close', () => {
        sockets.delete(socket)
        program.destroy()
        postgres.destroy()
      })
    }
    program.on('data', (data) => {
      const said = data.toString('utf8')
      if (armed !== undefined && said.includes(armed.text)) isMarked = true
      if (armed !== undefined && isMarked && said.endsWith(sync)) {
        const { stolen } = armed
        armed = undefined
        isKept = true
        setTimeout(() => {
          program.destroy()
          stolen()
        }, commitMilliseconds)
      }
      postgres.write(data)
    })
    postgres.on('data', (data) => {
      if (!isKept) program.write(data)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = new URL(databaseUrl)
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: url.href,
    steal: (text) => new Promise((resolve) => (armed = { text, stolen: resolve })),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
