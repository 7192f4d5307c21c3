/** One connection of the load generator, and the answers it reads over it one after the other. */
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { HttpReply } from './http-reply.ts'
import type { TokenReader } from './tokens.ts'

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
  /** Counts the tokens of the answer. */
  tokens: TokenReader
  /** The server has begun to answer. */
  onHead?(reply: HttpReply): void
  onAnswer(answer: Answer): void
}

export interface Connection {
  /** What it returns fills while the answer comes. */
  ask(asking: Asking): HttpReply
  /** Whether it has brought an answer and can bring the next. */
  isOpen(): boolean
  /** Breaks it off at once, without an end of the answer. */
  cut(): void
}

/** All sockets read into the same memory: what is read is looked at before the next one reads. */
const shared = Buffer.alloc(262_144)

/** Stays open between answers where the server allows it, and opens again where it does not. */
export function createConnection({ host, port }: Address): Connection {
  let socket: Socket | undefined
  let current: (Asking & { reply: HttpReply }) | undefined
  let isCut = false
  let answersOfSocket = 0

  function open(): Socket {
    answersOfSocket = 0
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
      if (current !== undefined && current.reply.head === '' && answersOfSocket > 0 && !isCut) {
        // The server had let go of an idle connection just when we asked: HTTP clients ask again, and so do we.
        socket = open()
        socket.write(current.request)
      } else if (current?.reply.close() === true) finish(null)
      else finish(failure ?? 'the connection was closed within the answer')
    })
    return opened
  }

  function receive(length: number, bytes: Buffer): boolean {
    if (current === undefined) return true
    const isNew = current.reply.status === 0
    try {
      current.reply.read(bytes, length)
      if (isNew && current.reply.status !== 0) current.onHead?.(current.reply)
    } catch (error) {
      leave()
      finish(String(error))
      return false
    }
    if (current.reply.isOver) {
      answersOfSocket += 1
      if (!current.reply.isKeptAlive) leave()
      finish(null)
    }
    return true
  }

  function leave(): void {
    socket?.destroy()
    socket = undefined
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
      const { tokens } = asking
      const reply = new HttpReply((bytes, from, to) => tokens.read(bytes, from, to))
      current = { ...asking, reply }
      socket ??= open()
      socket.write(asking.request)
      return reply
    },
    isOpen: () => socket !== undefined && answersOfSocket > 0,
    cut() {
      isCut = true
      socket?.destroy()
    },
  }
}
