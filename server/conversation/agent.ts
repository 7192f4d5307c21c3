/** What answers. A stranger writes one of these to put their own logic behind every door. */
import type { RunEvent } from './events.ts'
import type {
  InferenceOptions,
  Item,
  ItemType,
  Json,
  JsonObject,
  UserMessageItem,
  WidgetItem,
  WidgetNode,
} from './items.ts'
import type { Usage } from './model.ts'
import type { Owner, Thread } from './threads.ts'

export interface Agent {
  /**
   * Answers a message. `message` is null when the run goes on after a client tool's output or a structured input.
   * Yield events; throw a `ParleyError` to tell the user something, anything else becomes "Something went wrong".
   */
  respond(context: RunContext, message: UserMessageItem | null): AsyncIterable<RunEvent>
  /** Handles a widget's action (`sender` is the widget) or the page's own (`sender` is null). */
  action?(context: RunContext, action: Action, sender: WidgetItem | null): AsyncIterable<RunEvent>
  /** Handles an action marked `streaming: false`; the returned item is stored and replaces the shown one. */
  syncAction?(context: AgentContext, action: Action, sender: WidgetItem | null): Promise<WidgetItem | null>
  /** Hears of a thumb. It has been stored already. */
  feedback?(context: AgentContext, feedback: Feedback): Promise<void>
  /** Turns dictation into text. */
  transcribe?(audio: Audio, owner: Owner): Promise<string>
}

export interface Action {
  type: string
  payload: Json
}

export interface Feedback {
  threadId: string
  itemIds: string[]
  kind: 'positive' | 'negative'
}

export interface Audio {
  bytes: Uint8Array
  /** As the client said it: `audio/webm;codecs=opus`. */
  mimeType: string
  /** Without parameters: `audio/webm`. */
  mediaType: string
}

/** What an agent may know and do outside of a stream. */
export interface AgentContext {
  readonly owner: Owner
  /** A draft: change title, status, metadata or image domains, and the change is stored and announced. */
  readonly thread: Thread
  /** What the client sent along with its request. */
  readonly metadata: JsonObject
  now(): Date
  createId(type: ItemType): string
  /** The newest items, oldest first, hidden ones included. Default limit: 100. */
  history(limit?: number): Promise<Item[]>
  /** Throws `not_found`. */
  item(itemId: string): Promise<Item>
  /** Stores an item without showing it: hidden context, mostly. */
  saveItem(item: Item): Promise<void>
}

/** What an agent may know and do while it answers. */
export interface RunContext extends AgentContext {
  readonly runId: string
  /** Aborted when the user stops the run or the process must let go of it. */
  readonly signal: AbortSignal
  readonly inferenceOptions: InferenceOptions
  /** Whether the client may stop the run. Default true; set it before the first yield. */
  allowCancel: boolean
  /** Shows a widget: one state at once, or a growing series of states as small updates. */
  streamWidget(
    states: WidgetNode | Iterable<WidgetNode> | AsyncIterable<WidgetNode>,
    options?: { copyText?: string },
  ): AsyncIterable<RunEvent>
  /** Asks the page to do something; the run ends, and its answer starts the next one. One call a turn. */
  callClientTool(name: string, parameters: JsonObject): AsyncIterable<RunEvent>
  countUsage(usage: Usage): void
}
