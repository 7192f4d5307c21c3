/**
 * What happens in a run as frames of the AI SDK's stream: its reader makes of them the parts that `parts.ts` makes of the items.
 *
 *   nothing ─ first that is seen ─▶ start, (what the message has already), start-step ─▶ parts ─▶ run-ended ─▶ finish ─▶ [DONE]
 *
 * A text or a thought is open from its first piece to its end; everything else is one frame, and of data each state a frame.
 */
import { textDelta } from '../../conversation/events.ts'
import type { ItemUpdate, RunEndStatus, RunEvent } from '../../conversation/events.ts'
import type {
  Annotation,
  Item,
  JsonObject,
  OutputText,
  Task,
  WorkflowItem,
} from '../../conversation/items.ts'
import { copyJson } from '../../conversation/json-value.ts'
import { applyUpdate } from '../../conversation/pending.ts'
import { dataPart, imagePart, sourcePart, textId, widgetMark } from './parts.ts'
import type { StreamFrame, TransientFrame, WirePart } from './wire.ts'

export interface Frame {
  type: StreamFrame['type'] | null
  data: string
}

/** A message that was begun before this run: with a call for the page, mostly, whose output the run goes on with. */
export interface ContinuedMessage {
  /** Default: the answer is named after its first item that is seen. */
  messageId?: string
  /** What a reader does not have of it. */
  before: readonly WirePart[]
}

const done: Frame = { type: null, data: '[DONE]' }

function frameOf(frame: StreamFrame): Frame {
  return { type: frame.type, data: JSON.stringify(frame) }
}

/** The hot path: no object is built for a piece of text. */
function deltaFrame(type: 'text-delta' | 'reasoning-delta', id: string, delta: string): Frame {
  return { type, data: `{"type":"${type}","id":${JSON.stringify(id)},"delta":${JSON.stringify(delta)}}` }
}

/** What of the answer has begun, and how far. */
interface Parts {
  /** Once: names the message. */
  start(itemId?: string): Frame[]
  say(kind: 'text' | 'reasoning', itemId: string, piece: { id: string; delta: string }): Frame[]
  /** A part that is whole at once. */
  show(itemId: string, frame: StreamFrame): Frame[]
  close(id: string): Frame[]
  /** All, or an item's. */
  closeAll(itemId?: string): Frame[]
  /** How much of it was sent. */
  lengthOf(id: string): number
  /** Behind all that was shown. */
  endStep(): Frame[]
}

function createParts({ messageId, before }: ContinuedMessage): Parts {
  const parts = new Map<string, { kind: 'text' | 'reasoning'; isOpen: boolean; length: number }>()
  let hasStarted = false
  let isInStep = false

  function start(itemId?: string): Frame[] {
    if (hasStarted) return []
    hasStarted = true
    const name = messageId ?? itemId
    const named = frameOf({ type: 'start', ...(name === undefined ? {} : { messageId: name }) })
    return [named, ...before.flatMap(framesAgain)]
  }

  function begin(itemId: string): Frame[] {
    if (isInStep) return []
    isInStep = true
    return [...start(itemId), frameOf({ type: 'start-step' })]
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
        const begun = [...begin(itemId), frameOf({ type: `${kind}-start`, id })]
        return [...begun, deltaFrame(`${kind}-delta`, id, delta)]
      }
      if (!part.isOpen) return []
      part.length += delta.length
      return [deltaFrame(`${kind}-delta`, id, delta)]
    },
    show: (itemId, frame) => [...begin(itemId), frameOf(frame)],
    close,
    closeAll: (itemId = '') =>
      [...parts.keys()].filter((id) => itemId === '' || id.startsWith(`${itemId}:`)).flatMap(close),
    lengthOf: (id) => parts.get(id)?.length ?? 0,
    endStep: () => (isInStep ? [frameOf({ type: 'finish-step' })] : []),
  }
}

/** What a message has already, for a reader who has nothing of it. */
function framesAgain(part: WirePart, index: number): Frame[] {
  const id = `before:${index}`
  switch (part.type) {
    case 'step-start':
      return [frameOf({ type: 'start-step' })]
    case 'text':
    case 'reasoning': {
      const mark = 'providerMetadata' in part ? { providerMetadata: part.providerMetadata } : {}
      return [
        frameOf({ type: `${part.type}-start`, id, ...mark }),
        deltaFrame(`${part.type}-delta`, id, part.text),
        frameOf({ type: `${part.type}-end`, id }),
      ]
    }
    case 'file':
    case 'source-url':
    case 'source-document':
    case 'data-widget':
    case 'data-workflow':
    case 'data-task':
    case 'data-questions':
      return [frameOf(part)]
    default:
      return toolFrames(part).map(frameOf)
  }
}

