/**
 * Driving one run, from its first event to its end, detached from any request.
 *
 *   agent ─▶ untilStopped ─▶ tidied ─▶ not hidden ─▶ recorder ─▶ followers
 *                                           ╰─ and how it has changed the thread
 *
 * The loop below is the only place where a run's state changes; every concern beside it is a function.
 */
import type { Agent, RunContext } from '../conversation/agent.ts'
import { ParleyError } from '../conversation/errors.ts'
import { textDelta } from '../conversation/events.ts'
import type { RunEndStatus, RunEvent } from '../conversation/events.ts'
import type { Usage } from '../conversation/model.ts'
import { applyUpdate, createPendingItems } from '../conversation/pending.ts'
import type { PendingItems } from '../conversation/pending.ts'
import type { ConversationChange, ConversationStore } from '../conversation/store.ts'
import { createHiddenItems, tidied, untilStopped, watchThread } from './agent-events.ts'
import type { ThreadChanges } from './agent-events.ts'
import type { Question } from './begin.ts'
import { breakOff, interruptedError, stoppedNote } from './broken-off.ts'
import type { LiveRun } from './live-run.ts'
import type { Recorder } from './recorder.ts'

export interface Drive {
  run: LiveRun
  agent: Agent
  question: Question
  context: RunContext
  store: ConversationStore
  recorder: Recorder
  /** What the agent has counted by now. */
  usage(): Usage | undefined
  /** Told of errors that the user gets no details of. */
  onFailure(error: unknown): void
}

/** More text than this in one run is a mistake of the model or the agent: 4 Mi UTF-16 code units. */
const runTextLengthMax: number = 4 * 1024 * 1024

/** Resolves when the run's end is written, or when the run is lost to another process. Never rejects. */
export async function driveRun(drive: Drive): Promise<void> {
  const { run, context, recorder } = drive
  const pending = createPendingItems()
  const changes = watchThread(context.thread)
  try {
    await recordAll(drive, pending, changes)
    recorder.end(run, { status: 'completed', ...usageOf(drive) })
  } catch (error) {
    if (run.stopReason() === 'lost') return
    endBrokenOff(drive, pending, changes, describeEnd(drive, error))
  }
  await recorder.written(run).catch(() => {})
}

async function recordAll(drive: Drive, pending: PendingItems, changes: ThreadChanges): Promise<void> {
  const { run, recorder } = drive
  const hidden = createHiddenItems((change) => recorder.push(run, [], [change]))
  let textLength = 0
  for await (const said of untilStopped(askAgent(drive), run.stop.signal)) {
    const event = tidied(said, run.threadId)
    if (event === undefined || hidden.hides(event)) continue
    showMayCancel(drive)
    const completed = event.type === 'item-done' ? { ...event, item: pending.complete(event.item) } : event
    const changed = isOfStoredItem(completed, pending)
      ? await updateStoredItem(drive, completed)
      : changesOf(completed)
    recorder.push(run, [completed], changed)
    pending.apply(completed)
    const text = textDelta(event)?.text
    if (text === undefined) recordThread(drive, changes)
    else textLength += text.length
    if (textLength > runTextLengthMax) throw new ParleyError('model_limit', limitMessage)
    // The agent may run ahead of the database, so that its last item and the run's end are written together.
    if (recorder.isFarAhead(run)) await recorder.written(run)
  }
  recordThread(drive, changes)
}

function showMayCancel({ run, recorder, context }: Drive): void {
  if (context.allowCancel === run.mayCancel) return
  run.mayCancel = context.allowCancel
  recorder.push(run, [{ type: 'options', allow_cancel: run.mayCancel }], [])
}

/** Says once, right behind the event during which it happened, that the agent has changed the thread. */
function recordThread({ run, recorder }: Drive, changes: ThreadChanges): void {
  const changed = changes.take()
  if (changed !== null) recorder.push(run, [changed], changesOf(changed))
}

const limitMessage = `The answer was longer than ${runTextLengthMax} characters and was cut off.`

function askAgent({ agent, question, context }: Drive): AsyncIterable<RunEvent> {
  if (question.type === 'respond') return agent.respond(context, question.message)
  if (agent.action !== undefined) return agent.action(context, question.action, question.sender)
  throw new ParleyError('unsupported', 'This assistant does not handle actions.')
}

