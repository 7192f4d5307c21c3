/** How a run begins: what an intent changes in its thread, in one transaction, and what the agent is then asked. */
import { createItemId } from '../conversation/ids.ts'
import type { Action } from '../conversation/agent.ts'
import { ParleyError, notFound } from '../conversation/errors.ts'
import type { RunEvent } from '../conversation/events.ts'
import type { Intent, MessageInput, QuestionAnswers } from '../conversation/intents.ts'
import type {
  Attachment,
  Item,
  StructuredQuestion,
  UserMessageItem,
  WidgetItem,
} from '../conversation/items.ts'
import type { ThreadTransaction } from '../conversation/store.ts'
import { refuseUnlessActive } from '../conversation/threads.ts'

/** What the agent is asked when the run has begun. */
export type Question =
  | { type: 'respond'; message: UserMessageItem | null }
  | { type: 'act'; action: Action; sender: WidgetItem | null }

export interface Beginning {
  question: Question
  /** The first events of the log. */
  events: RunEvent[]
}

const mayCancel: RunEvent = { type: 'options', allow_cancel: true }

/** How far back a tool call may wait for its output. */
const pendingCallsWithin = 20

/** Applies the intent to the locked thread. Throws `not_found`, `wrong_state` or `not_a_widget`, and then nothing happened. */
export async function applyIntent(
  transaction: ThreadTransaction,
  intent: Intent,
  now: Date,
): Promise<Beginning> {
  refuseUnlessActive(transaction.thread)
  switch (intent.type) {
    case 'create-thread': {
      const begun = await addMessage(transaction, intent.message, now)
      return { ...begun, events: [{ type: 'thread-created', thread: transaction.thread }, ...begun.events] }
    }
    case 'add-message':
      return addMessage(transaction, intent.message, now)
    case 'add-tool-output':
      return addToolOutput(transaction, intent)
    case 'answer-questions':
      return answerQuestions(transaction, intent.itemId, intent.answers)
    case 'retry':
      return retry(transaction, intent)
    case 'act':
      return act(transaction, intent.itemId, intent.action)
  }
}

async function addMessage(
  transaction: ThreadTransaction,
  input: MessageInput,
  now: Date,
): Promise<Beginning> {
  const attachments =
    input.attachmentIds.length === 0 ? [] : await transaction.claimAttachments(input.attachmentIds)
  const beginning = beginWithMessage(transaction.thread.id, input, attachments, now)
  await transaction.saveItem(beginning.question.message)
  return beginning
}

/** What a message alone begins. */
export function beginWithMessage(
  threadId: string,
  input: MessageInput,
  attachments: Attachment[],
  now: Date,
): Beginning & { question: { type: 'respond'; message: UserMessageItem } } {
  const message: UserMessageItem = {
    id: input.id ?? createItemId('user_message'),
    thread_id: threadId,
    created_at: now.toISOString(),
    type: 'user_message',
    content: input.content,
    attachments,
    ...(input.quotedText === undefined ? {} : { quoted_text: input.quotedText }),
    inference_options: input.inferenceOptions,
  }
  return { question: { type: 'respond', message }, events: [{ type: 'item-done', item: message }, mayCancel] }
}

async function addToolOutput(
  transaction: ThreadTransaction,
  intent: Extract<Intent, { type: 'add-tool-output' }>,
): Promise<Beginning> {
  const newest = await transaction.newestItems(pendingCallsWithin)
  const pending = newest.flatMap((item) =>
    item.type === 'client_tool_call' && item.status === 'pending' ? [item] : [],
  )
  const [call, ...stale] = pending
  if (call === undefined)
    throw new ParleyError('wrong_state', 'No client tool call is waiting for an output.')
  await transaction.saveItem({ ...call, status: 'completed', output: intent.result })
  for (const other of stale) await transaction.deleteItem(other.id)
  return { question: { type: 'respond', message: null }, events: [mayCancel] }
}

async function answerQuestions(
  transaction: ThreadTransaction,
  itemId: string,
  { status, answers }: QuestionAnswers,
): Promise<Beginning> {
  const item = await existingItem(transaction, itemId)
  if (item.type !== 'structured_input' || item.status !== 'pending') {
    throw new ParleyError('wrong_state', `Item ${itemId} is not waiting for answers.`, {
      param: 'params.item_id',
    })
  }
  const inputs = item.inputs.map((question) =>
    answered(question, status === 'skipped' ? undefined : answers[question.id]),
  )
  const replaced: Item = { ...item, status, inputs }
  await transaction.saveItem(replaced)
  return {
    question: { type: 'respond', message: null },
    events: [mayCancel, { type: 'item-replaced', item: replaced }],
  }
}

/** A single choice keeps one value. Values need not be among the options: "something else" is allowed on purpose. */
function answered(
  question: StructuredQuestion,
  answer: QuestionAnswers['answers'][string] | undefined,
): StructuredQuestion {
  if (answer === undefined || answer.skipped || answer.values.length === 0) {
    return { ...question, answer: { values: [], skipped: true } }
  }
  const single = question.type === 'multiple_choice' && !question.multiple
  return {
    ...question,
    answer: { values: single ? answer.values.slice(0, 1) : answer.values, skipped: false },
  }
}

async function retry(
  transaction: ThreadTransaction,
  { itemId, rewrittenAs }: Extract<Intent, { type: 'retry' }>,
): Promise<Beginning> {
  const message = await existingItem(transaction, itemId)
  if (message.type !== 'user_message') {
    throw new ParleyError('wrong_state', `Item ${itemId} is not a user message.`, { param: 'params.item_id' })
  }
  await transaction.deleteItemsAfter(itemId)
  if (rewrittenAs === undefined) return { question: { type: 'respond', message }, events: [mayCancel] }
  const rewritten = { ...message, content: rewrittenAs }
  await transaction.saveItem(rewritten)
  return {
    question: { type: 'respond', message: rewritten },
    events: [{ type: 'item-replaced', item: rewritten }, mayCancel],
  }
}

async function act(
  transaction: ThreadTransaction,
  itemId: string | null,
  action: Action,
): Promise<Beginning> {
  const sender = itemId === null ? null : widgetOrThrow(await existingItem(transaction, itemId))
  return { question: { type: 'act', action, sender }, events: [mayCancel] }
}

export function widgetOrThrow(item: Item): WidgetItem {
  if (item.type === 'widget') return item
  throw new ParleyError('not_a_widget', `Item ${item.id} is not a widget.`, { param: 'params.item_id' })
}

async function existingItem(transaction: ThreadTransaction, itemId: string): Promise<Item> {
  const item = await transaction.item(itemId)
  if (item === null) throw notFound('Item', itemId)
  return item
}
