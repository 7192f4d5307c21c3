import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { WidgetNode } from '../../conversation/items.ts'
import {
  readRespondWidget,
  toChatKitWidget,
  toRespondWidget,
  widgetDepthMax,
  widgetNodesMax,
} from './widgets.ts'
import type { RespondWidget } from './wire.ts'

/** As the document shows them. */
const documented: RespondWidget[] = [
  { id: 'string', type: 'string', children: [], props: {}, metadata: {} },
  {
    id: 'task_list_card',
    type: 'card',
    children: [
      { id: 'task_list_headline', type: 'headline', props: { text: 'Your Tasks' } },
      {
        id: 'task_list',
        type: 'listview',
        children: [
          {
            id: 'task_item_1',
            type: 'row',
            children: [{ id: 'task_title_1', type: 'text', props: { text: 'Buy groceries' } }],
          },
        ],
      },
    ],
  },
  {
    id: 'complete_task_btn_1',
    type: 'button',
    props: { text: 'Complete', action: { type: 'task_complete', payload: { task_id: 'task_1' } } },
  },
]

const types = [
  'Card',
  'ListView',
  'ListViewItem',
  'Row',
  'Title',
  'Text',
  'Badge',
  'Button',
  'Form',
  'Select',
]
const oddTypes = ['Transition', 'Table.Row', 'row', 'card', 'title', 'headline', 'Mine', 'constructor', '']
const names = [
  'value',
  'text',
  'label',
  'action',
  'onClickAction',
  'onChangeAction',
  'key',
  'props',
  'children',
]
const oddNames = ['metadata', 'respond', 'chatkit', 'generated_id', 'constructor', 'toString', 'type2']

/** JSON as it comes out of a parser. */
const json = fc.jsonValue({ maxDepth: 3 }).map((value): unknown => JSON.parse(JSON.stringify(value)))
const action = fc.record(
  {
    type: fc.constantFrom('task_complete', 'x'),
    payload: json,
    handler: fc.constantFrom('server', 'client'),
    loadingBehavior: fc.constantFrom('auto', 'none'),
    streaming: fc.boolean(),
  },
  { requiredKeys: ['type'], noNullPrototype: true },
)
const property = fc.tuple(
  fc.oneof(fc.constantFrom(...names), fc.constantFrom(...oddNames), fc.string({ maxLength: 5 })),
  fc.oneof(
    json,
    action,
    fc.constant({}),
    fc.constant({ generated_id: true }),
    fc.constant({ action: { streaming: false } }),
  ),
)
const id = fc.oneof(fc.constantFrom('a', 'widget', 'widget.0'), fc.string({ maxLength: 4 }))

const chatKitWidget = fc.letrec<{ node: WidgetNode }>((tie) => ({
  node: fc
    .tuple(
      fc.oneof(fc.constantFrom(...types), fc.constantFrom(...oddTypes)),
      fc.array(property, { maxLength: 4 }),
      fc.option(fc.oneof({ weight: 9, arbitrary: id }, { weight: 1, arbitrary: json }), { nil: undefined }),
      fc.option(
        fc.oneof(
          { maxDepth: 3, withCrossShrink: true },
          fc.constant([]),
          fc.array(tie('node'), { maxLength: 3 }),
          tie('node'),
          json,
        ),
        { nil: undefined },
      ),
    )
    .map(([type, properties, given, children]): WidgetNode => ({
      ...Object.fromEntries(properties),
      type,
      ...(given === undefined ? {} : { id: given as string }),
      ...(children === undefined ? {} : { children }),
    })),
})).node

const reserved = new Set(['respond', 'chatkit', '__proto__'])
const freeText = fc.string({ maxLength: 5 }).filter((name) => !reserved.has(name))
const dictionary = fc.array(
  fc.tuple(
    fc.oneof(fc.constantFrom(...names, 'generated_id', 'id', 'type', 'metadata'), freeText),
    fc.oneof(json, action, fc.constant(true)),
  ),
  { maxLength: 3 },
)

