/** Beginning a run: one transaction that stores what was asked, and then the drive that answers it. */
import { ParleyError } from '../conversation/errors.ts'
import type { RunEvent } from '../conversation/events.ts'
import { createId } from '../conversation/ids.ts'
import type { Intent } from '../conversation/intents.ts'
import type { Item } from '../conversation/items.ts'
import type { Usage } from '../conversation/model.ts'
import type { NewRun, ThreadTransaction } from '../conversation/store.ts'
import { newThread } from '../conversation/threads.ts'
import type { Owner, Thread } from '../conversation/threads.ts'
import { applyIntent, beginWithMessage } from './begin.ts'
import type { Beginning } from './begin.ts'
import { interruptedError, interruptedMessage } from './broken-off.ts'
import { driveRun } from './drive.ts'
import { createLiveRun } from './live-run.ts'
import type { LiveRun } from './live-run.ts'
import type { BeginOptions, EngineOptions } from './options.ts'
import type { Recorder } from './recorder.ts'
import { createRunContext } from './run-context.ts'

export interface LaunchParts extends EngineOptions {
  processId: string
  leaseSeconds: number
  recorder: Recorder
}

export interface LaunchedRun {
  run: LiveRun
  /** Drives the run to its end; never rejects. */
  drive(): Promise<void>
}

export async function launchRun(
  parts: LaunchParts,
  owner: Owner,
  intent: Intent,
  options: BeginOptions,
): Promise<LaunchedRun> {
  const started =
    'message' in intent && intent.message.attachmentIds.length === 0
      ? await startWithMessage(parts, owner, intent, options)
      : await startInTransaction(parts, owner, intent, options)
  return { run: started.run, drive: () => drive(parts, started, options) }
}

/** The hot path: nothing needs to be known before a message without attachments is stored, so many are stored together. */
async function startWithMessage(
  parts: LaunchParts,
  owner: Owner,
  intent: Extract<Intent, { type: 'create-thread' | 'add-message' }>,
  options: BeginOptions,
): Promise<Started> {
  const now = parts.now()
  const isNew = intent.type === 'create-thread'
  const threadId = isNew ? createId('thr') : intent.threadId
  const asking = beginWithMessage(threadId, intent.message, [], now)
  const createdAt = now.toISOString()
  const begun: RunEvent[] = isNew ? [{ type: 'thread-created', thread: newThread(threadId, createdAt) }] : []
  const run = createLiveRun(createId('run'), threadId, owner)
  const events = [...begun, ...asking.events].map(run.number)
  const turn = {
    threadId,
    ...(isNew ? { threadCreatedAt: createdAt } : {}),
    message: asking.question.message,
    run: newRun(parts, run, options),
    events,
  }
  try {
    const thread = await parts.store.beginTurn(owner, turn)
    run.publish(events)
    return { run, beginning: asking, thread, ...(isNew ? { history: [asking.question.message] } : {}) }
  } catch (error) {
    if (error instanceof ParleyError && error.code === 'unavailable') endUnconfirmed(parts.recorder, run)
    throw error
  }
}

async function startInTransaction(
  parts: LaunchParts,
  owner: Owner,
  intent: Intent,
  options: BeginOptions,
): Promise<Started> {
  let unconfirmed: LiveRun | undefined
  const work = async (transaction: ThreadTransaction): Promise<Started> => {
    const started = await start(parts, transaction, intent, { owner, options })
    unconfirmed = started.run
    return started
  }
  try {
    return intent.type === 'create-thread'
      ? await parts.store.createThread(owner, newThread(createId('thr'), parts.now().toISOString()), work)
      : await parts.store.changeThread(owner, intent.threadId, work)
  } catch (error) {
    if (unconfirmed !== undefined) endUnconfirmed(parts.recorder, unconfirmed)
    throw error
  }
}

/** When only the answer to the commit was lost, the run is there and nobody drives it. When it is not, nothing happens. */
function endUnconfirmed(recorder: Recorder, run: LiveRun): void {
  recorder.push(run, [interruptedError], [])
  recorder.end(run, { status: 'interrupted', error: interruptedMessage })
}

interface Started {
  run: LiveRun
  /** A draft of its own for the agent. */
  thread: Thread
  beginning: Beginning
  /** All items of a thread that has just been created, so that nobody needs to ask for them. */
  history?: Item[]
}

/** What the intent changes, the run, and the first events of its log: all of it or nothing. */
async function start(
  parts: LaunchParts,
  transaction: ThreadTransaction,
  intent: Intent,
  { owner, options }: { owner: Owner; options: BeginOptions },
): Promise<Started> {
  const beginning = await applyIntent(transaction, intent, parts.now())
  const run = createLiveRun(createId('run'), transaction.thread.id, owner)
  const events = beginning.events.map(run.number)
  await transaction.beginRun(newRun(parts, run, options), events)
  run.publish(events)
  return { run, beginning, thread: structuredClone(transaction.thread) }
}

function newRun(
  { processId, leaseSeconds }: LaunchParts,
  { runId }: LiveRun,
  { idempotencyKey, requestHash = '' }: BeginOptions,
): NewRun {
  const key = idempotencyKey === undefined ? {} : { idempotencyKey, requestHash }
  return { id: runId, processId, leaseSeconds, ...key }
}

function drive(
  parts: LaunchParts,
  { run, thread, beginning, history }: Started,
  options: BeginOptions,
): Promise<void> {
  const { question } = beginning
  let usage: Usage | undefined
  const context = createRunContext({
    store: parts.store,
    owner: run.owner,
    thread,
    metadata: options.metadata,
    now: parts.now,
    runId: run.runId,
    signal: run.stop.signal,
    inferenceOptions: question.type === 'respond' ? (question.message?.inference_options ?? {}) : {},
    countUsage: (more) => {
      usage = addUsage(usage, more)
    },
    // In order with the run's events, and by the same lease.
    async saveItem(item) {
      parts.recorder.push(run, [], [{ type: 'save-item', item: { ...item, thread_id: run.threadId } }])
      await parts.recorder.written(run)
    },
    written: () => parts.recorder.written(run),
    knownHistory: () => (parts.recorder.hasChanged(run) ? undefined : history),
  })
  return driveRun({
    run,
    agent: parts.agent,
    question,
    context,
    store: parts.store,
    recorder: parts.recorder,
    usage: () => usage,
    onFailure: (error) => parts.onFailure('run-failed', { runId: run.runId, error }),
  })
}

function addUsage(sum: Usage | undefined, more: Usage): Usage {
  if (sum === undefined) return more
  return {
    inputTokens: sum.inputTokens + more.inputTokens,
    outputTokens: sum.outputTokens + more.outputTokens,
    reasoningTokens: sum.reasoningTokens + more.reasoningTokens,
    cachedInputTokens: sum.cachedInputTokens + more.cachedInputTokens,
  }
}
