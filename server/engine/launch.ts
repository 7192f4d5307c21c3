/** Beginning a run: one transaction that stores what was asked, and then the drive that answers it. */
import { createId } from '../conversation/ids.ts'
import type { Intent } from '../conversation/intents.ts'
import type { Usage } from '../conversation/model.ts'
import type { ThreadTransaction } from '../conversation/store.ts'
import type { Owner, Thread } from '../conversation/threads.ts'
import { applyIntent } from './begin.ts'
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
  let unconfirmed: LiveRun | undefined
  const work = async (transaction: ThreadTransaction): Promise<Started> => {
    const started = await start(parts, transaction, intent, { owner, options })
    unconfirmed = started.run
    return started
  }
  try {
    const started =
      intent.type === 'create-thread'
        ? await parts.store.createThread(owner, newThread(parts.now()), work)
        : await parts.store.changeThread(owner, intent.threadId, work)
    return { run: started.run, drive: () => drive(parts, started, options) }
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
  thread: Thread
  beginning: Beginning
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
  const { idempotencyKey, requestHash = '' } = options
  await transaction.beginRun(
    {
      id: run.runId,
      processId: parts.processId,
      leaseSeconds: parts.leaseSeconds,
      ...(idempotencyKey === undefined ? {} : { idempotencyKey, requestHash }),
    },
    events,
  )
  run.publish(events)
  return { run, beginning, thread: structuredClone(transaction.thread) }
}

function drive(
  parts: LaunchParts,
  { run, thread, beginning }: Started,
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

function newThread(now: Date): Thread {
  return { id: createId('thr'), created_at: now.toISOString(), status: { type: 'active' }, metadata: {} }
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
