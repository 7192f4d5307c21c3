import { emptyComposer } from './composer.ts'
import type { ComposerState } from './composer.ts'
import type {
  StructuredInputItem,
  ThreadStatus,
  WireItem,
  WireRun,
  WireThread,
} from '../../server/contracts/chatkit/wire.ts'
import { noOutgoing } from './outgoing.ts'
import type { Outgoing } from './outgoing.ts'
import type { QuestionsState } from './questions.ts'
import { noRatings } from './ratings.ts'
import type { Ratings } from './ratings.ts'
import type { EntityPreview } from './preview.ts'
import type { WidgetStates } from './widgets.ts'

/**
 * What the open conversation is doing:
 *
 *   start ──send──▶ sending ──accepted──▶ streaming ──run ended──▶ ready
 *     ▲               │ refused             │ ▲  │                   │
 *     │               ▼                   cut │  │ stop              │ send, retry
 *  new chat     start or ready              ▼ │  ▼                   ▼
 *              opening ──opened──▶ ready   reconnecting  stopping   sending
 *                 └─failed─▶ unopened
 */
export type Phase =
  | 'start'
  | 'opening'
  | 'unopened'
  | 'ready'
  | 'sending'
  | 'streaming'
  | 'reconnecting'
  | 'stopping'

export interface ChatState {
  phase: Phase
  /** Null on the start screen, and until the server has named the thread of a first message. */
  threadId: string | null
  title: string | undefined
  status: ThreadStatus
  /** Where images of this thread may come from beside our own origin. Undefined: from nowhere else. */
  imageDomains: readonly string[] | undefined
  /** Oldest first: what is loaded of the thread. */
  items: readonly WireItem[]
  widgets: WidgetStates
  ratings: Ratings
  /** What is answered to the agent's questions, since somebody began to. */
  questions: QuestionsState | null
  /** What of a turn's answers is selected, to be quoted. */
  selected: { turnId: string; text: string } | null
  /** What the page is to be told. */
  outgoing: readonly Outgoing[]
  /** The client tool calls that this page is at, in whichever thread: no message is sent there until it is done. */
  tools: readonly string[]
  /** What lies before the loaded items. */
  earlier: { cursor: string | undefined; loading: boolean }
  run: RunState | null
  /** Whether the last run was begun here by an action: it is the widget that can be used again, not the message answered again. */
  isAction: boolean
  /** The run whose outcome it is. Null from a server that speaks plain ChatKit, and before the first one. */
  lastRunId: string | null
  /** How the last run ended, when it did not simply end. */
  outcome: Outcome | null
  progress: { text: string; icon?: string } | null
  notices: readonly Notice[]
  /** Why a conversation could not be opened, in the phase `unopened`. */
  openFailure: string | null
  /** Something else that failed, to be shown until it is dismissed. */
  problem: string | null
  composer: ComposerState
  /** Whether the reader is at the end of the conversation and wants to stay there. */
  atEnd: boolean
  /** Which of the copy buttons has just copied. */
  copied: string | null
  /** What is shown, or being asked for, of an entity that somebody looks at. */
  preview: EntityPreview | null
  history: HistoryState
  spoken: Spoken
}

export interface RunState {
  /** Null from a server that speaks plain ChatKit. */
  id: string | null
  /** The newest event that has been applied: everything up to it is ignored when it comes again. */
  lastSeq: number
  allowCancel: boolean
  /** Events up to this one are told again after a reload: shown, but not read out a second time. */
  toldSeq: number
  /** How far the images are that are being made: from 0 to 1, by their items' ids. */
  images: ReadonlyMap<string, number>
}

export interface Outcome {
  kind: 'failed' | 'interrupted' | 'cancelled' | 'lost'
  message?: string
  allowRetry: boolean
}

export interface Notice {
  id: number
  level: 'info' | 'warning' | 'danger'
  message: string
  title?: string
}

export interface HistoryState {
  phase: 'closed' | 'loading' | 'shown' | 'failed'
  /** Its part of the element is loaded when it is opened for the first time, and stays. */
  wasOpened: boolean
  /** Only threads whose titles have these words are shown. */
  query: string
  threads: readonly WireThread[]
  cursor: string | undefined
  loadingMore: boolean
  problem: string | null
  renaming: { threadId: string; title: string } | null
  deleting: string | null
}

