/** The conversation as contract D spells it: items, what happens in a run, replies and problems. */
import { textDelta } from '../../conversation/events.ts'
import type { ItemUpdate, RunEvent, SequencedEvent } from '../../conversation/events.ts'
import { isHidden } from '../../conversation/items.ts'
import type { Item } from '../../conversation/items.ts'
import type { Run } from '../../conversation/store.ts'
import type { HttpProblem } from '../../http/problem.ts'
import { actionIdOf, isActionId } from './responses.ts'
import type { Acted } from './turns.ts'
import { toRespondWidget } from './widgets.ts'
import type { ActionReply, ErrorType, RespondError, RespondItem, ResponseReply } from './wire.ts'

const secondsOf = (time: string): number => Math.floor(Date.parse(time) / 1_000)

/** Null for what no client ever sees. */
export function encodeItem(item: Item): RespondItem | null {
  if (isHidden(item)) return null
  const base = { id: item.id, created_at: secondsOf(item.created_at) }
  if (item.type === 'user_message') {
    const text = item.content.map((part) => part.text).join('')
    return { ...base, type: 'message', role: 'user', text }
  }
  if (item.type === 'assistant_message') {
    const annotations = item.content.flatMap((part) => part.annotations)
    return {
      ...base,
      type: 'message',
      role: 'assistant',
      text: item.content.map((part) => part.text).join(''),
      ...(annotations.length === 0 ? {} : { annotations: annotations.map((each) => ({ ...each })) }),
      ...(item.incomplete === undefined ? {} : { incomplete: item.incomplete }),
    }
  }
  if (item.type === 'widget') {
    const { copy_text } = item
    const widget = toRespondWidget(item.widget)
    return { ...base, type: 'widget', widget, ...(copy_text === undefined ? {} : { copy_text }) }
  }
  const { thread_id: _known, ...others } = item
  return { ...others, ...base }
}

export function encodeResponse(run: Run, output: Item[] | null, id: string): ResponseReply {
  const type = isActionId(id) ? 'WIDGET_ERROR' : 'PROCESSING_ERROR'
  return {
    response_id: id,
    thread_id: run.threadId,
    status: run.status === 'running' ? 'in_progress' : run.status,
    created_at: secondsOf(run.createdAt),
    output: output === null ? null : output.flatMap((item) => encodeItem(item) ?? []),
    ...(run.error === undefined ? {} : { error: { type, message: run.error, code: 500 } }),
  }
}

export function encodeActed(acted: Acted): ActionReply {
  const reply = {
    status: 'success' as const,
    thread_id: acted.threadId,
    action_id: actionIdOf(acted.runId),
  }
  const item = acted.type === 'done' && acted.item !== null ? encodeItem(acted.item) : null
  return item === null ? reply : { ...reply, item }
}

/** A frame of an event stream. Without a number it is nothing to resume behind. */
export function frame(type: string, data: object, seq?: number): string {
  const id = seq === undefined ? '' : `id: ${seq}\n`
  return `${id}event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`
}

/** The frames of a batch in one piece: one write to the socket. */
export function encodeFrames(batch: readonly SequencedEvent[]): string {
  let frames = ''
  for (const { seq, event } of batch) {
    const encoded = encodeEvent(event)
    if (encoded !== null) frames += frame(encoded.type, encoded.data, seq)
  }
  return frames
}

interface Encoded {
  type: string
  data: object
}

function encodeEvent(event: RunEvent): Encoded | null {
  const delta = textDelta(event)
  if (delta !== undefined) return { type: 'text.delta', data: { item_id: delta.itemId, delta: delta.text } }
  switch (event.type) {
    case 'thread-created':
    case 'thread-updated': {
      const { id: thread_id, title } = event.thread
      const type = event.type === 'thread-created' ? 'thread.created' : 'thread.updated'
      return { type, data: { thread_id, ...(title === undefined ? {} : { title }) } }
    }
    case 'item-added':
      return withItem('item.added', event.item)
    case 'item-done':
      return withItem('item.done', event.item)
    case 'item-replaced':
      return withItem('item.replaced', event.item)
    case 'item-updated':
      return encodeUpdate(event.item_id, event.update)
    case 'item-removed':
      return { type: 'item.removed', data: { item_id: event.item_id } }
    case 'options':
      return null
    case 'progress':
      return { type: 'progress', data: { text: event.text } }
    case 'client-effect':
      return { type: 'client_effect', data: { name: event.name, data: event.data } }
    case 'notice': {
      const { type, ...notice } = event
      return { type, data: notice }
    }
    case 'error': {
      const message = event.message ?? 'Something went wrong on the server.'
      const error = { type: 'PROCESSING_ERROR', message, code: 500 }
      return { type: 'error', data: { error, allow_retry: event.allow_retry } }
    }
    case 'run-ended':
      return { type: 'done', data: { status: event.status } }
  }
}

function withItem(type: string, item: Item): Encoded | null {
  const encoded = encodeItem(item)
  return encoded === null ? null : { type, data: { item: encoded } }
}

/** A text's parts are one text here; what begins or ends a part says nothing new. */
function encodeUpdate(item_id: string, update: ItemUpdate): Encoded | null {
  switch (update.type) {
    case 'assistant_message.content_part.added':
    case 'assistant_message.content_part.done':
    case 'assistant_message.content_part.text_delta':
      return null
    case 'assistant_message.content_part.annotation_added':
      return { type: 'item.annotated', data: { item_id, annotation: update.annotation } }
    case 'widget.root.updated':
      return { type: 'widget.updated', data: { item_id, widget: toRespondWidget(update.widget) } }
    case 'widget.component.updated': {
      const { component_id: widget_id, component } = update
      return {
        type: 'widget.component.updated',
        data: { item_id, widget_id, widget: toRespondWidget(component) },
      }
    }
    case 'widget.streaming_text.value_delta': {
      const { component_id: widget_id, delta, done } = update
      return { type: 'widget.text.delta', data: { item_id, widget_id, delta, done } }
    }
    case 'workflow.task.added':
    case 'workflow.task.updated':
    case 'generated_image.updated':
      return { type: 'item.updated', data: { item_id, update } }
  }
}

/** D knows no 400. */
export function encodeProblem(problem: HttpProblem): Response {
  const status = problem.status === 400 ? 422 : problem.status
  const body: RespondError = {
    error: { type: errorType(problem.code, status), message: problem.message, code: status },
  }
  return Response.json(body, { status })
}

function errorType(code: string, status: number): ErrorType {
  if (code === 'not_a_widget') return 'WIDGET_ERROR'
  if (status === 401 || status === 403) return 'AUTH_ERROR'
  // What stands in the way there is not the request: a running answer, a limit.
  const isRequestsFault = status < 500 && status !== 409 && status !== 429 && code !== 'agent_error'
  return isRequestsFault ? 'VALIDATION_ERROR' : 'PROCESSING_ERROR'
}
