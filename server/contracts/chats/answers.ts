/** Streaming an answer: begun, joined, resumed or stopped. The run belongs to the database: who leaves has only left. */
import { agentKey } from '../../agents/agents.ts'
import type { AgentName } from '../../agents/agents.ts'
import type { Caller } from '../../admission/caller.ts'
import { ParleyError } from '../../conversation/errors.ts'
import type { ConversationStore, Run } from '../../conversation/store.ts'
import { pageLimitMax } from '../../conversation/threads.ts'
import type { Owner } from '../../conversation/threads.ts'
import type { Engine } from '../../engine/engine.ts'
import type { BegunRun } from '../../engine/options.ts'
import { eventStream } from '../../http/event-stream.ts'
import type { StreamContext } from '../../http/event-stream.ts'
import { createStreamEncoder, readStreamPlace, streamBeginning } from './stream.ts'
import type { StreamEncoder, StreamPlace } from './stream.ts'
import type { ContinuedMessage } from './answer-frames.ts'
import { fileUrlsOf } from './files.ts'
import type { FileParts } from './files.ts'
import { chooseTurn } from './turns.ts'
import type { Turn } from './turns.ts'
import { readContinued } from './unfinished.ts'
import type { StreamRequest } from './wire.ts'

export interface AnswerParts extends FileParts {
  engine: Engine
  store: ConversationStore
  /** Who answers in a chat that nobody has answered yet. */
  agentName: AgentName
  heartbeatSeconds: number
  /** A stream broke after it had begun. */
  onFailure(event: string, fields: Record<string, unknown>): void
}

export interface AnswerRequest {
  caller: Caller
  threadId: string
  context: StreamContext
}

export async function answer(
  parts: AnswerParts,
  asking: AnswerRequest,
  asked: StreamRequest,
): Promise<Response> {
  const { owner } = asking.caller
  const turn = await chooseTurn(parts, { owner, threadId: asking.threadId }, asked)
  const run = await beginOrJoin(parts, asking, turn)
  const { messageId } = turn
  const continued = { before: [], ...(messageId === undefined ? {} : { messageId }) }
  const mayStop = canOnlyClose(asking) && isUiRequest(asked)
  return stream(parts, asking, { run, place: streamBeginning, continued, mayStop })
}

/** The AI SDK's client says with each request what it is for; no other does. */
export function isUiRequest({ trigger }: Pick<StreamRequest, 'trigger'>): boolean {
  return trigger === 'submit-message' || trigger === 'regenerate-message'
}

/** Whoever knows a way to stop an answer says so, and is never stopped for having left. */
function canOnlyClose({ context }: AnswerRequest): boolean {
  return context.req.raw.headers.get('parley-stream') !== '1'
}

/** A page that was reloaded while its answer is written asks for that answer again: it gets the one that is there. */
async function beginOrJoin(
  { engine, store, agentName }: AnswerParts,
  { caller, threadId }: AnswerRequest,
  { intent, idempotencyKey, requestHash }: Turn,
): Promise<BegunRun> {
  const { owner } = caller
  const once = idempotencyKey === undefined ? {} : { idempotencyKey, requestHash: requestHash ?? '' }
  try {
    return await engine.begin(owner, intent, { metadata: { [agentKey]: agentName }, ...once })
  } catch (error) {
    const isBusy = error instanceof ParleyError && error.code === 'wrong_state'
    if (!isBusy || intent.type !== 'retry' || intent.rewrittenAs !== undefined) throw error
    const run = await store.newestRun(owner, threadId)
    if (run?.status !== 'running' || !(await isAnswering(store, owner, intent))) throw error
    return { runId: run.id, threadId }
  }
}

/** Nobody has said anything after the message but who is answering it. */
async function isAnswering(
  store: ConversationStore,
  owner: Owner,
  { threadId, itemId }: { threadId: string; itemId: string },
): Promise<boolean> {
  const { data } = await store.items(owner, threadId, { limit: pageLimitMax, order: 'desc' })
  return data.find((item) => item.type === 'user_message')?.id === itemId
}

