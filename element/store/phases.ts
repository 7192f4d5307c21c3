import type { WireRun, WireThread } from '../../server/contracts/chatkit/wire.ts'
import type { PhaseEvent } from './events.ts'
import { changeDraft, reduceComposer, takeBack } from './composer.ts'
import type { ComposerState } from './composer.ts'
import { mergeNewest, removeItem, upsertItem } from './items.ts'
import { answeredItem, questionsFor } from './questions.ts'
import { applyFrames } from './run-events.ts'
import { createRun, createState, isProvisional } from './state.ts'
import type { ChatState, Outcome, Phase, Snapshot } from './state.ts'

type On<Type extends PhaseEvent['type']> = (
  state: ChatState,
  event: Extract<PhaseEvent, { type: Type }>,
) => ChatState

/** One cell for every phase and event: an event that nobody has thought of does not compile. The drawing is in `state.ts`. */
export type PhaseTable = { [P in Phase]: { [Type in PhaseEvent['type']]: On<Type> } }

const keep = (state: ChatState): ChatState => state

const toStart: On<'new-chat'> = (state) => leaveFor(null, state)
const toOpening: On<'open'> = (state, { threadId }) => ({
  ...leaveFor(threadId, state),
  phase: 'opening',
  threadId,
})

/** A message that the server may not have yet stays where it was written. */
function leaveFor(threadId: string | null, state: ChatState): ChatState {
  const left = reduceComposer(state.composer, { type: 'composer-editing-ended' })
  return {
    ...createState(),
    composer: changeDraft(
      state.phase === 'sending' ? withUnsent(left, state.items) : left,
      state.threadId,
      threadId,
    ),
    history: state.history,
    spoken: state.spoken,
    tools: state.tools,
  }
}

function withUnsent(composer: ComposerState, items: ChatState['items']): ComposerState {
  const unsent = items.find(({ id }) => isProvisional(id))
  return unsent?.type === 'user_message' ? takeBack(composer, unsent) : composer
}

const toUnopened: On<'open-failed'> = (state, { threadId, message }) =>
  threadId === state.threadId ? { ...state, phase: 'unopened', openFailure: message } : state

const toSending: On<'send'> = (state, { item }) => ({
  ...begun(state),
  items: [...state.items, item],
  atEnd: true,
})

/** Later items are dropped at once, as the server will do without announcing each of them. */
const toRetrying: On<'retry'> = (state, { itemId }) => {
  const place = state.items.findIndex((item) => item.id === itemId)
  if (place === -1) return state
  return { ...begun(state), items: state.items.slice(0, place + 1), atEnd: true }
}

const toAnswering: On<'answer'> = (state, { itemId, input }) => {
  const item = state.items.find((other) => other.id === itemId)
  if (item?.type !== 'structured_input') return state
  return {
    ...begun(state),
    items: upsertItem(state.items, answeredItem(item, input)),
    questions: { ...questionsFor(item, state.questions), sent: item },
    atEnd: true,
  }
}

/** The server does not say again that the call is done. */
const toContinuing: On<'continue'> = (state) => ({
  ...begun(state),
  items: state.items.map((item) =>
    item.type === 'client_tool_call' ? { ...item, status: 'completed' as const } : item,
  ),
})

/** Everything stays as it is until the run says otherwise. */
const toActing: On<'act'> = (state) => ({ ...begun(state), isAction: true })

function begun(state: ChatState): ChatState {
  return {
    ...state,
    phase: 'sending',
    run: null,
    isAction: false,
    problem: null,
    progress: null,
    notices: [],
  }
}

/** Only now is it over how the run before it ended: a message that is refused leaves everything as it was. */
const toStreaming: On<'accepted'> = (state, { threadId, runId }) => ({
  ...state,
  phase: 'streaming',
  outcome: null,
  lastRunId: runId,
  threadId: state.threadId ?? threadId,
  run: createRun(runId),
  questions: null,
})

