/** Conversation events to ChatKit's: one exhaustive switch. What only our own clients understand is left out for others. */
import { textDelta } from '../../conversation/events.ts'
import type { RunEvent, SequencedEvent } from '../../conversation/events.ts'
import { isHidden } from '../../conversation/items.ts'
import type { Attachment, Item } from '../../conversation/items.ts'
import type { Run } from '../../conversation/store.ts'
import type { Page, Thread } from '../../conversation/threads.ts'
import type { StreamEvent, WireItem, WireRun, WireThread } from './wire.ts'

/** Whether the client asked for our additions (`Parley-Stream: 1`). */
export interface Encoding {
  additions: boolean
  /** The owner's attachment, with addresses that work now. */
  present?(attachment: Attachment): Attachment
}

/** The frames of a batch in one piece: one write to the socket. */
export function encodeFrames(batch: SequencedEvent[], encoding: Encoding): string {
  let frames = ''
  for (const { seq, event } of batch) {
    const encoded = encodeText(event) ?? encodeOther(event, encoding)
    if (encoded === null) continue
    frames += encoding.additions ? `id: ${seq}\ndata: ${encoded}\n\n` : `data: ${encoded}\n\n`
  }
  return frames
}

/** The hot path: no object is built for a piece of text. */
function encodeText(event: RunEvent): string | undefined {
  const delta = textDelta(event)
  if (delta === undefined) return undefined
  return (
    `{"type":"thread.item.updated","item_id":${JSON.stringify(delta.itemId)},"update":` +
    `{"type":"assistant_message.content_part.text_delta","content_index":${delta.index},` +
    `"delta":${JSON.stringify(delta.text)}}}`
  )
}

function encodeOther(event: RunEvent, encoding: Encoding): string | null {
  const encoded = encodeEvent(event, encoding)
  return encoded === null ? null : JSON.stringify(encoded)
}

export function encodeEvent(event: RunEvent, encoding: Encoding): StreamEvent | null {
  switch (event.type) {
    case 'thread-created':
      return { type: 'thread.created', thread: encodeThread(event.thread) }
    case 'thread-updated':
      return { type: 'thread.updated', thread: encodeThread(event.thread) }
    case 'item-added':
      return withItem('thread.item.added', event.item, encoding)
    case 'item-done':
      return withItem('thread.item.done', event.item, encoding)
    case 'item-replaced':
      return withItem('thread.item.replaced', event.item, encoding)
    case 'item-updated':
      return { type: 'thread.item.updated', item_id: event.item_id, update: event.update }
    case 'item-removed':
      return { type: 'thread.item.removed', item_id: event.item_id }
    case 'options':
      return { type: 'stream_options', stream_options: { allow_cancel: event.allow_cancel } }
    case 'progress':
      return { ...event, type: 'progress_update' }
    case 'client-effect':
      return { ...event, type: 'client_effect' }
    case 'notice':
    case 'error':
      return event
    case 'run-ended':
      return encoding.additions ? { type: 'parley.run_ended', status: event.status } : null
  }
}

function withItem(
  type: 'thread.item.added' | 'thread.item.done' | 'thread.item.replaced',
  item: Item,
  encoding: Encoding,
): StreamEvent | null {
  const encoded = encodeItem(item, encoding)
  return encoded === null ? null : { type, item: encoded }
}

/** Null for a hidden item, which no client ever sees. */
export function encodeItem(item: Item, encoding: Encoding): WireItem | null {
  const { additions } = encoding
  if (isHidden(item)) return null
  if (item.type === 'user_message') {
    return { ...item, attachments: item.attachments.map((each) => encodeAttachment(each, encoding)) }
  }
  if (item.type === 'assistant_message' && !additions) {
    const { incomplete: _ours, ...known } = item
    return known
  }
  return item
}

/** The server's own notes about an attachment stay here. */
export function encodeAttachment(attachment: Attachment, { present }: Encoding): Attachment {
  const { metadata: _own, ...sent } = present?.(attachment) ?? attachment
  return sent
}

/** Hidden items are left out after the page was cut, so a page may be short, and its cursor an item nobody sees. */
export function encodeItemPage(page: Page<Item>, encoding: Encoding): Page<WireItem> {
  return {
    ...page,
    data: page.data.flatMap((item) => encodeItem(item, encoding) ?? []),
  }
}

export function encodeThread(
  thread: Thread,
  items: Page<WireItem> = { data: [], has_more: false },
): WireThread {
  return { ...thread, metadata: {}, items }
}

export function encodeRun(run: Run): WireRun {
  return {
    id: run.id,
    status: run.status,
    last_seq: run.lastSeq,
    ...(run.error === undefined ? {} : { error: run.error }),
  }
}
