/**
 * What happens in a run: one neutral union, written to the run's log and encoded by each door for its own wire.
 * Fields that name conversation data carry ChatKit's names, as the items do.
 */
import type { Annotation, GeneratedImage, Item, JsonObject, OutputText, Task, WidgetNode } from './items.ts'
import type { Thread, ThreadField } from './threads.ts'

export type RunEvent =
  | { type: 'thread-created'; thread: Thread }
  /** `changed` says which fields an agent has changed; the others are as it knew them. */
  | { type: 'thread-updated'; thread: Thread; changed: ThreadField[] }
  /** An item begins. It is not stored as an item until it is done; the log keeps it. */
  | { type: 'item-added'; item: Item }
  | { type: 'item-updated'; item_id: string; update: ItemUpdate }
  | { type: 'item-done'; item: Item }
  | { type: 'item-replaced'; item: Item }
  | { type: 'item-removed'; item_id: string }
  /** What the client may do while the run goes on. */
  | { type: 'options'; allow_cancel: boolean }
  | { type: 'progress'; text: string; icon?: string }
  | { type: 'client-effect'; name: string; data: JsonObject }
  | { type: 'notice'; level: 'info' | 'warning' | 'danger'; message: string; title?: string }
  | { type: 'error'; code: string; message?: string; allow_retry: boolean }
  /** Always the last one: a log without it belongs to a run that is still going on. */
  | { type: 'run-ended'; status: RunEndStatus }

export type RunStatus = 'running' | RunEndStatus
export type RunEndStatus = 'completed' | 'failed' | 'cancelled' | 'interrupted'

export type ItemUpdate =
  | { type: 'assistant_message.content_part.added'; content_index: number; content: OutputText }
  | { type: 'assistant_message.content_part.text_delta'; content_index: number; delta: string }
  | {
      type: 'assistant_message.content_part.annotation_added'
      content_index: number
      annotation_index: number
      annotation: Annotation
    }
  | { type: 'assistant_message.content_part.done'; content_index: number; content: OutputText }
  | { type: 'widget.streaming_text.value_delta'; component_id: string; delta: string; done: boolean }
  | { type: 'widget.component.updated'; component_id: string; component: WidgetNode }
  | { type: 'widget.root.updated'; widget: WidgetNode }
  | { type: 'workflow.task.added'; task_index: number; task: Task }
  | { type: 'workflow.task.updated'; task_index: number; task: Task }
  | { type: 'generated_image.updated'; image: GeneratedImage; progress?: number }

/** An event with its place in its run's log: 1, 2, 3, … A merged text delta carries the last number it covers. */
export interface SequencedEvent {
  seq: number
  event: RunEvent
}

/** The text of a delta event, or undefined for any other event: what may be merged with its neighbour. */
export function textDelta(event: RunEvent): { itemId: string; index: number; text: string } | undefined {
  if (event.type !== 'item-updated') return undefined
  const { update } = event
  if (update.type !== 'assistant_message.content_part.text_delta') return undefined
  return { itemId: event.item_id, index: update.content_index, text: update.delta }
}

/** A piece of an assistant's answer. */
export function createTextDelta(item_id: string, delta: string, content_index = 0): RunEvent {
  return {
    type: 'item-updated',
    item_id,
    update: { type: 'assistant_message.content_part.text_delta', content_index, delta },
  }
}
