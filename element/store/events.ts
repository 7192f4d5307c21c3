import type {
  Page,
  StreamEvent,
  StructuredInput,
  WireItem,
  WireThread,
} from '../../server/contracts/chatkit/wire.ts'
import type { ComposerEvent } from './composer.ts'
import type { OutgoingEvent } from './outgoing.ts'
import type { QuestionsEvent } from './questions.ts'
import type { RatingEvent } from './ratings.ts'
import type { PreviewEvent } from './preview.ts'
import type { Snapshot } from './state.ts'
import type { WidgetEvent } from './widgets.ts'

/** An event of a run with its place in the run's log. */
export interface RunFrame {
  seq: number | null
  event: StreamEvent
}

/** What moves the open conversation from phase to phase. */
export type PhaseEvent =
  | { type: 'new-chat' }
  | { type: 'open'; threadId: string }
  | { type: 'opened'; snapshot: Snapshot }
  | { type: 'open-failed'; threadId: string; message: string }
  /** A message goes out; it is shown at once, before the server has it. */
  | { type: 'send'; item: WireItem }
  /** The answer to a message is to be given again. */
  | { type: 'retry'; itemId: string }
  /** What was asked of the person is answered; the thread shows it at once. */
  | { type: 'answer'; itemId: string; input: StructuredInput }
  /** The run goes on with what the page itself did for it. */
  | { type: 'continue' }
  /** An action is done by a run of its own. */
  | { type: 'act' }
  | { type: 'accepted'; threadId: string | null; runId: string | null }
  /** The server did not begin a run. */
  | { type: 'refused'; message: string }
  | { type: 'frames'; frames: readonly RunFrame[] }
  | { type: 'cut' }
  | { type: 'reconnected' }
  | { type: 'stop' }
  | { type: 'stop-failed'; message: string }
  /** The run cannot be followed any more, and nobody knows how it ended. */
  | { type: 'lost'; message: string }

/** Everything beside it, which means the same in every phase. */
export type SideEvent =
  | { type: 'at-end'; atEnd: boolean }
  | { type: 'problem'; message: string }
  | { type: 'problem-dismissed' }
  | { type: 'notice-dismissed'; id: number }
  | { type: 'copied'; what: string | null }
  | { type: 'tools'; running: readonly string[] }
  /** An item as the server has it now, without a run. */
  | { type: 'item-replaced'; threadId: string; item: WireItem }
  | { type: 'earlier-asked' }
  | { type: 'earlier-arrived'; threadId: string; page: Page<WireItem> }
  | { type: 'earlier-failed'; message: string }
  | { type: 'selected'; selected: { turnId: string; text: string } | null }
  | HistoryEvent
  | QuestionsEvent
  | RatingEvent
  | OutgoingEvent
  | WidgetEvent
  | ComposerEvent
  | PreviewEvent

export type HistoryEvent =
  | { type: 'history-opened' }
  | { type: 'history-closed' }
  | { type: 'history-arrived'; page: Page<WireThread>; more: boolean }
  | { type: 'history-searched'; query: string }
  | { type: 'history-more-asked' }
  | { type: 'history-failed'; message: string }
  | { type: 'history-renaming'; threadId: string; title: string }
  | { type: 'history-renaming-ended' }
  | { type: 'history-deleting'; threadId: string }
  | { type: 'history-deleting-ended' }
  | { type: 'thread-changed'; thread: WireThread }
  | { type: 'thread-deleted'; threadId: string }

export type ChatEvent = PhaseEvent | SideEvent
