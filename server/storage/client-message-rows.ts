/** The rows of messages that clients keep. */
import type {
  ClientFeedback,
  ClientMessage,
  NewClientMessage,
  SaidWords,
} from '../conversation/client-messages.ts'
import type { Item, JsonObject } from '../conversation/items.ts'
import { cleanText } from '../conversation/text.ts'
import type { NumberedItem, ToldMessage } from '../conversation/told-messages.ts'
import { command, statement } from './database.ts'
import type { Statement } from './database.ts'
import { encodeJson } from './encode.ts'
import { itemColumns, itemOf } from './items.ts'
import type { ItemRow, Place } from './items.ts'

/** A message as it is in the tree, and whether it is in the thread, too. */
export interface TreeMessage extends Omit<ToldMessage, 'said' | 'itemSeq'> {
  said: SaidWords | null
  itemSeq: string | null
  isInThread: boolean
  contentLength: number
}

interface TreeRow {
  id: string
  parent_id: string | null
  height: number
  said: SaidWords | null
  item_ids: string[]
  item_seq: string | number | null
  from_items: boolean
  is_written: boolean
  is_in_thread: boolean
  content_length: number
  created_at: Date
}

const isInThread = `exists (select from items where items.thread_id = messages.thread_id
       and items.tenant_id = messages.tenant_id and items.user_id = messages.user_id
       and items.id = messages.item_ids[cardinality(messages.item_ids)])`

const treeColumns = `messages.id, messages.parent_id, messages.height, messages.said, messages.item_ids, messages.item_seq,
     messages.from_items, messages.content is not null as is_written, ${isInThread} as is_in_thread,
     coalesce(char_length(messages.content), 0) as content_length, messages.created_at`

function values({ owner, threadId }: Place): [string, string, string] {
  return [threadId, owner.tenantId, owner.userId]
}

const inPlace = 'messages.thread_id = $1 and messages.tenant_id = $2 and messages.user_id = $3'

/** The last message that is in the thread. */
export function selectTip(place: Place): Statement<TreeMessage | null> {
  return statement<TreeRow, TreeMessage | null>(
    `select ${treeColumns} from client_messages as messages
     where ${inPlace} and messages.item_seq is not null and ${isInThread}
     order by messages.item_seq desc limit 1`,
    values(place),
    ([row]) => (row === undefined ? null : treeMessageOf(row)),
  )
}

export function selectTreeMessage(place: Place, id: string): Statement<TreeMessage | null> {
  return statement<TreeRow, TreeMessage | null>(
    `select ${treeColumns} from client_messages as messages where ${inPlace} and messages.id = $4`,
    [...values(place), cleanText(id)],
    ([row]) => (row === undefined ? null : treeMessageOf(row)),
  )
}

/** The message and all that lie before it, the nearest first. */
export function selectPath(place: Place, id: string): Statement<TreeMessage[]> {
  return statement<TreeRow, TreeMessage[]>(
    `with recursive path as (
       select thread_id, id, parent_id from client_messages
       where thread_id = $1 and tenant_id = $2 and user_id = $3 and id = $4
       union all
       select before.thread_id, before.id, before.parent_id
       from client_messages as before join path on before.thread_id = path.thread_id and before.id = path.parent_id)
     select ${treeColumns} from path
     join client_messages as messages on messages.thread_id = path.thread_id and messages.id = path.id
     where ${inPlace}
     order by messages.height desc`,
    [...values(place), cleanText(id)],
    (rows) => rows.map(treeMessageOf),
  )
}

/** The thread's own that stand where a new message would, and that no client has written yet. */
export function selectUnwritten(place: Place, parentId: string | null): Statement<TreeMessage[]> {
  return statement<TreeRow, TreeMessage[]>(
    `select ${treeColumns} from client_messages as messages
     where ${inPlace} and messages.parent_id is not distinct from $4::text and messages.content is null
     order by messages.seq desc limit 20`,
    [...values(place), parentId],
    (rows) => rows.map(treeMessageOf),
  )
}

const untold = `items.thread_id = $1 and items.tenant_id = $2 and items.user_id = $3
     and items.type in ('user_message', 'assistant_message')
     and items.seq > coalesce((select max(item_seq) from client_messages as messages where ${inPlace}), 0)`

export function hasUntoldItems(place: Place): Statement<boolean> {
  return statement(`select 1 from items where ${untold} limit 1`, values(place), (rows) => rows.length > 0)
}

/** Items that nobody has told of in the tree, oldest first. */
export function selectUntoldItems(place: Place): Statement<NumberedItem[]> {
  return statement<ItemRow & { seq: string | number }, NumberedItem[]>(
    `select ${itemColumns}, seq from items where ${untold} order by seq`,
    values(place),
    (rows) => rows.map((row) => ({ item: itemOf(row), seq: String(row.seq) })),
  )
}

/** Messages that are there get these items and words, others are new. */
export function saveToldMessages(
  { owner, threadId }: Place,
  messages: readonly ToldMessage[],
): Statement<void> {
  const rows = messages.map(({ id, parentId, height, said, itemIds, itemSeq, createdAt }) => ({
    id,
    parent_id: parentId,
    height,
    said,
    item_ids: itemIds,
    item_seq: itemSeq,
    created_at: createdAt,
  }))
  return command(
    `insert into client_messages as known (thread_id, tenant_id, user_id, id, parent_id, height, said, item_ids, from_items,
       item_seq, created_at, updated_at)
     select $1, $2, $3, id, parent_id, height, said, item_ids, true, item_seq, created_at, created_at
     from jsonb_to_recordset($4::jsonb) as told (id text, parent_id text, height integer, said jsonb, item_ids text[],
       item_seq bigint, created_at timestamptz)
     on conflict (thread_id, id) do update
     set said = case when known.content is null then excluded.said else known.said end,
         item_ids = excluded.item_ids, from_items = true, item_seq = excluded.item_seq`,
    [threadId, owner.tenantId, owner.userId, encodeJson(rows)],
  )
}