const respondWidget = fc.letrec<{ node: RespondWidget }>((tie) => ({
  node: fc
    .record({
      id: fc.oneof(fc.constantFrom('a', 'widget', 'a.0'), fc.string({ minLength: 1, maxLength: 4 })),
      type: fc.oneof(
        fc.constantFrom(
          'card',
          'listview',
          'row',
          'headline',
          'title',
          'text',
          'button',
          'transition',
          'listviewitem',
        ),
        fc.string({ minLength: 1, maxLength: 4 }),
      ),
      props: fc.option(
        dictionary.map((entries) => Object.fromEntries(entries)),
        { nil: undefined },
      ),
      metadata: fc.option(
        dictionary.map((entries) => Object.fromEntries(entries)),
        { nil: undefined },
      ),
      children: fc.option(fc.array(tie('node'), { maxLength: 3 }), { nil: undefined, maxDepth: 3 }),
    })
    .map((node) => JSON.parse(JSON.stringify(node)) as RespondWidget),
})).node

describe('widgets in both schemas', () => {
  test('[RESPOND-6] every ChatKit widget comes back from D’s schema as it was', () => {
    fc.assert(
      fc.property(chatKitWidget, (widget) => {
        const sent: unknown = JSON.parse(JSON.stringify(toRespondWidget(widget)))
        expect(toChatKitWidget(sent as RespondWidget)).toEqual(widget)
      }),
      { numRuns: 400 },
    )
  })

  test('[RESPOND-6] every widget of D’s schema comes back from ChatKit’s as it was', () => {
    fc.assert(
      fc.property(respondWidget, (widget) => {
        const stored: unknown = JSON.parse(JSON.stringify(toChatKitWidget(widget)))
        expect(toRespondWidget(stored as WidgetNode)).toEqual(widget)
      }),
      { numRuns: 400 },
    )
  })

  test.each(documented)(
    '[RESPOND-6] the document’s $type is taken, and comes back to the letter',
    (widget) => {
      expect(toRespondWidget(readRespondWidget(widget))).toEqual(widget)
    },
  )

  test('[RESPOND-6] what the document’s names stand for is what ChatKit’s renderers know', () => {
    expect(documented.slice(1).map(toChatKitWidget)).toEqual([
      {
        type: 'Card',
        id: 'task_list_card',
        children: [
          { type: 'Title', id: 'task_list_headline', value: 'Your Tasks' },
          {
            type: 'ListView',
            id: 'task_list',
            children: [
              {
                type: 'ListViewItem',
                id: 'task_item_1',
                children: [{ type: 'Text', id: 'task_title_1', value: 'Buy groceries' }],
              },
            ],
          },
        ],
      },
      {
        type: 'Button',
        id: 'complete_task_btn_1',
        label: 'Complete',
        onClickAction: {
          type: 'task_complete',
          payload: { task_id: 'task_1' },
          handler: 'server',
          loadingBehavior: 'auto',
          streaming: true,
        },
      },
    ])
  })

  test('[RESPOND-6] a component without an id gets one that is the same each time and is marked', () => {
    const widget = {
      type: 'Card',
      children: [
        { type: 'Text', value: 'a' },
        { type: 'Row', id: 'r', children: [{ type: 'Divider' }] },
      ],
    }
    expect(toRespondWidget(widget)).toEqual({
      id: 'widget',
      type: 'card',
      metadata: { generated_id: true },
      children: [
        { id: 'widget.0', type: 'text', props: { text: 'a' }, metadata: { generated_id: true } },
        {
          id: 'r',
          type: 'row',
          children: [{ id: 'r.0', type: 'divider', metadata: { generated_id: true } }],
        },
      ],
    })
  })

  test('[RESPOND-16] what is no widget, or too large or deep, is refused before anything follows it', () => {
    const refused = [
      null,
      [],
      {},
      { type: 'card' },
      { id: 1, type: 'card' },
      { id: 'a', type: 'card', children: {} },
      { id: 'a', type: 'card', children: ['b'] },
      { id: 'a', type: 'card', props: [] },
    ]
    for (const widget of refused) {
      expect(() => readRespondWidget(widget), JSON.stringify(widget)).toThrow()
    }
    const leaf = { id: 'a', type: 'text' }
    const wide = { id: 'a', type: 'card', children: Array.from({ length: widgetNodesMax }, () => leaf) }
    expect(() => readRespondWidget(wide)).toThrow('widgetNodesMax')
    const circle: RespondWidget = { id: 'a', type: 'card' }
    circle.children = [circle]
    expect(() => readRespondWidget(circle)).toThrow('widgetDepthMax')
    let deep: RespondWidget = leaf
    for (let level = 1; level < widgetDepthMax; level += 1) deep = { id: 'a', type: 'box', children: [deep] }
    expect(toRespondWidget(readRespondWidget(deep))).toEqual(deep)
  })
})