/** What an event changes in the stored conversation, beside an update of an item that is stored already. */
function changesOf(event: RunEvent): ConversationChange[] {
  switch (event.type) {
    case 'item-done':
    case 'item-replaced':
      return [{ type: 'save-item', item: event.item }]
    case 'item-removed':
      return [{ type: 'delete-item', itemId: event.item_id }]
    case 'thread-updated':
      return [{ type: 'save-thread', thread: event.thread, changed: event.changed }]
    case 'thread-created':
    case 'item-added':
    case 'item-updated':
    case 'options':
    case 'progress':
    case 'client-effect':
    case 'notice':
    case 'error':
    case 'run-ended':
      return []
  }
}

type ItemUpdated = Extract<RunEvent, { type: 'item-updated' }>

function isOfStoredItem(event: RunEvent, pending: PendingItems): event is ItemUpdated {
  return event.type === 'item-updated' && !pending.has(event.item_id) && textDelta(event) === undefined
}

/** An update to an item of an earlier turn (a widget, mostly) is kept, so that a reload shows it too. */
async function updateStoredItem(
  { store, run, recorder }: Drive,
  event: ItemUpdated,
): Promise<ConversationChange[]> {
  await recorder.written(run)
  try {
    const item = await store.item(run.owner, run.threadId, event.item_id)
    applyUpdate(item, event.update)
    return [{ type: 'save-item', item }]
  } catch (error) {
    // An update of something that was never there is shown to nobody's harm, and kept nowhere.
    if (error instanceof ParleyError && error.code === 'not_found') return []
    throw error
  }
}

interface BrokenEnd {
  status: Exclude<RunEndStatus, 'completed'>
  /** Absent when the user stopped the run: they know. */
  error?: Extract<RunEvent, { type: 'error' }>
}

function describeEnd(drive: Drive, error: unknown): BrokenEnd {
  const reason = drive.run.stopReason()
  if (reason === 'cancelled') return { status: 'cancelled' }
  if (reason === 'interrupted') return { status: 'interrupted', error: interruptedError }
  if (reason === 'timed-out')
    return { status: 'failed', error: customError('The answer took too long.', true) }
  if (error instanceof ParleyError) {
    if (error.cause !== undefined) drive.onFailure(error)
    return { status: 'failed', error: customError(error.message, error.retryable) }
  }
  drive.onFailure(error)
  return { status: 'failed', error: { type: 'error', code: 'stream.error', allow_retry: true } }
}

function customError(message: string, allow_retry: boolean): Extract<RunEvent, { type: 'error' }> {
  return { type: 'error', code: 'custom', message, allow_retry }
}

/** Order as the reference has it: kept items, the error, then a change of the thread that it leaves behind. */
function endBrokenOff(drive: Drive, pending: PendingItems, changes: ThreadChanges, end: BrokenEnd): void {
  const { run, recorder, context } = drive
  const rest = salvage(drive, () => breakOff(pending, end.status)) ?? { events: [], changes: [] }
  const note = end.status === 'cancelled' ? [stoppedNote(run.threadId, context.now())] : []
  recorder.push(
    run,
    [...rest.events, ...(end.error === undefined ? [] : [end.error])],
    [...rest.changes, ...note.map((item): ConversationChange => ({ type: 'save-item', item }))],
  )
  const last = salvage(drive, () => changes.take())
  if (last !== null) recorder.push(run, [last], [{ ...last, type: 'save-thread' }])
  const message = end.error?.message ?? (end.error === undefined ? undefined : 'Something went wrong.')
  recorder.end(run, {
    status: end.status,
    ...(message === undefined ? {} : { error: message }),
    ...usageOf(drive),
  })
}

/** What an agent has left behind may be anything: what cannot be read is dropped, and its run ends all the same. */
function salvage<Value>(drive: Drive, read: () => Value): Value | null {
  try {
    return read()
  } catch (error) {
    drive.onFailure(error)
    return null
  }
}

function usageOf(drive: Drive): { usage?: Usage } {
  const usage = drive.usage()
  return usage === undefined ? {} : { usage }
}
