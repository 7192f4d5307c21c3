/** A reconnect storm: many streams are cut at once and come back at once, as after a proxy's restart. */
import type { StormPlan, StormResult } from './load-plan.ts'
import { nextStreamNumber, problemOf } from './load.ts'
import type { HttpReply } from './http-reply.ts'
import { createProtocol } from './protocols.ts'
import type { Protocol } from './protocols.ts'
import { summarize } from './statistics.ts'
import { createConnection } from './stream.ts'
import type { Answer, Connection } from './stream.ts'
import { TokenReader, microsecondsSince, stampNow, wishText } from './tokens.ts'

/** What one stream went through. */
interface Survivor {
  tokens: TokenReader
  caughtUpMilliseconds: number
  bytes: number
  problem: string | null
}

export async function runStorm(plan: StormPlan): Promise<StormResult> {
  const protocol = createProtocol(plan.protocol, plan.secret)
  const first = Array.from({ length: plan.streams }, () => openFirst(plan, protocol))
  await Promise.all(first.map(({ started }) => started))
  await sleep(plan.secondsBeforeCut)
  for (const { connection } of first) connection.cut()
  await sleep(plan.secondsAway)
  const survivors = await Promise.all(first.map((stream) => comeBack(plan, protocol, stream)))
  const problems: Record<string, number> = {}
  for (const { problem } of survivors) if (problem !== null) problems[problem] = (problems[problem] ?? 0) + 1
  return {
    streams: survivors.length,
    caughtUp: summarize(survivors.map(({ caughtUpMilliseconds }) => caughtUpMilliseconds)),
    bytes: summarize(survivors.map(({ bytes }) => bytes)),
    problems,
  }
}

interface FirstStream {
  connection: Connection
  reply: HttpReply
  tokens: TokenReader
  number: number
  started: Promise<void>
}

function openFirst(plan: StormPlan, protocol: Protocol): FirstStream {
  const connection = createConnection(plan.address)
  const number = nextStreamNumber()
  let start = (): void => {}
  const started = new Promise<void>((resolve) => (start = resolve))
  const tokens = new TokenReader(start)
  const host = hostOf(plan)
  const request = protocol.request({ host, text: wishText(plan.wish), number, earlier: null })
  // An answer that ends before the storm is noticed when it is resumed.
  const reply = connection.ask({ request, tokens, onAnswer: start })
  return { connection, reply, tokens, number, started }
}

function comeBack(plan: StormPlan, protocol: Protocol, first: FirstStream): Promise<Survivor> {
  const { tokens, number } = first
  const period = 1e6 / plan.wish.tokensPerSecond
  const connection = createConnection(plan.address)
  const askedAt = performance.now()
  let caughtUpMilliseconds = Number.NaN
  let bytes = Number.NaN
  return new Promise((resolve) => {
    const resumed = new TokenReader((stamp) => {
      if (!Number.isNaN(caughtUpMilliseconds)) return
      const age = microsecondsSince(stamp, stampNow())
      // What left after we had asked was never behind, however late it is.
      if (age >= period && age >= (performance.now() - askedAt) * 1_000) return
      caughtUpMilliseconds = performance.now() - askedAt
      bytes = reply.bodyBytes
    }, tokens)
    const reply: HttpReply = connection.ask({
      request: protocol.resume({ host: hostOf(plan), number, reply: first.reply }),
      tokens: resumed,
      onAnswer(answer) {
        connection.cut()
        resolve({ tokens: resumed, caughtUpMilliseconds, bytes, problem: lossOf(answer, protocol, plan) })
      },
    })
  })
}

/** What comes twice is no loss: some protocols tell everything again. */
function lossOf(answer: Answer, protocol: Protocol, plan: StormPlan): string | null {
  return problemOf(answer, { ...protocol, repetitions: null }, plan.wish)
}

function hostOf({ address }: StormPlan): string {
  return `${address.host}:${address.port}`
}

function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
}