/** Nothing began: the message goes back into the composer, and what was asked waits for its answers again. */
const toRefused: On<'refused'> = (state, { message }) => {
  const unsent = state.items.find((item) => isProvisional(item.id))
  const unanswered = state.questions?.sent
  const kept = unsent ? removeItem(state.items, unsent.id) : state.items
  return {
    ...state,
    phase: state.threadId === null ? 'start' : 'ready',
    items: unanswered ? upsertItem(kept, unanswered) : kept,
    questions: state.questions && { ...state.questions, sent: null },
    composer: withUnsent(state.composer, state.items),
    problem: message,
  }
}

const entered: On<'opened'> = (state, { snapshot }) =>
  snapshot.thread.id === state.threadId ? withSnapshot(state, snapshot) : state

function withSnapshot(state: ChatState, snapshot: Snapshot): ChatState {
  const { items, kept } = mergeNewest(state.items, snapshot.items)
  const { run } = snapshot
  const running = run?.status === 'running'
  return {
    ...withThread(state, snapshot.thread),
    phase: running ? 'streaming' : 'ready',
    items,
    earlier: kept ? state.earlier : { cursor: snapshot.cursor, loading: false },
    run: running ? createRun(run.id, run.last_seq) : null,
    lastRunId: run?.id ?? null,
    outcome: run ? outcomeOf(run, state) : null,
    progress: null,
  }
}

function outcomeOf(run: WireRun, { lastRunId, outcome: known }: ChatState): Outcome | null {
  // The run itself has said more than the thread does.
  if (known?.kind === run.status && lastRunId === run.id) return known
  if (run.status === 'running' || run.status === 'completed') return null
  const outcome: Outcome = { kind: run.status, allowRetry: true }
  return run.error === undefined ? outcome : { ...outcome, message: run.error }
}

/** The items page in an event says nothing, so it is not looked at. */
function withThread(state: ChatState, thread: WireThread): ChatState {
  const { title, status, allowed_image_domains: imageDomains } = thread
  return { ...state, title, status, imageDomains }
}

const followed: On<'frames'> = (state, { frames }) => applyFrames(state, frames)
const toReconnecting: On<'cut'> = (state) => ({ ...state, phase: 'reconnecting' })
const toFollowing: On<'reconnected'> = (state) => ({ ...state, phase: 'streaming' })
const toStopping: On<'stop'> = (state) => ({ ...state, phase: 'stopping' })
const notStopped: On<'stop-failed'> = (state, { message }) => ({
  ...state,
  phase: 'streaming',
  problem: message,
})
const toLost: On<'lost'> = (state, { message }) => ({
  ...state,
  phase: 'ready',
  run: null,
  progress: null,
  outcome: { kind: 'lost', message, allowRetry: false },
})

/** A row in which nothing happens but that the person goes somewhere else, which may be at any time. */
const still: PhaseTable[Phase] = {
  'new-chat': toStart,
  open: toOpening,
  opened: keep,
  'open-failed': keep,
  send: keep,
  retry: keep,
  answer: keep,
  continue: keep,
  act: keep,
  accepted: keep,
  refused: keep,
  frames: keep,
  cut: keep,
  reconnected: keep,
  stop: keep,
  'stop-failed': keep,
  lost: keep,
}

export const phaseTable: PhaseTable = {
  start: { ...still, send: toSending },
  opening: { ...still, opened: entered, 'open-failed': toUnopened },
  unopened: { ...still },
  ready: {
    ...still,
    opened: entered,
    send: toSending,
    retry: toRetrying,
    answer: toAnswering,
    continue: toContinuing,
    act: toActing,
  },
  sending: { ...still, accepted: toStreaming, refused: toRefused },
  streaming: { ...still, frames: followed, cut: toReconnecting, stop: toStopping, lost: toLost },
  reconnecting: {
    ...still,
    opened: entered,
    frames: followed,
    reconnected: toFollowing,
    stop: toStopping,
    lost: toLost,
  },
  stopping: { ...still, opened: entered, frames: followed, 'stop-failed': notStopped, lost: toLost },
}
