/** Contract D's card: a headline, a list, a row for each task, and a button that completes it. */
import type { Action } from '../conversation/agent.ts'
import type { WidgetNode } from '../conversation/items.ts'
import type { UserTask } from './tasks.ts'

const completeAction = 'task_complete'
const rowsMax = 50

/**
 * `ListViewItem` is what ChatKit calls the rows of a `ListView`. The buttons' actions ask for an answer at once
 * (`streaming: false`), so that they work while an answer is being written.
 */
export function createTaskCard(tasks: readonly UserTask[]): WidgetNode {
  const shown = tasks.slice(0, rowsMax)
  const hidden = tasks.length - shown.length
  return {
    type: 'Card',
    id: 'task_list_card',
    children: [
      { type: 'Title', id: 'task_list_headline', value: 'Your Tasks' },
      ...(shown.length === 0 ? [caption('task_list_empty', 'There is nothing to do.')] : []),
      { type: 'ListView', id: 'task_list', children: shown.map(createRow) },
      ...(hidden === 0 ? [] : [caption('task_list_more', `and ${hidden} more`)]),
    ],
  }
}

function createRow({ id, title, done }: UserTask): WidgetNode {
  const text = { type: 'Text', id: `task_title_${id}`, value: title }
  return {
    type: 'ListViewItem',
    id: `task_item_${id}`,
    children: done
      ? [
          { ...text, lineThrough: true, color: 'secondary' },
          { type: 'Badge', id: `task_done_${id}`, label: 'Done', color: 'success' },
        ]
      : [text, createButton(id)],
  }
}

function createButton(taskId: string): WidgetNode {
  return {
    type: 'Button',
    id: `complete_task_btn_${taskId}`,
    label: 'Complete',
    onClickAction: { type: completeAction, payload: { task_id: taskId }, streaming: false },
  }
}

function caption(id: string, value: string): WidgetNode {
  return { type: 'Caption', id, value }
}

/** The card in words: for copying, and for the model. */
export function describeTasks(tasks: readonly UserTask[]): string {
  if (tasks.length === 0) return 'Your tasks: none.'
  const lines = tasks.slice(0, rowsMax).map(({ title, done }) => `- [${done ? 'x' : ' '}] ${title}`)
  return `Your tasks:\n${lines.join('\n')}`
}

/** The task that the action names, when a button of this very widget says so; else undefined. */
export function issuedTask(widget: WidgetNode, { type, payload }: Action): string | undefined {
  if (type !== completeAction || typeof payload !== 'object' || payload === null || Array.isArray(payload))
    return undefined
  const taskId = payload['task_id']
  return typeof taskId === 'string' && offers(widget, taskId) ? taskId : undefined
}

function offers(node: unknown, taskId: string): boolean {
  if (Array.isArray(node)) return node.some((child) => offers(child, taskId))
  if (!isRecord(node)) return false
  const action = node['onClickAction']
  const payload = isRecord(action) && action['type'] === completeAction ? action['payload'] : undefined
  return (isRecord(payload) && payload['task_id'] === taskId) || offers(node['children'], taskId)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