export function insertClientMessage(
  { owner, threadId }: Place,
  { id, height }: { id: string; height: number },
  { parentId, format, content, said, at }: NewClientMessage,
): Statement<void> {
  return command(
    `insert into client_messages (thread_id, tenant_id, user_id, id, parent_id, height, format, content, said, from_items,
       created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, false, $10::timestamptz, $10::timestamptz)`,
    [
      threadId,
      owner.tenantId,
      owner.userId,
      id,
      parentId,
      height,
      cleanText(format),
      encodeJson(content),
      said === null ? null : encodeJson(said),
      at,
    ],
  )
}

/** A message keeps the format that it has. */
export function writeClientMessage(
  place: Place,
  id: string,
  written: { format: string; content: JsonObject; said: SaidWords | null; at: string },
): Statement<void> {
  return command(
    `update client_messages as messages
     set format = coalesce(messages.format, $5), content = $6, said = $7::jsonb, updated_at = $8::timestamptz
     where ${inPlace} and messages.id = $4`,
    [
      ...values(place),
      id,
      cleanText(written.format),
      encodeJson(written.content),
      written.said === null ? null : encodeJson(written.said),
      written.at,
    ],
  )
}

/** The item of the same name, which was made of the message, stands for it from now on; or nothing does. */
export function tieItem(place: Place, id: string): Statement<void> {
  return command(
    `update client_messages as messages
     set from_items = false,
         item_ids = coalesce((select array[items.id] from items where items.thread_id = $1 and items.id = $4), '{}'),
         item_seq = (select items.seq from items where items.thread_id = $1 and items.id = $4)
     where ${inPlace} and messages.id = $4`,
    [...values(place), id],
  )
}

/** Of the thread, all that comes behind these items; without any, all of it. */
export function deleteItemsBehind(place: Place, itemIds: readonly string[]): Statement<void> {
  return command(
    `delete from items
     where thread_id = $1 and tenant_id = $2 and user_id = $3
       and seq > coalesce((select max(seq) from items where thread_id = $1 and id = any($4::text[])), 0)`,
    [...values(place), [...itemIds]],
  )
}

interface MessageRow {
  id: string
  parent_id: string | null
  height: number
  format: string | null
  content: string | null
  said: SaidWords | null
  created_at: Date
  updated_at: Date
}

export function selectClientMessages(
  place: Place,
  { limit, after }: { limit: number; after?: string | undefined },
): Statement<ClientMessage[]> {
  return statement<MessageRow, ClientMessage[]>(
    `select id, parent_id, height, format, content, said, created_at, updated_at from client_messages as messages
     where ${inPlace}
       and (messages.height, messages.seq) < (
         coalesce((select height from client_messages where thread_id = $1 and id = $4::text), 2147483647),
         coalesce((select seq from client_messages where thread_id = $1 and id = $4::text), 9223372036854775807))
     order by height desc, seq desc
     limit $5::integer`,
    [...values(place), after === undefined ? null : cleanText(after), limit],
    (rows) => rows.map(clientMessageOf),
  )
}

/** Null: there is no such message. */
export function updateClientFeedback(
  place: Place,
  id: string,
  { type, comment }: ClientFeedback,
): Statement<ClientFeedback | null> {
  return statement<{ feedback_comment: string | null }, ClientFeedback | null>(
    `update client_messages as messages
     set feedback = $5,
         feedback_comment = coalesce($6::text, case when messages.feedback = $5 then messages.feedback_comment end)
     where ${inPlace} and messages.id = $4
     returning feedback_comment`,
    [...values(place), cleanText(id), type, comment === null ? null : cleanText(comment)],
    ([row]) => (row === undefined ? null : { type, comment: row.feedback_comment }),
  )
}

export function wordsAsItem(
  threadId: Item['thread_id'],
  id: string,
  {
    said,
    attachments,
    at,
  }: { said: SaidWords; attachments: Extract<Item, { type: 'user_message' }>['attachments']; at: string },
): Item {
  const common = { id, thread_id: threadId, created_at: at }
  if (said.role === 'user') {
    return {
      ...common,
      type: 'user_message',
      content: said.texts.map((text) => ({ type: 'input_text', text })),
      attachments,
      inference_options: {},
    }
  }
  return {
    ...common,
    type: 'assistant_message',
    content: said.texts.map((text) => ({ type: 'output_text', text, annotations: [] })),
    ...(said.incomplete === undefined ? {} : { incomplete: said.incomplete }),
  }
}

function treeMessageOf(row: TreeRow): TreeMessage {
  return {
    id: row.id,
    parentId: row.parent_id,
    height: row.height,
    said: row.said,
    itemIds: row.item_ids,
    itemSeq: row.item_seq === null ? null : String(row.item_seq),
    fromItems: row.from_items,
    isWritten: row.is_written,
    isInThread: row.is_in_thread,
    contentLength: row.content_length,
    createdAt: row.created_at.toISOString(),
  }
}

function clientMessageOf({
  id,
  parent_id,
  height,
  format,
  content,
  said,
  ...times
}: MessageRow): ClientMessage {
  const base = {
    id,
    parentId: parent_id,
    height,
    createdAt: times.created_at.toISOString(),
    updatedAt: times.updated_at.toISOString(),
  }
  // What was stored was JSON.
  if (content !== null && format !== null)
    return { ...base, format, content: JSON.parse(content) as JsonObject }
  if (said === null) throw new Error(`Message ${id} says nothing.`)
  return { ...base, content: null, said }
}
