/**
 * A thread's items as a model reads them. What the user typed stays as typed; everything that the conversation knows beyond it
 * stands in `<context>` marks, so that a model (and the built-in answerer) can tell the two apart.
 */
import type {
  Item,
  Json,
  StructuredInputItem,
  Task,
  UserContent,
  UserMessageItem,
} from '../conversation/items.ts'
import type { ModelContent, ModelMessage } from '../conversation/model.ts'
import { cutText } from '../conversation/text.ts'

export interface MessageBudget {
  /** Default 100. */
  itemsMax?: number
  /** In UTF-16 code units of message text. Default 200,000. */
  lengthMax?: number
}

/** What is known of attached files beside their names, by their ids. */
export type AttachmentContents = ReadonlyMap<string, ModelContent[]>

export const historyItemsMaxDefault = 100
const historyLengthMaxDefault = 200_000
/** A widget or a piece of context longer than this is cut. */
const descriptionLengthMax = 2000

/**
 * The newest turns that fit, whole: a turn begins with the user's message. The newest one is always there.
 * `items` are oldest first.
 */
export function toModelMessages(
  items: Item[],
  budget: MessageBudget = {},
  contents: AttachmentContents = new Map(),
): ModelMessage[] {
  const { itemsMax = historyItemsMaxDefault, lengthMax = historyLengthMaxDefault } = budget
  const lastUserMessage = items.findLast((item) => item.type === 'user_message')
  let itemCount = 0
  let length = 0
  const kept: ModelMessage[][] = []
  for (const turn of splitTurns(items).toReversed()) {
    const messages = turn.flatMap((item) => itemMessages(item, item === lastUserMessage, contents))
    itemCount += turn.length
    length += messages.reduce((sum, message) => sum + lengthOf(message), 0)
    if (kept.length > 0 && (itemCount > itemsMax || length > lengthMax)) break
    kept.unshift(messages)
  }
  return joinNeighbours(kept.flat())
}

/** What stands before the first user's message is the rest of a turn that was cut, unless there is no other. */
function splitTurns(items: Item[]): Item[][] {
  const turns: Item[][] = []
  for (const item of items) {
    const turn = turns.at(-1)
    if (turn === undefined || item.type === 'user_message') turns.push([item])
    else turn.push(item)
  }
  return turns.length > 1 && turns[0]?.[0]?.type !== 'user_message' ? turns.slice(1) : turns
}

function itemMessages(item: Item, isLastUserMessage: boolean, contents: AttachmentContents): ModelMessage[] {
  switch (item.type) {
    case 'user_message':
      return [{ role: 'user', content: userContent(item, isLastUserMessage, contents) }]
    case 'assistant_message': {
      const text = item.content.map((part) => part.text).join('\n\n')
      if (text === '') return []
      const note = item.incomplete === undefined ? '' : `\n\n(This answer is incomplete: ${item.incomplete}.)`
      return [{ role: 'assistant', text: text + note, toolCalls: [] }]
    }
    case 'client_tool_call': {
      if (item.status === 'pending') return []
      const call = { callId: item.call_id, name: item.name, arguments: JSON.stringify(item.arguments) }
      const output = asText(item.output ?? null)
      return [
        { role: 'assistant', text: '', toolCalls: [call] },
        { role: 'tool', callId: item.call_id, name: item.name, output },
      ]
    }
    case 'widget':
      return [context('widget shown to the user', item.copy_text ?? JSON.stringify(item.widget))]
    case 'generated_image':
      return item.image === undefined ? [] : [context('image', 'An image was made and shown to the user.')]
    case 'structured_input':
      return [context('the user’s answers', describeAnswers(item))]
    case 'workflow':
      return item.workflow.type === 'reasoning'
        ? []
        : [context('steps shown to the user', item.workflow.tasks.map(describeTask).join('\n'))]
    case 'task':
      return [context('step shown to the user', describeTask(item.task))]
    case 'hidden_context_item':
    case 'sdk_hidden_context':
      return [{ role: 'user', content: [contextPart('background', asText(item.content), Infinity)] }]
    case 'end_of_turn':
      return []
  }
}

function userContent(item: UserMessageItem, isLast: boolean, contents: AttachmentContents): ModelContent[] {
  const own = item.content.map((part) => (part.type === 'input_text' ? part.text : `@${part.text}`)).join('')
  const parts: ModelContent[] = own === '' ? [] : [{ type: 'text', text: own }]
  const tags = describeTags(item.content)
  if (tags !== '') parts.push(contextPart('what the user mentions', tags))
  // An older quote has been answered; repeating it would draw the answer back to it.
  if (isLast && item.quoted_text) parts.push(contextPart('the user refers to this', item.quoted_text))
  const files = item.attachments.map((attachment) => `${attachment.name} (${attachment.mime_type})`)
  if (files.length > 0) parts.push(contextPart('files attached by the user', files.join('\n')))
  parts.push(...item.attachments.flatMap(({ id }) => contents.get(id) ?? []))
  return parts.length > 0 ? parts : [{ type: 'text', text: '(empty message)' }]
}

function describeTags(content: UserContent[]): string {
  const lines = content.flatMap((part) =>
    part.type === 'input_tag' ? [`@${part.text}: ${JSON.stringify({ id: part.id, ...part.data })}`] : [],
  )
  return [...new Set(lines)].join('\n')
}

function describeAnswers(item: StructuredInputItem): string {
  const lines = item.inputs.map(({ question, answer }) => {
    if (answer === undefined)
      return `${question}: (${item.status === 'skipped' ? 'skipped' : 'not answered'})`
    return `${question}: ${answer.skipped ? '(skipped)' : answer.values.join(', ')}`
  })
  return lines.join('\n')
}

function describeTask(task: Task): string {
  const content =
    task.type === 'custom' ? task.content : task.type === 'web_search' ? task.queries.join(', ') : undefined
  return [task.title, content].filter((text) => text !== undefined && text !== '').join(': ') || task.type
}

function context(kind: string, text: string): ModelMessage {
  return { role: 'user', content: [contextPart(kind, text)] }
}

/** What the conversation adds to somebody's words, so that it can be told from them. */
export function contextPart(
  kind: string,
  text: string,
  lengthMax: number = descriptionLengthMax,
): ModelContent {
  return {
    type: 'text',
    text: `<context kind="${kind}">\n${withoutMarks(cutText(text, lengthMax))}\n</context>`,
  }
}

/** What is added cannot end its own marks, nor begin others. */
function withoutMarks(text: string): string {
  return text.replaceAll(/<(?=\/?context\b)/g, '\u2039')
}

function asText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Several wires refuse two messages of the same side in a row. */
function joinNeighbours(messages: ModelMessage[]): ModelMessage[] {
  const joined: ModelMessage[] = []
  for (const message of messages) {
    const last = joined.at(-1)
    if (last?.role === 'user' && message.role === 'user') {
      joined[joined.length - 1] = { role: 'user', content: [...last.content, ...message.content] }
    } else if (last?.role === 'assistant' && message.role === 'assistant') {
      const text = [last.text, message.text].filter((part) => part !== '').join('\n\n')
      joined[joined.length - 1] = {
        role: 'assistant',
        text,
        toolCalls: [...last.toolCalls, ...message.toolCalls],
      }
    } else joined.push(message)
  }
  return joined
}

function lengthOf(message: ModelMessage): number {
  if (message.role === 'tool') return message.output.length
  if (message.role === 'assistant') {
    return message.toolCalls.reduce((sum, call) => sum + call.arguments.length, message.text.length)
  }
  return message.content.reduce((sum, part) => sum + (part.type === 'text' ? part.text.length : 0), 0)
}
