/**
 * A TCP proxy that can be as bad as a network: slow, silent, cut, or a thief of answers.
 *
 *   client ─▶ bytes ─▶ [weather] ─▶ server
 *          ◀─       ◀─           ◀─
 *
 * How a connection ends on one side (FIN or RST) is how it ends on the other.
 */
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'

export interface Weather {
  /** For every chunk, in milliseconds, both ways. */
  delay?: number
  /** Nothing passes; what was sent comes later, unless the connection is cut. */
  silent?: boolean
  /** New connections are refused. */
  refused?: boolean
  /** Connections break after so many bytes to the client; asked anew for each connection. */
  cutAfter?(): number
}

export interface Proxy {
  readonly port: number
  weather(weather: Weather): void
  /** Breaks all connections; with `fraction`, about so many of them. */
  cut(fraction?: number): void
  /**
   * The next chunk to the server that is the one (its bytes as Latin-1) is let through, and its answer kept; a moment later the connection breaks.
   * Resolves when that has happened. One at a time.
   */
  stealAnswer(isTheOne: (said: string) => boolean): Promise<void>
  /** Where connections lead from now on. */
  leadTo(port: number): void
  close(): Promise<void>
}

/** Long enough for the other side to have done what it was told. */
const theftMilliseconds = 200

interface Link {
  client: Socket
  server: Socket
  /** Takes effect on what waits, too. */
  weatherChanged(): void
}

export async function startProxy(target: number): Promise<Proxy> {
  const links = new Set<Link>()
  let port = target
  let weather: Weather = {}
  let theft: { isTheOne(said: string): boolean; done(): void } | undefined

  const sky: Sky = {
    weather: () => weather,
    takeTheft(data) {
      if (theft === undefined || !theft.isTheOne(data.toString('latin1'))) return undefined
      const { done } = theft
      theft = undefined
      return done
    },
  }

  const listener: Server = createServer({ allowHalfOpen: true }, (client) => {
    if (weather.refused === true) {
      client.resetAndDestroy()
      return
    }
    const link = createLink(client, connect({ port, host: '127.0.0.1', allowHalfOpen: true }), sky)
    links.add(link)
    client.once('close', () => links.delete(link))
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))

  return {
    port: (listener.address() as AddressInfo).port,
    weather(next) {
      weather = next
      for (const link of links) link.weatherChanged()
    },
    cut(fraction = 1) {
      let count = Math.ceil(links.size * fraction)
      for (const { client } of links) if (count-- > 0) client.resetAndDestroy()
    },
    stealAnswer: (isTheOne) => new Promise((done) => (theft = { isTheOne, done })),
    leadTo(next) {
      port = next
    },
    async close() {
      const closed = new Promise((resolve) => listener.close(resolve))
      for (const { client, server } of links) {
        client.destroy()
        server.destroy()
      }
      await closed
    },
  }
}

interface Sky {
  weather(): Weather
  /** Told what a chunk says; the thief's receipt when it is the one. */
  takeTheft(data: Buffer): (() => void) | undefined
}

function createLink(client: Socket, server: Socket, sky: Sky): Link {
  let bytesLeft = sky.weather().cutAfter?.() ?? Infinity
  let isKept = false
  for (const socket of [client, server]) {
    socket.setNoDelay(true)
    socket.on('error', () => {})
  }
  const breakOff = (): void => {
    client.resetAndDestroy()
    server.resetAndDestroy()
  }
  for (const [socket, other] of [
    [client, server],
    [server, client],
  ] as const) {
    socket.once('close', (hadError) => (hadError ? other.resetAndDestroy() : other.destroy()))
  }

  const upwards = createLane(client, server, sky, (data) => {
    const stolen = sky.takeTheft(data)
    if (stolen !== undefined) {
      isKept = true
      setTimeout(() => {
        breakOff()
        stolen()
      }, theftMilliseconds)
    }
    return true
  })
  const downwards = createLane(server, client, sky, (data) => {
    if (isKept) return false
    bytesLeft -= data.length
    if (bytesLeft > 0) return true
    client.write(data.subarray(0, data.length + bytesLeft), breakOff)
    return false
  })
  return {
    client,
    server,
    weatherChanged() {
      bytesLeft = Math.min(bytesLeft, sky.weather().cutAfter?.() ?? Infinity)
      upwards()
      downwards()
    },
  }
}

/** How many may wait in bad weather. */
const chunksMax = 256

/** Carries chunks in order; `passes` may keep one. Returns what makes it look at the weather again. */
function createLane(from: Socket, to: Socket, sky: Sky, passes: (data: Buffer) => boolean): () => void {
  const waiting: { data: Buffer | null; dueAt: number }[] = []
  let timer: NodeJS.Timeout | undefined

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      if (sky.weather().silent === true) return
      const wait = next.dueAt - performance.now()
      if (wait > 0) {
        timer = setTimeout(flush, wait)
        return
      }
      waiting.shift()
      if (next.data === null) to.end()
      else if (passes(next.data) && !to.destroyed) to.write(next.data)
    }
    // Whoever reads slowly makes the other side wait, as without a proxy.
    if (to.writableNeedDrain) from.pause()
    else from.resume()
  }

  function add(data: Buffer | null): void {
    waiting.push({ data, dueAt: performance.now() + (sky.weather().delay ?? 0) })
    if (waiting.length > chunksMax) from.pause()
    flush()
  }

  from.on('data', add)
  from.once('end', () => add(null))
  from.once('close', () => clearTimeout(timer))
  to.on('drain', () => from.resume())
  return flush
}
