/** What the load generator is asked to do, and what it answers: plain data, since it works in a process of its own. */
import type { ProtocolName } from './protocols.ts'
import type { Summary } from './statistics.ts'
import type { Address } from './stream.ts'
import type { Wish } from './tokens.ts'

export interface Target {
  address: Address
  protocol: ProtocolName
  /** Of the server, for tokens of its users. Empty where it needs none. */
  secret: string
}

export interface LoadPlan extends Target {
  wish: Wish
  /** So many streams are open at the same time at most. */
  openMax: number
  /** No new stream after so many in all, or after so many seconds. One of them must be finite. */
  streamsMax: number
  secondsMax: number
  /** Infinity: as soon as there is room. */
  opensPerSecond: number
  /** When a stream counts as opened: with its first token, or as soon as the server has answered at all. */
  openedWith: 'token' | 'head'
}

export interface LoadResult {
  streams: number
  tokens: number
  /** Of the body, over all streams. */
  bytes: number
  /** From the first question to the end of the last answer. */
  seconds: number
  /** Milliseconds from the question to the first token. */
  firstToken: Summary
  /** Milliseconds from the question to the end of its answer, of those that did not wait for a new connection. */
  reply: Summary
  /** Milliseconds from when the upstream sent a token to when the client had it. */
  lag: Summary
  /** What was wrong with how many streams. Empty when every token of every stream came once. */
  problems: Record<string, number>
}

/** All streams are cut at the same moment, and all come back at the same moment. */
export interface StormPlan extends Target {
  wish: Wish
  streams: number
  /** From when the last stream has its first token. */
  secondsBeforeCut: number
  secondsAway: number
}

export interface StormResult {
  streams: number
  /** Milliseconds from coming back until a token arrives that is the newest there is. */
  caughtUp: Summary
  /** Of the body, until then. */
  bytes: Summary
  problems: Record<string, number>
}

export type LoadRequest =
  | { type: 'start'; id: number; plan: LoadPlan }
  | { type: 'storm'; id: number; plan: StormPlan }
  /** Breaks off all streams of a load; what it has seen so far is its result. */
  | { type: 'cut'; id: number }

export type LoadReply =
  /** As many streams as there may be are open. */
  | { type: 'opened'; id: number }
  | { type: 'ended'; id: number; result: LoadResult }
  | { type: 'storm-ended'; id: number; result: StormResult }
