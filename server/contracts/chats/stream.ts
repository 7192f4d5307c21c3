/**
 * A run's events as the AI SDK's UI message stream, which the document's own client reads as well: every frame has its type both
 * as `event:` and in its data. Sources: contract E, https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol
 *
 *   nothing ─ first thought or text ─▶ start ─▶ parts: start, delta …, end ─▶ run-ended ─▶ finish ─▶ [DONE]
 *
 * A frame's id is the place behind it. The last frame of event 7 is `<run>:7`; those before it are `<run>:6.1`, `<run>:6.2`, …:
 * the event is to be read again, and so many of its frames are known. An event is never divided otherwise, and pieces of text,
 * which the log may join differently each time, are always the last frame of theirs. So a reader who comes back with any id
 * misses nothing and reads nothing twice.
 */
import { textDelta } from '../../conversation/events.ts'
import type { ItemUpdate, RunEndStatus, RunEvent, SequencedEvent } from '../../conversation/events.ts'
import type { Item, Task, WorkflowItem } from '../../conversation/items.ts'
import { isShown } from './messages.ts'
import type { StreamFrame } from './wire.ts'

/** How far a reader has come in a run. */
export interface StreamPlace {
  /** The last event that was read to its end. 0: none. */
  after: number
  /** How many frames behind it were read, too. */
  frames: number
}

export const streamBeginning: StreamPlace = { after: 0, frames: 0 }

const idPattern = /^(run_[0-9a-z]{26}):(\d{1,15})(?:\.(\d{1,4}))?$/

/** Of `Last-Event-ID`. Null for what is none of our ids. */
export function readStreamPlace(id: string | null): { runId: string; place: StreamPlace } | null {
  const [, runId, after, frames = '0'] = idPattern.exec(id ?? '') ?? []
  if (runId === undefined || after === undefined) return null
  return { runId, place: { after: Number(after), frames: Number(frames) } }
}

export interface StreamEncoder {
  /** What was read before the place, for what follows to fit. An event counts that reaches beyond it, too. */
  recall(event: RunEvent): void
  /** The frames of a batch in one piece. */
  encode(batch: readonly SequencedEvent[]): string
}

export function createStreamEncoder(runId: string, place: StreamPlace): StreamEncoder {
  const answer = createAnswerFrames()
  let { after, frames: known } = place
  return {
    recall(event) {
      answer.read(event)
    },
    encode(batch) {
      let text = ''
      for (const { seq, event } of batch) {
        const frames = answer.read(event)
        for (const [index, frame] of frames.entries()) {
          if (index < known) continue
          const id = index === frames.length - 1 ? `${seq}` : `${after}.${index + 1}`
          text += `${frame.type === null ? '' : `event: ${frame.type}\n`}id: ${runId}:${id}\ndata: ${frame.data}\n\n`
        }
        known = 0
        after = seq
      }
      return text
    },
  }
}

interface Frame {
  type: StreamFrame['type'] | null
  data: string
}

const done: Frame = { type: null, data: '[DONE]' }

function frameOf(frame: StreamFrame): Frame {
  return { type: frame.type, data: JSON.stringify(frame) }
}

/** The hot path: no object is built for a piece of text. */
function deltaFrame(type: 'text-delta' | 'reasoning-delta', id: string, delta: string): Frame {
  return { type, data: `{"type":"${type}","id":${JSON.stringify(id)},"delta":${JSON.stringify(delta)}}` }
}

/** The parts of an answer: what of it has begun, and how far. */
interface Parts {
  /** Once: names the message after the item that is seen first. */
  start(messageId?: string): Frame[]
  say(kind: 'text' | 'reasoning', itemId: string, piece: { id: string; delta: string }): Frame[]
  close(id: string): Frame[]
  /** All, or an item's. */
  closeAll(itemId?: string): Frame[]
  /** How much of it was sent. */
  lengthOf(id: string): number
}

function createParts(): Parts {
  const parts = new Map<string, { kind: 'text' | 'reasoning'; isOpen: boolean; length: number }>()
  let hasStarted = false

  function start(messageId?: string): Frame[] {
    if (hasStarted) return []
    hasStarted = true
    return [frameOf({ type: 'start', ...(messageId === undefined ? {} : { messageId }) })]
  }

  function close(id: string): Frame[] {
    const part = parts.get(id)
    if (part === undefined || !part.isOpen) return []
    part.isOpen = false
    return [frameOf({ type: `${part.kind}-end`, id })]
  }

  return {
    start,
    say(kind, itemId, { id, delta }) {
      if (delta === '') return []
      const part = parts.get(id)
      if (part === undefined) {
        parts.set(id, { kind, isOpen: true, length: delta.length })
        const begun = [...start(itemId), frameOf({ type: `${kind}-start`, id })]
        return [...begun, deltaFrame(`${kind}-delta`, id, delta)]
      }
      if (!part.isOpen) return []
      part.length += delta.length
      return [deltaFrame(`${kind}-delta`, id, delta)]
    },
    close,
    closeAll: (itemId = '') =>
      [...parts.keys()].filter((id) => itemId === '' || id.startsWith(`${itemId}:`)).flatMap(close),
    lengthOf: (id) => parts.get(id)?.length ?? 0,
  }
}

