/** One load on one server: opens streams as the plan says, reads them to their ends, and checks and counts what came. */
import type { LoadPlan, LoadResult } from './load-plan.ts'
import { createProtocol } from './protocols.ts'
import type { HttpReply } from './http-reply.ts'
import type { Earlier, Protocol } from './protocols.ts'
import { summarize } from './statistics.ts'
import { createConnection } from './stream.ts'
import type { Answer, Connection } from './stream.ts'
import { TokenReader, microsecondsSince, stampNow, wishText } from './tokens.ts'
import type { Wish } from './tokens.ts'

export interface Load {
  start(): void
  cut(): void
}

export interface LoadListener {
  onOpened(): void
  onEnded(result: LoadResult): void
}

/** What earlier loads have begun, for questions that build on it. */
const threads: Thread[] = []

interface Thread extends Earlier {
  server: string
  /** Of the stream that began it. */
  number: number
  /** Whether its answer has ended: only then can there be a next question, and only before that anything to follow. */
  isOver: boolean
}

let streamsEver = 0

/** More questions at once than a listening socket keeps (511 in Node) would be lost and sent again seconds later, by TCP. */
const unansweredMax = 256

export function createLoad(plan: LoadPlan, listener: LoadListener): Load {
  const protocol = createProtocol(plan.protocol, plan.secret)
  const host = `${plan.address.host}:${plan.address.port}`
  const text = wishText(plan.wish)
  const tally = createTally()
  const room = createRoom(plan)
  const connections = new Set<Connection>()
  const idle: Connection[] = []
  let isOver = false
  let timer: NodeJS.Timeout | undefined

  /** Opens what may be open by now. */
  function fill(): void {
    while (room.isFree()) ask(idle.pop() ?? addConnection())
    if (room.isDone()) end()
  }

  function addConnection(): Connection {
    const connection = createConnection(plan.address)
    connections.add(connection)
    return connection
  }

  function ask(connection: Connection): void {
    const thread = earlierThread(protocol, host)
    const number = thread?.number ?? nextStreamNumber()
    const stream = room.enter()
    const isOpen = connection.isOpen()
    const askedAt = performance.now()
    let isFirst = true
    let begun: Thread | undefined
    const tokens = new TokenReader((stamp) => {
      tally.addLag(stamp)
      if (!isFirst) return
      isFirst = false
      tally.addFirstToken(performance.now() - askedAt)
      if (plan.openedWith === 'token' && room.countOpened()) listener.onOpened()
    })
    connection.ask({
      request: protocol.request({ host, text, number, earlier: thread ?? null }),
      tokens,
      onHead(reply) {
        stream.answered()
        if (protocol.builds === 'alone') begun = remember(reply, host, number)
        if (plan.openedWith === 'head' && room.countOpened()) listener.onOpened()
      },
      onAnswer(answer) {
        stream.leave()
        if (isOpen) tally.addReply(performance.now() - askedAt)
        protocol.remember?.(host, answer.reply)
        if (begun !== undefined) begun.isOver = true
        const isBaseless = protocol.builds !== 'alone' && thread === undefined
        tally.addAnswer(
          answer,
          isBaseless ? 'there was nothing to build on' : problemOf(answer, protocol, plan.wish),
        )
        if (isOver) return
        idle.push(connection)
        fill()
      },
    })
  }

  function end(): void {
    if (isOver) return
    isOver = true
    clearInterval(timer)
    for (const connection of connections) connection.cut()
    listener.onEnded({ ...tally.result(), seconds: room.seconds() })
  }

  return {
    start() {
      // Streams that come at a pace come by the clock; others as soon as one has ended.
      if (plan.opensPerSecond !== Infinity) timer = setInterval(fill, 2)
      fill()
    },
    cut: end,
  }
}

/** How many streams there are, and whether there may be one more. */
function createRoom(plan: LoadPlan) {
  const begun = performance.now()
  const all = Math.min(plan.openMax, plan.streamsMax)
  let entered = 0
  let open = 0
  let unanswered = 0
  let opened = 0
  const seconds = (): number => (performance.now() - begun) / 1_000
  const isExhausted = (): boolean => entered >= plan.streamsMax || seconds() >= plan.secondsMax
  return {
    seconds,
    isFree(): boolean {
      // Not from zero, since no time times Infinity is no number.
      const due = (seconds() + 0.001) * plan.opensPerSecond
      return open < plan.openMax && unanswered < unansweredMax && entered < due && !isExhausted()
    },
    isDone: (): boolean => open === 0 && isExhausted(),
    enter() {
      entered += 1
      open += 1
      unanswered += 1
      let isAnswered = false
      function answered(): void {
        if (!isAnswered) unanswered -= 1
        isAnswered = true
      }
      return {
        answered,
        leave(): void {
          answered()
          open -= 1
        },
      }
    },
    /** Whether this was the last of those that may be open at the same time. */
    countOpened(): boolean {
      opened += 1
      return opened === all
    },
  }
}

function remember(reply: HttpReply, server: string, number: number): Thread | undefined {
  const threadId = reply.header('parley-thread')
  const runId = reply.header('parley-run')
  if (threadId === null || runId === null) return undefined
  const thread = { server, number, threadId, runId, isOver: false }
  threads.push(thread)
  return thread
}

/** A thread has one next question; many may follow its answer. */
function earlierThread({ builds }: Protocol, server: string): Thread | undefined {
  if (builds === 'alone') return undefined
  const isOver = builds === 'next'
  const at = threads.findIndex((thread) => thread.server === server && thread.isOver === isOver)
  const [thread] = at < 0 ? [] : threads.splice(at, 1)
  if (thread !== undefined && builds === 'follow') threads.push(thread)
  return thread
}

/** Every stream of this process has a number of its own. */
export function nextStreamNumber(): number {
  streamsEver += 1
  return streamsEver
}

/** What is wrong with an answer, in words that are the same for all answers with the same fault. */
export function problemOf({ problem, reply, tokens }: Answer, protocol: Protocol, wish: Wish): string | null {
  const wanted = wish.tokens
  if (problem !== null) return problem
  if (reply.status !== (protocol.status ?? 200)) return `status ${reply.status}`
  if (tokens.lost > 0 || tokens.count !== wanted) return 'tokens were lost'
  if (protocol.repetitions?.some((times) => tokens.repeated === wanted * times) === false)
    return 'tokens came more often than they should'
  if (!reply.tail.includes(protocol.ending)) return 'the answer has no end'
  return null
}

function createTally() {
  const firstTokens: number[] = []
  const replies: number[] = []
  const problems: Record<string, number> = {}
  let lags = new Float32Array(65_536)
  let tokens = 0
  let streams = 0
  let bytes = 0
  return {
    addLag(stamp: number): void {
      if (tokens === lags.length) {
        const longer = new Float32Array(tokens * 2)
        longer.set(lags)
        lags = longer
      }
      lags[tokens] = microsecondsSince(stamp, stampNow()) / 1_000
      tokens += 1
    },
    addFirstToken: (milliseconds: number): void => void firstTokens.push(milliseconds),
    addReply: (milliseconds: number): void => void replies.push(milliseconds),
    addAnswer({ reply }: Answer, problem: string | null): void {
      streams += 1
      bytes += reply.bodyBytes
      if (problem !== null) problems[problem] = (problems[problem] ?? 0) + 1
    },
    result(): Omit<LoadResult, 'seconds'> {
      const lag = summarize(lags.subarray(0, tokens))
      const [firstToken, reply] = [summarize(firstTokens), summarize(replies)]
      return { streams, tokens, bytes, firstToken, reply, lag, problems }
    },
  }
}
