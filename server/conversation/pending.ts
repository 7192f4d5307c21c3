/**
 * The items that a run has begun and not finished, kept as their updates leave them: what is stored when the run
 * breaks off, and what a late `done` is completed with. Folding a run's log gives the same.
 */
import type { ItemUpdate, RunEvent } from './events.ts'
import type { AssistantMessageItem, IncompleteReason, Item, OutputText, Workflow } from './items.ts'
import { copyJson } from './json-value.ts'
import { growComponent, replaceComponent } from './widgets.ts'

export interface PendingItems {
  apply(event: RunEvent): void
  has(itemId: string): boolean
  /** The finished item with what only its updates have said: annotations that the end does not repeat. */
  complete(item: Item): Item
  /** What is left to keep and to drop when the run breaks off, in the order of their beginning. */
  breakOff(reason: IncompleteReason): { kept: Item[]; droppedIds: string[] }
}

export function createPendingItems(): PendingItems {
  const items = new Map<string, Item>()
  return {
    apply(event) {
      if (event.type === 'item-added') items.set(event.item.id, copyJson(event.item))
      else if (event.type === 'item-done' || event.type === 'item-replaced') items.delete(event.item.id)
      else if (event.type === 'item-removed') items.delete(event.item_id)
      else if (event.type === 'item-updated') {
        const item = items.get(event.item_id)
        if (item !== undefined) applyUpdate(item, event.update)
      }
    },
    has: (itemId) => items.has(itemId),
    complete(item) {
      const pending = items.get(item.id)
      if (pending?.type !== 'assistant_message' || item.type !== 'assistant_message') return item
      return {
        ...item,
        content: item.content.map((part, index) => keepAnnotations(part, pending.content[index])),
      }
    },
    breakOff(reason) {
      const kept: Item[] = []
      const droppedIds: string[] = []
      for (const item of items.values()) {
        const rest = whatIsLeft(item, reason)
        if (rest === null) droppedIds.push(item.id)
        else kept.push(rest)
      }
      return { kept, droppedIds }
    },
  }
}

/** Changes the item as the update says. Updates that do not fit the item's type are ignored. */
export function applyUpdate(item: Item, update: ItemUpdate): void {
  if (item.type === 'assistant_message') updateMessage(item.content, update)
  else if (item.type === 'workflow') updateWorkflow(item.workflow, update)
  else if (item.type === 'widget') {
    if (update.type === 'widget.root.updated') item.widget = update.widget
    else if (update.type === 'widget.component.updated') {
      item.widget = replaceComponent(item.widget, update.component_id, update.component)
    } else if (update.type === 'widget.streaming_text.value_delta') {
      item.widget = growComponent(item.widget, update.component_id, update.delta, update.done)
    }
  } else if (item.type === 'generated_image' && update.type === 'generated_image.updated') {
    item.image = update.image
  }
}

/** More parts than any answer has: an index beyond it is a mistake, not a reason to fill memory. */
const contentPartsMax = 1_000

function updateMessage(content: OutputText[], update: ItemUpdate): void {
  if (!('content_index' in update) || update.content_index >= contentPartsMax) return
  while (content.length <= update.content_index)
    content.push({ type: 'output_text', text: '', annotations: [] })
  const part = content[update.content_index]
  if (part === undefined) return
  if (update.type === 'assistant_message.content_part.text_delta') part.text += update.delta
  else if (update.type === 'assistant_message.content_part.annotation_added') {
    part.annotations.splice(update.annotation_index, 0, update.annotation)
  } else if (update.type === 'assistant_message.content_part.added') {
    content[update.content_index] = copyJson(update.content)
  } else {
    content[update.content_index] = keepAnnotations(copyJson(update.content), part)
  }
}

function keepAnnotations(part: OutputText, before: OutputText | undefined): OutputText {
  return part.annotations.length === 0 && before !== undefined
    ? { ...part, annotations: before.annotations }
    : part
}

function updateWorkflow(workflow: Workflow, update: ItemUpdate): void {
  if (update.type === 'workflow.task.added') workflow.tasks.splice(update.task_index, 0, update.task)
  else if (update.type === 'workflow.task.updated' && update.task_index < workflow.tasks.length) {
    workflow.tasks[update.task_index] = update.task
  }
}

/** Text, tasks and widgets that have arrived are kept; what is still empty is dropped. */
function whatIsLeft(item: Item, reason: IncompleteReason): Item | null {
  switch (item.type) {
    case 'assistant_message':
      return hasText(item) ? { ...item, incomplete: reason } : null
    case 'workflow':
      return item.workflow.tasks.length > 0 ? { ...item, workflow: settled(item.workflow) } : null
    case 'widget':
      return item
    case 'generated_image':
      return item.image === undefined ? null : item
    case 'user_message':
    case 'client_tool_call':
    case 'structured_input':
    case 'task':
    case 'end_of_turn':
    case 'hidden_context_item':
    case 'sdk_hidden_context':
      return null
  }
}

function hasText(item: AssistantMessageItem): boolean {
  return item.content.some((part) => part.text.trim() !== '')
}

/** Nothing is loading any more. */
function settled(workflow: Workflow): Workflow {
  const tasks = workflow.tasks.map((task) =>
    task.status_indicator === 'loading' ? { ...task, status_indicator: 'none' as const } : task,
  )
  return { ...workflow, tasks, expanded: false }
}