/** What assistive technology is told: finished sentences, never single tokens. */
export interface Spoken {
  lines: readonly { id: number; text: string }[]
  nextId: number
  itemId: string | null
  /** How much of that item's text has been told. */
  offset: number
}

/** The newest part of a thread, as the server has it. */
export interface Snapshot {
  thread: WireThread
  /** Oldest first. */
  items: WireItem[]
  cursor: string | undefined
  run: WireRun | null
}

export const closedHistory: HistoryState = {
  phase: 'closed',
  wasOpened: false,
  query: '',
  threads: [],
  cursor: undefined,
  loadingMore: false,
  problem: null,
  renaming: null,
  deleting: null,
}

/** The start screen. */
export function createState(): ChatState {
  return {
    phase: 'start',
    threadId: null,
    title: undefined,
    status: { type: 'active' },
    imageDomains: undefined,
    items: [],
    widgets: {},
    ratings: noRatings,
    questions: null,
    selected: null,
    outgoing: noOutgoing,
    tools: [],
    earlier: { cursor: undefined, loading: false },
    run: null,
    isAction: false,
    lastRunId: null,
    outcome: null,
    progress: null,
    notices: [],
    openFailure: null,
    problem: null,
    composer: emptyComposer,
    atEnd: true,
    copied: null,
    preview: null,
    history: closedHistory,
    spoken: { lines: [], nextId: 1, itemId: null, offset: 0 },
  }
}

/** Whether an answer is on its way, so that nothing else can be asked in this thread. */
export function isBusy(state: ChatState): boolean {
  return (
    state.phase === 'sending' ||
    state.phase === 'streaming' ||
    state.phase === 'reconnecting' ||
    state.phase === 'stopping'
  )
}

export function canStop(state: ChatState): boolean {
  const going = state.phase === 'streaming' || state.phase === 'reconnecting'
  return going && state.run !== null && state.run.allowCancel
}

/** Whether the composer takes a message. */
export function canSend(state: ChatState): boolean {
  const { phase, status, items, tools } = state
  const isFree = phase === 'start' || phase === 'ready'
  return isFree && status.type === 'active' && !items.some(({ id }) => tools.includes(id))
}

/** The run as it begins, or as it is found after a reload: events up to `toldSeq` were told before. */
export function createRun(id: string | null, toldSeq: number = 0): RunState {
  return { id, lastSeq: 0, allowCancel: true, toldSeq, images: new Map() }
}

/** The questions that the conversation waits for: they take the composer's place. */
export function pendingQuestions({ phase, status, items }: ChatState): StructuredInputItem | undefined {
  if (phase !== 'ready' || status.type !== 'active') return undefined
  const newest = items.findLast(({ type }) => type === 'structured_input' || type === 'user_message')
  if (newest?.type !== 'structured_input' || newest.status !== 'pending') return undefined
  // Nobody can answer where nothing is asked.
  return newest.inputs.length > 0 ? newest : undefined
}

/** Which actions of widgets can be done now. */
export type AllowedActions =
  | 'all'
  /** Not those that are runs of their own: an answer is on its way. */
  | 'at-once'
  | 'none'

export function allowedActions(state: ChatState): AllowedActions {
  if (state.status.type !== 'active') return 'none'
  if (isBusy(state)) return 'at-once'
  return state.phase === 'ready' ? 'all' : 'none'
}

/** The message that would be answered again, or undefined when the person has not asked anything yet. */
export function lastUserItem(items: readonly WireItem[]): WireItem | undefined {
  return items.findLast((item) => item.type === 'user_message' && !isProvisional(item.id))
}

const provisionalPrefix = 'local:'

/** The id of a message that the server has not confirmed yet. */
export function provisionalId(number: number): string {
  return `${provisionalPrefix}${number}`
}
export function isProvisional(itemId: string): boolean {
  return itemId.startsWith(provisionalPrefix)
}