/** Of a text or a thought. */
function partId(itemId: string, index: number): string {
  return `${itemId}:${index}`
}

interface AnswerFrames {
  read(event: RunEvent): Frame[]
}

function createAnswerFrames(): AnswerFrames {
  const parts = createParts()
  let hasFailed = false

  function fail(message = 'Something went wrong. Please try again.'): Frame[] {
    hasFailed = true
    return [...parts.start(), frameOf({ type: 'error', errorText: message })]
  }

  function end(status: RunEndStatus): Frame[] {
    const isLost = (status === 'failed' || status === 'interrupted') && !hasFailed
    return [
      ...parts.closeAll(),
      ...(isLost ? fail() : parts.start()),
      ...(status === 'cancelled' ? [frameOf({ type: 'abort' })] : []),
      frameOf({ type: 'finish' }),
      done,
    ]
  }

  return {
    read(event) {
      const delta = textDelta(event)
      if (delta !== undefined) {
        const { itemId, index, text } = delta
        return parts.say('text', itemId, { id: partId(itemId, index), delta: text })
      }
      if (event.type === 'item-updated') return updateItem(parts, event.item_id, event.update)
      if (event.type === 'item-added') return beginItem(parts, event.item)
      if (event.type === 'item-done') return endItem(parts, event.item)
      if (event.type === 'item-removed') return parts.closeAll(event.item_id)
      if (event.type === 'error') return fail(event.message)
      return event.type === 'run-ended' ? end(event.status) : []
    },
  }
}

/** Most are empty when they begin. */
function beginItem(parts: Parts, item: Item): Frame[] {
  if (item.type === 'assistant_message') {
    return item.content.flatMap(({ text }, index) =>
      parts.say('text', item.id, { id: partId(item.id, index), delta: text }),
    )
  }
  if (item.type !== 'workflow' || item.workflow.type !== 'reasoning') return []
  return item.workflow.tasks.flatMap((task, index) => think(parts, { itemId: item.id, index, task }))
}

function updateItem(parts: Parts, itemId: string, change: ItemUpdate): Frame[] {
  if (change.type === 'workflow.task.added' || change.type === 'workflow.task.updated') {
    return think(parts, { itemId, index: change.task_index, task: change.task })
  }
  if (change.type === 'assistant_message.content_part.added') {
    return parts.say('text', itemId, { id: partId(itemId, change.content_index), delta: change.content.text })
  }
  if (change.type === 'assistant_message.content_part.done') {
    return endText(parts, { itemId, index: change.content_index, text: change.content.text })
  }
  return change.type === 'assistant_message.content_part.annotation_added' ? cite(parts, itemId, change) : []
}

function endItem(parts: Parts, item: Item): Frame[] {
  if (item.type === 'assistant_message') {
    return item.content.flatMap(({ text }, index) => endText(parts, { itemId: item.id, index, text }))
  }
  if (item.type === 'workflow') return endThoughts(parts, item)
  if (item.type !== 'widget' || !isShown(item)) return []
  return endText(parts, { itemId: item.id, index: 0, text: item.copy_text ?? '' })
}

/** A text that was not streamed comes whole at its end. */
function endText(
  parts: Parts,
  { itemId, index, text }: { itemId: string; index: number; text: string },
): Frame[] {
  const id = partId(itemId, index)
  const whole = parts.lengthOf(id) > 0 ? [] : parts.say('text', itemId, { id, delta: text })
  return [...whole, ...parts.close(id)]
}

function endThoughts(parts: Parts, { id, workflow }: WorkflowItem): Frame[] {
  if (workflow.type !== 'reasoning') return []
  const said = workflow.tasks.flatMap((task, index) => think(parts, { itemId: id, index, task }))
  return [...said, ...parts.closeAll(id)]
}

/** Each of a thought's updates repeats the whole. */
function think(
  parts: Parts,
  { itemId, index, task }: { itemId: string; index: number; task: Task },
): Frame[] {
  if (task.type !== 'thought') return []
  const id = partId(itemId, index)
  const said = parts.say('reasoning', itemId, { id, delta: task.content.slice(parts.lengthOf(id)) })
  return task.status_indicator === 'complete' ? [...said, ...parts.close(id)] : said
}

function cite(
  parts: Parts,
  itemId: string,
  { content_index, annotation_index, annotation }: Extract<ItemUpdate, { annotation: unknown }>,
): Frame[] {
  const { source } = annotation
  if (source.type !== 'url' || !/^https?:/i.test(source.url)) return []
  const sourceId = `${partId(itemId, content_index)}:${annotation_index}`
  const { url, title } = source
  return [...parts.start(itemId), frameOf({ type: 'source-url', sourceId, url, title })]
}
