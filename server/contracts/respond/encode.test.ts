import { expect, test } from 'vitest'
import type { ItemUpdate, RunEvent } from '../../conversation/events.ts'
import type { Item } from '../../conversation/items.ts'
import { newThread } from '../../conversation/threads.ts'
import { encodeFrames, encodeItem } from './encode.ts'

const base = { id: 'msg_1', thread_id: 'thr_1', created_at: '2026-01-02T03:04:05.678Z' }
const annotation = {
  type: 'annotation' as const,
  source: { type: 'url' as const, title: 'A', url: 'https://example.org' },
}
const widget = { type: 'Card', id: 'card', children: [{ type: 'Text', id: 'text', value: 'a' }] }
const shown = { id: 'card', type: 'card', children: [{ id: 'text', type: 'text', props: { text: 'a' } }] }
const updated = (update: ItemUpdate): RunEvent => ({ type: 'item-updated', item_id: 'msg_1', update })
const output = (text: string) => ({ type: 'output_text' as const, text, annotations: [annotation] })

function encode(event: RunEvent): unknown {
  const frames = encodeFrames([{ seq: 7, event }])
  if (frames === '') return null
  const [, type, data = ''] = /^id: 7\nevent: (.*)\ndata: (.*)\n\n$/.exec(frames) ?? []
  const parsed = JSON.parse(data) as { type: string }
  expect(parsed.type).toBe(type)
  return parsed
}

test('[RESPOND-2] everything that happens in a run has its event, and what nobody may see has none', () => {
  const thread = { ...newThread('thr_1', base.created_at), title: 'Tasks', metadata: { agent: 'todo' } }
  const hidden: Item = { ...base, type: 'sdk_hidden_context', content: 'secret' }
  const content = output('a')
  const cases: [RunEvent, unknown][] = [
    [
      { type: 'thread-created', thread },
      { type: 'thread.created', thread_id: 'thr_1', title: 'Tasks' },
    ],
    [
      { type: 'thread-updated', thread, changed: ['title'] },
      { type: 'thread.updated', thread_id: 'thr_1', title: 'Tasks' },
    ],
    [
      { type: 'item-added', item: { ...base, type: 'widget', widget } },
      { type: 'item.added', item: { id: 'msg_1', created_at: 1_767_323_045, type: 'widget', widget: shown } },
    ],
    [{ type: 'item-done', item: hidden }, null],
    [
      { type: 'item-removed', item_id: 'msg_1' },
      { type: 'item.removed', item_id: 'msg_1' },
    ],
    [{ type: 'options', allow_cancel: true }, null],
    [
      { type: 'progress', text: 'Looking', icon: 'search' },
      { type: 'progress', text: 'Looking' },
    ],
    [
      { type: 'client-effect', name: 'flash', data: { a: null } },
      { type: 'client_effect', name: 'flash', data: { a: null } },
    ],
    [
      { type: 'notice', level: 'info', message: 'Hi', title: 'T' },
      { type: 'notice', level: 'info', message: 'Hi', title: 'T' },
    ],
    [
      { type: 'error', code: 'custom', message: 'No.', allow_retry: true },
      { type: 'error', error: { type: 'PROCESSING_ERROR', message: 'No.', code: 500 }, allow_retry: true },
    ],
    [
      { type: 'run-ended', status: 'cancelled' },
      { type: 'done', status: 'cancelled' },
    ],
    [
      updated({ type: 'assistant_message.content_part.text_delta', content_index: 0, delta: 'a\n"b"' }),
      { type: 'text.delta', item_id: 'msg_1', delta: 'a\n"b"' },
    ],
    [updated({ type: 'assistant_message.content_part.added', content_index: 0, content }), null],
    [updated({ type: 'assistant_message.content_part.done', content_index: 0, content }), null],
    [
      updated({
        type: 'assistant_message.content_part.annotation_added',
        content_index: 0,
        annotation_index: 0,
        annotation,
      }),
      { type: 'item.annotated', item_id: 'msg_1', annotation },
    ],
    [
      updated({ type: 'widget.root.updated', widget }),
      { type: 'widget.updated', item_id: 'msg_1', widget: shown },
    ],
    [
      updated({ type: 'widget.component.updated', component_id: 'card', component: widget }),
      { type: 'widget.component.updated', item_id: 'msg_1', widget_id: 'card', widget: shown },
    ],
    [
      updated({ type: 'widget.streaming_text.value_delta', component_id: 'text', delta: 'b', done: true }),
      { type: 'widget.text.delta', item_id: 'msg_1', widget_id: 'text', delta: 'b', done: true },
    ],
    [
      updated({ type: 'generated_image.updated', image: { id: 'i', url: 'https://example.org/i' } }),
      {
        type: 'item.updated',
        item_id: 'msg_1',
        update: { type: 'generated_image.updated', image: { id: 'i', url: 'https://example.org/i' } },
      },
    ],
  ]
  for (const [event, expected] of cases) expect(encode(event), JSON.stringify(event)).toEqual(expected)
})

test('[RESPOND-2] messages are one text, widgets are in D’s schema, and other items are ChatKit’s without their thread', () => {
  const created_at = 1_767_323_045
  expect(
    encodeItem({
      ...base,
      type: 'user_message',
      content: [
        { type: 'input_text', text: 'Ask ' },
        { type: 'input_tag', id: 't', text: '@ada', data: { secret: 1 }, interactive: false },
      ],
      attachments: [],
      inference_options: {},
    }),
  ).toEqual({ id: 'msg_1', created_at, type: 'message', role: 'user', text: 'Ask @ada' })
  expect(
    encodeItem({
      ...base,
      type: 'assistant_message',
      content: [output('a'), output('b')],
      incomplete: 'cancelled',
    }),
  ).toEqual({
    id: 'msg_1',
    created_at,
    type: 'message',
    role: 'assistant',
    text: 'ab',
    annotations: [annotation, annotation],
    incomplete: 'cancelled',
  })
  expect(encodeItem({ ...base, type: 'widget', widget, copy_text: 'a' })).toEqual({
    id: 'msg_1',
    created_at,
    type: 'widget',
    widget: shown,
    copy_text: 'a',
  })
  expect(encodeItem({ ...base, type: 'end_of_turn' })).toEqual({
    id: 'msg_1',
    created_at,
    type: 'end_of_turn',
  })
  expect(encodeItem({ ...base, type: 'hidden_context_item', content: 'secret' })).toBeNull()
})