/** 204 when nothing runs, and a reader who names the place it has come to has read all. */
export async function resume(parts: AnswerParts, asking: AnswerRequest): Promise<Response> {
  const found = await findReading(parts, asking)
  if (found === null) return new Response(null, { status: 204 })
  const { raw } = asking.context.req
  if (raw.method === 'HEAD') return new Response(null)
  const { owner } = asking.caller
  await parts.engine.clientReturned(owner, found.run.runId)
  const fileUrl = fileUrlsOf(parts, owner, raw.url)
  const continued = await readContinued(parts.store, owner, found.run, fileUrl)
  const mayStop = canOnlyClose(asking) && !raw.headers.has('last-event-id')
  return stream(parts, asking, { ...found, continued, mayStop })
}

export async function stop(
  { engine, store }: AnswerParts,
  { caller, threadId }: AnswerRequest,
): Promise<void> {
  const run = await store.newestRun(caller.owner, threadId)
  if (run?.status === 'running') await engine.cancel(caller.owner, { runId: run.id, threadId })
}

interface Reading {
  run: BegunRun
  place: StreamPlace
}

async function findReading({ store }: AnswerParts, asking: AnswerRequest): Promise<Reading | null> {
  const { caller, threadId, context } = asking
  const newest = await store.newestRun(caller.owner, threadId)
  const named = readStreamPlace(context.req.raw.headers.get('last-event-id'))
  if (named !== null) {
    const run = newest?.id === named.runId ? newest : await ownRun(store, caller, named.runId)
    const fits = run !== null && run.threadId === threadId && named.place.after <= run.lastSeq
    if (fits && (await hasMore(store, caller, { run, place: named.place }))) {
      return { run: { runId: run.id, threadId }, place: named.place }
    }
  }
  // An id that is not of this chat says nothing: what runs is read from its beginning.
  if (newest?.status !== 'running') return null
  return { run: { runId: newest.id, threadId }, place: streamBeginning }
}

async function ownRun(store: ConversationStore, { owner }: Caller, runId: string): Promise<Run | null> {
  try {
    return await store.run(owner, runId)
  } catch (error) {
    if (error instanceof ParleyError && error.code === 'not_found') return null
    throw error
  }
}

/** Of a run that has ended, the rest is there for as long as its log is. */
async function hasMore(
  store: ConversationStore,
  { owner }: Caller,
  { run, place }: { run: Run; place: StreamPlace },
): Promise<boolean> {
  if (run.status === 'running') return true
  if (place.after >= run.lastSeq) return false
  return (await store.runEvents(owner, run.id, place.after, 1)).length > 0
}

interface Streaming extends Reading {
  continued: ContinuedMessage
  /** Whether its client stops the answer by closing the stream, having no other way. */
  mayStop: boolean
}

async function stream(
  parts: AnswerParts,
  { caller, context }: AnswerRequest,
  { run, place, continued, mayStop }: Streaming,
): Promise<Response> {
  const encoder = createStreamEncoder(run.runId, place, continued)
  await recall(parts.store, caller, { run, place, encoder })
  return eventStream(context, {
    frames: (signal) =>
      parts.engine.follow(caller.owner, run, place.after, AbortSignal.any([signal, caller.revoked])),
    encode: encoder.encode,
    headers: { 'x-vercel-ai-ui-message-stream': 'v1' },
    heartbeatSeconds: parts.heartbeatSeconds,
    onClose(reason, error) {
      if (reason === 'failed') parts.onFailure('stream-failed', { runId: run.runId, error })
      if (mayStop && reason === 'gone') parts.engine.clientLeft(caller.owner, run.runId)
    },
  })
}

const recalledBytesMax = 256 * 1024

/** What was read before was written before it was sent. */
async function recall(
  store: ConversationStore,
  { owner }: Caller,
  { run, place, encoder }: Reading & { encoder: StreamEncoder },
): Promise<void> {
  let after = 0
  while (after < place.after) {
    const events = await store.runEvents(owner, run.runId, after, recalledBytesMax)
    if (events.length === 0) return
    for (const { seq, event } of events) {
      // Pieces of text that are joined now may reach beyond the place.
      if (after >= place.after) return
      encoder.recall(event)
      after = seq
    }
  }
}
