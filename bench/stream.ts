/** One connection of the load generator, and the answers it reads over it one after the other. */
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { HttpReply } from './http-reply.ts'
import { TokenReader } from './tokens.ts'

export interface Address {
  host: string
  port: number
}

export interface Answer {
  /** What is wrong with it, or null. */
  problem: string | null
  reply: HttpReply
  tokens: TokenReader
}

export interface Asking {
  request: string
  onToken(stamp: number): void
  onAnswer(answer: Answer): void
}

export interface Connection {
  ask(asking: Asking): void
  /** Breaks it off at once, without an end of the answer. */
  cut(): void
}

/** All sockets read into the same memory: what is read is looked at before the next one reads. */
const shared = Buffer.alloc(262_144)

/** Stays open between answers where the server allows it, and opens again where it does not. */
export function createConnection({ host, port }: Address): Connection {
  let socket: Socket | undefined
  let current: (Asking & { tokens: TokenReader; reply: HttpReply }) | undefined
  let isCut = false

  function open(): Socket {
    let failure: string | undefined
    const opened = connect({
      host,
      port,
      noDelay: true,
      onread: {
        buffer: shared,
        callback: (length, bytes) => receive(length, Buffer.isBuffer(bytes) ? bytes : shared),
      },
    })
    opened.on('error', (error) => (failure = error.message))
    opened.on('close', () => {
      // One that was given up between two answers says nothing about the next.
      if (socket !== opened) return
      socket = undefined
      if (current?.reply.close() === true) finish(null)
      else finish(failure ?? 'the connection was closed within the answer')
    })
    return opened
  }

  function receive(length: number, bytes: Buffer): boolean {
    if (current === undefined) return true
    try {
      current.reply.read(bytes, length)
    } catch (error) {
      finish(String(error))
      return false
    }
    if (current.reply.isOver) {
      if (!current.reply.isKeptAlive) {
        socket?.destroy()
        socket = undefined
      }
      finish(null)
    }
    return true
  }

  function finish(problem: string | null): void {
    const ended = current
    current = undefined
    if (ended === undefined || isCut) return
    const { reply, tokens } = ended
    ended.onAnswer({ problem, reply, tokens })
  }

  return {
    ask(asking) {
      const tokens = new TokenReader(asking.onToken)
      const reply = new HttpReply((bytes, from, to) => tokens.read(bytes, from, to))
      current = { ...asking, tokens, reply }
      socket ??= open()
      socket.write(asking.request)
    },
    cut() {
      isCut = true
      socket?.destroy()
    },
  }
}
