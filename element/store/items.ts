import type {
  ItemUpdate,
  OutputText,
  WidgetNode,
  WireItem,
  WorkflowItem,
} from '../../server/contracts/chatkit/wire.ts'
import { isProvisional } from './state.ts'
import { growText, replaceComponent } from './widget-updates.ts'

type Items = readonly WireItem[]

/**
 * Puts an item where it belongs: in its own place if it is known, otherwise at the end.
 * A confirmed user message takes the place of the one that was shown before the server had it.
 */
export function upsertItem(items: Items, item: WireItem): Items {
  // What changes is nearly always at the end of what may be a long thread.
  const known = items.findLastIndex((other) => other.id === item.id)
  if (known !== -1) return items.with(known, item)
  if (item.type === 'user_message') {
    const provisional = items.findLastIndex((other) => isProvisional(other.id))
    if (provisional !== -1) return items.with(provisional, item)
  }
  return [...items, item]
}

/** An item that lies before the loaded part of the thread stays there: it will come with its page. */
export function replaceItem(items: Items, item: WireItem, hasEarlier: boolean): Items {
  const known = items.some((other) => other.id === item.id)
  const first = items[0]
  if (!known && hasEarlier && first && item.created_at < first.created_at) return items
  return upsertItem(items, item)
}

export function removeItem(items: Items, itemId: string): Items {
  return items.filter((item) => item.id !== itemId)
}

export function updateItem(items: Items, itemId: string, update: ItemUpdate): Items {
  const place = items.findLastIndex((item) => item.id === itemId)
  const item = items[place]
  if (!item) return items
  const updated = applyUpdate(item, update)
  return updated === item ? items : items.with(place, updated)
}

/** An update that does not fit its item changes nothing: the finished item will say how it is. */
function applyUpdate(item: WireItem, update: ItemUpdate): WireItem {
  switch (update.type) {
    case 'assistant_message.content_part.added':
    case 'assistant_message.content_part.done':
      return withPart(item, update.content_index, () => update.content)
    case 'assistant_message.content_part.text_delta':
      return withPart(item, update.content_index, (part) => ({ ...part, text: part.text + update.delta }))
    case 'assistant_message.content_part.annotation_added':
      return withPart(item, update.content_index, (part) => ({
        ...part,
        annotations: part.annotations.toSpliced(update.annotation_index, 0, update.annotation),
      }))
    case 'workflow.task.added':
      return withTasks(item, (tasks) => tasks.toSpliced(update.task_index, 0, update.task))
    case 'workflow.task.updated':
      return withTasks(item, (tasks) =>
        update.task_index < tasks.length ? tasks.with(update.task_index, update.task) : tasks,
      )
    case 'generated_image.updated':
      return item.type === 'generated_image' ? { ...item, image: update.image } : item
    case 'widget.root.updated':
      return item.type === 'widget' ? { ...item, widget: update.widget } : item
    case 'widget.streaming_text.value_delta':
      return withWidget(item, (root) => growText(root, update.component_id, update.delta, update.done))
    case 'widget.component.updated':
      return withWidget(item, (root) => replaceComponent(root, update.component_id, update.component))
  }
}

function withPart(item: WireItem, index: number, change: (part: OutputText) => OutputText): WireItem {
  if (item.type !== 'assistant_message') return item
  const content = [...item.content]
  while (content.length <= index) content.push({ type: 'output_text', text: '', annotations: [] })
  const part = content[index]
  if (part) content[index] = change(part)
  return { ...item, content }
}

function withWidget(item: WireItem, change: (root: WidgetNode) => WidgetNode): WireItem {
  if (item.type !== 'widget') return item
  const widget = change(item.widget)
  return widget === item.widget ? item : { ...item, widget }
}

type Tasks = WorkflowItem['workflow']['tasks']

function withTasks(item: WireItem, change: (tasks: Tasks) => Tasks): WireItem {
  if (item.type !== 'workflow') return item
  return { ...item, workflow: { ...item.workflow, tasks: change(item.workflow.tasks) } }
}

/**
 * What is loaded, brought up to what the server has: the newest page is the truth about the end of the thread,
 * and what was loaded before it stays, if the two meet.
 */
export function mergeNewest(loaded: Items, newest: Items): { items: Items; kept: boolean } {
  const first = newest[0]
  const meeting = first ? loaded.findIndex((item) => item.id === first.id) : -1
  if (meeting <= 0) return { items: newest, kept: false }
  return { items: [...loaded.slice(0, meeting), ...newest], kept: true }
}

/** The text of an answer: all its parts. */
export function answerText(item: WireItem): string {
  return item.type === 'assistant_message' ? item.content.map((part) => part.text).join('\n\n') : ''
}