function toolFrames(part: Extract<WirePart, { toolCallId: string }>): StreamFrame[] {
  const { toolCallId, input } = part
  const toolName = part.type.slice('tool-'.length)
  const call = { type: 'tool-input-available', toolCallId, toolName, input } as const
  if (part.state === 'input-available') return [call]
  return part.state === 'output-available'
    ? [call, { type: 'tool-output-available', toolCallId, output: part.output }]
    : [call, { type: 'tool-output-error', toolCallId, errorText: part.errorText }]
}

interface Answer {
  parts: Parts
  /** Items that change as a whole while they are written: widgets and workflows. */
  growing: Map<string, Item>
  /** Sources that were sent. */
  cited: Set<string>
  /** What the page is asked to do. */
  hasCalled: boolean
  hasFailed: boolean
}

export interface AnswerFrames {
  read(event: RunEvent): Frame[]
}

export function createAnswerFrames(continued: ContinuedMessage): AnswerFrames {
  const answer: Answer = {
    parts: createParts(continued),
    growing: new Map(),
    cited: new Set(),
    hasCalled: false,
    hasFailed: false,
  }
  return {
    read(event) {
      const delta = textDelta(event)
      if (delta === undefined) return readEvent(answer, event)
      const { itemId, index, text } = delta
      return answer.parts.say('text', itemId, { id: textId(itemId, index), delta: text })
    },
  }
}

function readEvent(answer: Answer, event: RunEvent): Frame[] {
  switch (event.type) {
    case 'item-added':
      return beginItem(answer, event.item)
    case 'item-updated':
      return updateItem(answer, event.item_id, event.update)
    case 'item-done':
      return endItem(answer, event.item)
    case 'item-removed':
      answer.growing.delete(event.item_id)
      return answer.parts.closeAll(event.item_id)
    case 'error':
      return fail(answer, event.message)
    case 'run-ended':
      return end(answer, event.status)
    case 'progress':
      return tell('data-progress', withoutUndefined({ text: event.text, icon: event.icon }))
    case 'notice':
      return tell(
        'data-notice',
        withoutUndefined({ level: event.level, title: event.title, message: event.message }),
      )
    case 'client-effect':
      return tell('data-effect', { name: event.name, data: event.data })
    case 'thread-updated':
      return event.changed.includes('title')
        ? tell('data-chat-title', { title: event.thread.title ?? '' })
        : []
    // Of an item of an earlier turn: it is not in this message.
    case 'item-replaced':
    case 'thread-created':
    case 'options':
      return []
  }
}

function tell(type: TransientFrame['type'], data: JsonObject): Frame[] {
  return [frameOf({ type, data, transient: true })]
}

function withoutUndefined(fields: Record<string, string | undefined>): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

function fail(answer: Answer, message = 'Something went wrong. Please try again.'): Frame[] {
  answer.hasFailed = true
  return [...answer.parts.start(), frameOf({ type: 'error', errorText: message })]
}

function end(answer: Answer, status: RunEndStatus): Frame[] {
  const { parts, hasCalled } = answer
  const isLost = (status === 'failed' || status === 'interrupted') && !answer.hasFailed
  return [
    ...parts.closeAll(),
    ...parts.endStep(),
    ...(isLost ? fail(answer) : parts.start()),
    ...(status === 'cancelled' ? [frameOf({ type: 'abort' })] : []),
    frameOf({ type: 'finish', finishReason: finishReasonOf(status, hasCalled) }),
    done,
  ]
}

/** In words that all versions know. */
function finishReasonOf(status: RunEndStatus, hasCalled: boolean): 'stop' | 'tool-calls' | 'error' | 'other' {
  if (status === 'completed') return hasCalled ? 'tool-calls' : 'stop'
  return status === 'cancelled' ? 'other' : 'error'
}

/** Most are empty when they begin. */
function beginItem(answer: Answer, item: Item): Frame[] {
  const { parts, growing } = answer
  if (item.type === 'assistant_message') {
    return item.content.flatMap(({ text }, index) =>
      parts.say('text', item.id, { id: textId(item.id, index), delta: text }),
    )
  }
  if (item.type === 'workflow' && item.workflow.type === 'reasoning') return think(parts, item)
  if (item.type !== 'workflow' && item.type !== 'widget') return []
  growing.set(item.id, copyJson(item))
  return showData(parts, item)
}

