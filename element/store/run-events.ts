import type { StreamEvent, WireItem, WireThread } from '../../server/contracts/chatkit/wire.ts'
import type { RunFrame } from './events.ts'
import { upsertThread } from './history.ts'
import { answerText, removeItem, replaceItem, updateItem, upsertItem } from './items.ts'
import { noOutgoing } from './outgoing.ts'
import { skipAnswer, speakAnswer } from './spoken.ts'
import type { ChatState, Outcome } from './state.ts'
import { widgetLines } from './widget-text.ts'

/**
 * Applies events in the order of the run's log. An event that has been applied is ignored when it comes again,
 * so a stream may be resumed from any place without doubling a character.
 */
export function applyFrames(state: ChatState, frames: readonly RunFrame[]): ChatState {
  // What was to be told of the events before these has been.
  let next = state.outgoing === noOutgoing ? state : { ...state, outgoing: noOutgoing }
  for (const { seq, event } of frames) {
    const { run } = next
    if (!run || (seq !== null && seq <= run.lastSeq)) continue
    next = applyEvent(seq === null ? next : { ...next, run: { ...run, lastSeq: seq } }, event)
  }
  return next === state ? state : told(next, frames)
}

function applyEvent(state: ChatState, event: StreamEvent): ChatState {
  switch (event.type) {
    case 'thread.created':
    case 'thread.updated':
      return withThread(state, event.thread)
    case 'thread.item.added':
    case 'thread.item.done':
      return withItems(state, upsertItem(state.items, event.item), endsProgress(event.item))
    case 'thread.item.replaced':
      return withItems(state, replaceItem(state.items, event.item, state.earlier.cursor !== undefined), false)
    case 'thread.item.removed':
      return withItems(state, removeItem(state.items, event.item_id), false)
    case 'thread.item.updated':
      return withImageProgress(
        withItems(state, updateItem(state.items, event.item_id, event.update), true),
        event,
      )
    case 'stream_options':
      return state.run
        ? { ...state, run: { ...state.run, allowCancel: event.stream_options.allow_cancel } }
        : state
    case 'progress_update':
      return { ...state, progress: { text: event.text, ...(event.icon ? { icon: event.icon } : {}) } }
    case 'notice':
      return withNotice(state, event)
    case 'error':
      return { ...state, outcome: failure(event.message, event.allow_retry) }
    case 'client_effect':
      return withEffect(state, event)
    case 'parley.run_ended':
      return ended(state, event.status)
    // A newer server may say things that this version does not know.
    default:
      return state
  }
}

/** Progress is about what comes next: the next message or widget takes its place. */
function endsProgress(item: WireItem): boolean {
  return item.type === 'assistant_message' || item.type === 'widget' || item.type === 'generated_image'
}

function withItems(state: ChatState, items: readonly WireItem[], progressEnds: boolean): ChatState {
  return { ...state, items, progress: progressEnds ? null : state.progress }
}

function withThread(state: ChatState, thread: WireThread): ChatState {
  return {
    ...state,
    threadId: thread.id,
    title: thread.title,
    status: thread.status,
    imageDomains: thread.allowed_image_domains,
    history: upsertThread(state.history, thread),
  }
}

function withImageProgress(
  state: ChatState,
  { item_id, update }: Extract<StreamEvent, { type: 'thread.item.updated' }>,
): ChatState {
  const { run } = state
  if (update.type !== 'generated_image.updated' || update.progress === undefined || !run) return state
  return { ...state, run: { ...run, images: new Map(run.images).set(item_id, update.progress) } }
}

/** What the page was told before a reload is not told again: it happened. */
function withEffect(
  state: ChatState,
  { name, data }: Extract<StreamEvent, { type: 'client_effect' }>,
): ChatState {
  const { run } = state
  if (run && run.toldSeq > 0 && run.lastSeq <= run.toldSeq) return state
  return { ...state, outgoing: [...state.outgoing, { type: 'effect', name, data: data ?? {} }] }
}

function withNotice(state: ChatState, event: Extract<StreamEvent, { type: 'notice' }>): ChatState {
  const id = (state.notices.at(-1)?.id ?? 0) + 1
  const notice = { id, level: event.level, message: event.message }
  const titled = event.title === undefined ? notice : { ...notice, title: event.title }
  return { ...state, notices: [...state.notices, titled] }
}

function failure(message: string | undefined, allowRetry: boolean): Outcome {
  return { kind: 'failed', allowRetry, ...(message === undefined ? {} : { message }) }
}

type EndStatus = Extract<StreamEvent, { type: 'parley.run_ended' }>['status']

function ended(state: ChatState, status: EndStatus): ChatState {
  return {
    ...state,
    phase: 'ready',
    run: null,
    progress: null,
    // An answer that ended before its first word leaves nothing behind.
    items: state.items.filter((item) => item.type !== 'assistant_message' || answerText(item).trim() !== ''),
    outcome: withoutRetry(outcomeAt(status, state.outcome), state.isAction),
  }
}

/** Answering the last message again would throw away the widget. */
function withoutRetry(outcome: Outcome | null, isAction: boolean): Outcome | null {
  return outcome !== null && isAction ? { ...outcome, allowRetry: false } : outcome
}

function outcomeAt(status: EndStatus, said: Outcome | null): Outcome | null {
  switch (status) {
    case 'completed':
      return said
    case 'failed':
      return said ?? failure(undefined, true)
    case 'cancelled':
    case 'interrupted':
      return { ...said, kind: status, allowRetry: true }
  }
}

/** What of an item is for the ear. A widget is told when it is whole: until then its parts come in any order. */
function sayableText(item: WireItem, finished: boolean): string | null {
  if (item.type === 'assistant_message') return answerText(item)
  return item.type === 'widget' && finished ? widgetLines(item).join('\n') : null
}

/** Tells the sentences that these events finished. What had been told before a reload is not told again. */
function told(state: ChatState, frames: readonly RunFrame[]): ChatState {
  const touched = new Map<string, boolean>()
  let newest = 0
  for (const { seq, event } of frames) {
    newest = Math.max(newest, seq ?? 0)
    if (event.type === 'thread.item.updated') touched.set(event.item_id, touched.get(event.item_id) ?? false)
    if (event.type === 'thread.item.done') touched.set(event.item.id, true)
  }
  const old = state.run !== null && newest !== 0 && newest <= state.run.toldSeq
  let { spoken } = state
  for (const item of state.items) {
    const finished = touched.get(item.id)
    const text = finished === undefined ? null : sayableText(item, finished)
    if (finished === undefined || text === null) continue
    spoken = old
      ? skipAnswer(spoken, item.id, text)
      : speakAnswer(spoken, { itemId: item.id, text, finished: finished || state.run === null })
  }
  return { ...state, spoken }
}
