import { describe, expect, it } from 'vitest'
import type { WidgetNode } from './items.ts'
import { completeWidget, widgetUpdates } from './widgets.ts'

const card = (...children: WidgetNode[]): WidgetNode => ({ type: 'Card', children })
const text = (value: string, more: object = {}): WidgetNode => ({ type: 'Text', id: 't', value, ...more })

describe('widgetUpdates', () => {
  it('[WIDGET-1] says nothing when nothing changed, whatever the order of keys', () => {
    expect(
      widgetUpdates({ type: 'Text', id: 't', value: 'a' }, { value: 'a', id: 't', type: 'Text' }),
    ).toEqual([])
  })

  it('[WIDGET-1] sends the growth of a text that has an id', () => {
    expect(
      widgetUpdates(card(text('Hel', { streaming: true })), card(text('Hello', { streaming: true }))),
    ).toEqual([{ type: 'widget.streaming_text.value_delta', component_id: 't', delta: 'lo', done: false }])
    expect(widgetUpdates(card(text('Hel')), card(text('Hello')))).toEqual([
      { type: 'widget.streaming_text.value_delta', component_id: 't', delta: 'lo', done: true },
    ])
  })

  it('[WIDGET-1] sends one growth for each of several texts', () => {
    const before = card(text('a'), { type: 'Markdown', id: 'm', value: 'b' })
    const after = card(text('ax'), { type: 'Markdown', id: 'm', value: 'by' })
    expect(widgetUpdates(before, after)).toHaveLength(2)
  })

  it('[WIDGET-2] replaces the root when text grows and something else changes, too', () => {
    const after = card(text('ab'), { type: 'Divider' })
    expect(widgetUpdates(card(text('a')), after)).toEqual([{ type: 'widget.root.updated', widget: after }])
  })

  it.each([
    ['a value that is no prefix', card(text('Hello')), card(text('World'))],
    ['growth without an id', card({ type: 'Text', value: 'a' }), card({ type: 'Text', value: 'ab' })],
    [
      'growth of another component',
      card({ type: 'Title', id: 't', value: 'a' }),
      card({ type: 'Title', id: 't', value: 'ab' }),
    ],
    ['another property', card(text('a')), card(text('a', { color: 'red' }))],
    [
      'streaming that ends with the growth',
      card(text('a', { streaming: true })),
      card(text('ab', { streaming: false })),
    ],
    ['a new child', card(text('a')), card(text('a'), { type: 'Divider' })],
    ['another type', { type: 'Card', children: [] }, { type: 'ListView', children: [] }],
  ])('[WIDGET-2] replaces the root for %s', (_name, before, after) => {
    expect(widgetUpdates(before, after)).toEqual([{ type: 'widget.root.updated', widget: after }])
  })

  it('[WIDGET-1] sends the growth of a text that is a lone child', () => {
    const transition = (value: string): WidgetNode => ({ type: 'Transition', children: text(value) })
    expect(widgetUpdates(transition('a'), transition('ab'))).toEqual([
      { type: 'widget.streaming_text.value_delta', component_id: 't', delta: 'b', done: true },
    ])
  })
})

describe('completeWidget', () => {
  it('[WIDGET-3] drops nulls at every depth but keeps null children', () => {
    const given = { type: 'Card', size: null, children: [null, { type: 'Box', children: null, gap: null }] }
    expect(completeWidget(given)).toEqual({ type: 'Card', children: [{ type: 'Box', children: null }] })
  })

  it('[WIDGET-3] fills in what an action leaves out and keeps what it says', () => {
    const button = {
      type: 'Button',
      onClickAction: { type: 'go', payload: { a: null, b: 1 }, streaming: false },
    }
    expect(completeWidget(button)).toEqual({
      type: 'Button',
      onClickAction: {
        type: 'go',
        payload: { b: 1 },
        handler: 'server',
        loadingBehavior: 'auto',
        streaming: false,
      },
    })
  })

  it('[WIDGET-3] leaves an action alone that is null', () => {
    expect(completeWidget({ type: 'Button', onClickAction: null })).toEqual({ type: 'Button' })
  })
})