function showData(parts: Parts, item: Item): Frame[] {
  const part = dataPart(item)
  return part === null ? [] : parts.show(item.id, part)
}

function updateItem(answer: Answer, itemId: string, change: ItemUpdate): Frame[] {
  const { parts } = answer
  const item = answer.growing.get(itemId)
  if (item !== undefined) {
    applyUpdate(item, copyJson(change))
    return showData(parts, item)
  }
  switch (change.type) {
    case 'workflow.task.added':
    case 'workflow.task.updated':
      return thinkOf(parts, { itemId, index: change.task_index, task: change.task })
    case 'assistant_message.content_part.added':
      return parts.say('text', itemId, {
        id: textId(itemId, change.content_index),
        delta: change.content.text,
      })
    case 'assistant_message.content_part.done':
      return endText(answer, { itemId, index: change.content_index, part: change.content })
    case 'assistant_message.content_part.annotation_added': {
      const { content_index, annotation_index, annotation } = change
      return cite(answer, itemId, {
        annotation,
        sourceId: `${textId(itemId, content_index)}:${annotation_index}`,
      })
    }
    case 'assistant_message.content_part.text_delta':
    case 'widget.streaming_text.value_delta':
    case 'widget.component.updated':
    case 'widget.root.updated':
    case 'generated_image.updated':
      return []
  }
}

function endItem(answer: Answer, item: Item): Frame[] {
  const { parts, growing } = answer
  growing.delete(item.id)
  switch (item.type) {
    case 'assistant_message':
      return item.content.flatMap((part, index) => endText(answer, { itemId: item.id, index, part }))
    case 'workflow':
      if (item.workflow.type === 'custom') return showData(parts, item)
      return [...think(parts, item), ...parts.closeAll(item.id)]
    case 'widget':
      return [...showData(parts, item), ...copyOf(item)]
    case 'client_tool_call': {
      answer.hasCalled = true
      const { call_id: toolCallId, name: toolName, arguments: input } = item
      return parts.show(item.id, { type: 'tool-input-available', toolCallId, toolName, input })
    }
    case 'generated_image':
      return item.image === undefined ? [] : parts.show(item.id, fileFrame(item.image.url))
    case 'structured_input':
    case 'task':
      return showData(parts, item)
    case 'user_message':
    case 'end_of_turn':
    case 'hidden_context_item':
    case 'sdk_hidden_context':
      return []
  }
}

function fileFrame(url: string): StreamFrame {
  const { mediaType } = imagePart(url)
  return { type: 'file', mediaType, url }
}

/** For those who draw no widgets, in words. */
function copyOf({ id: itemId, copy_text: text = '' }: Extract<Item, { type: 'widget' }>): Frame[] {
  if (text === '') return []
  const id = textId(itemId, 0)
  return [
    frameOf({ type: 'text-start', id, providerMetadata: widgetMark(itemId) }),
    deltaFrame('text-delta', id, text),
    frameOf({ type: 'text-end', id }),
  ]
}

/** A text that was not streamed comes whole at its end, and so do sources that nobody has told of. */
function endText(
  answer: Answer,
  { itemId, index, part }: { itemId: string; index: number; part: OutputText },
): Frame[] {
  const id = textId(itemId, index)
  const { parts } = answer
  const whole = parts.lengthOf(id) > 0 ? [] : parts.say('text', itemId, { id, delta: part.text })
  const sources = part.annotations.flatMap((annotation, place) =>
    cite(answer, itemId, { annotation, sourceId: `${id}:${place}` }),
  )
  return [...whole, ...sources, ...parts.close(id)]
}

function cite(
  { parts, cited }: Answer,
  itemId: string,
  { annotation, sourceId }: { annotation: Annotation; sourceId: string },
): Frame[] {
  const key = `${itemId} ${JSON.stringify(annotation)}`
  const source = cited.has(key) ? null : sourcePart(annotation, sourceId)
  if (source === null) return []
  cited.add(key)
  return parts.show(itemId, source)
}

function think(parts: Parts, { id, workflow }: WorkflowItem): Frame[] {
  return workflow.tasks.flatMap((task, index) => thinkOf(parts, { itemId: id, index, task }))
}

/** Each of a thought's updates repeats the whole. */
function thinkOf(
  parts: Parts,
  { itemId, index, task }: { itemId: string; index: number; task: Task },
): Frame[] {
  if (task.type !== 'thought') return []
  const id = textId(itemId, index)
  const said = parts.say('reasoning', itemId, { id, delta: task.content.slice(parts.lengthOf(id)) })
  return task.status_indicator === 'complete' ? [...said, ...parts.close(id)] : said
}
