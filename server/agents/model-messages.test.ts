import { describe, expect, test } from 'vitest'
import type { Item } from '../conversation/items.ts'
import type { ModelMessage } from '../conversation/model.ts'
import { base, userMessage } from '../testing/run-context.ts'
import { toModelMessages } from './model-messages.ts'

const assistant = (text: string, more: object = {}): Item => ({
  ...base(`a_${text.slice(0, 8)}`),
  type: 'assistant_message',
  content: [{ type: 'output_text', text, annotations: [] }],
  ...more,
})

/** The messages as one string each: the role and the texts. */
function said(
  items: Item[],
  ...budget: Parameters<typeof toModelMessages> extends [unknown, ...infer Rest] ? Rest : never
): string[] {
  return toModelMessages(items, ...budget).map((message: ModelMessage) => {
    if (message.role === 'tool') return `tool ${message.callId} ${message.output}`
    if (message.role === 'assistant') {
      return `assistant ${[message.text, ...message.toolCalls.map((call) => `${call.name}(${call.arguments})`)].join('|')}`
    }
    return `user ${message.content.map((part) => (part.type === 'text' ? part.text : part.type)).join('|')}`
  })
}

const context = (kind: string, text: string): string => `<context kind="${kind}">\n${text}\n</context>`

describe('items as messages', () => {
  test('[LOOP-11] a user’s message keeps its words; mentions, quote and files stand beside them', () => {
    const tag = { type: 'input_tag', id: 't1', text: 'Anna', data: { age: 7 }, interactive: false } as const
    const file = { type: 'file', id: 'f', name: 'a.pdf', mime_type: 'application/pdf' } as const
    const message = userMessage('', {
      content: [{ type: 'input_text', text: 'Ask ' }, tag, { type: 'input_text', text: ' and ' }, tag],
      quoted_text: 'these words',
      attachments: [file],
    })
    expect(said([message])).toEqual([
      `user ${[
        'Ask @Anna and @Anna',
        context('what the user mentions', '@Anna: {"id":"t1","age":7}'),
        context('the user refers to this', 'these words'),
        context('files attached by the user', 'a.pdf (application/pdf)'),
      ].join('|')}`,
    ])
  })

  test('[LOOP-11] a quote is told only with the newest message', () => {
    const quoting = userMessage('a', { quoted_text: 'old' })
    expect(said([quoting, assistant('b'), userMessage('c')])).toEqual(['user a', 'assistant b', 'user c'])
  })

  test('[LOOP-11] every kind of item is told in its own way, or not at all', () => {
    const items: Item[] = [
      userMessage('a'),
      { ...base('w'), type: 'widget', widget: { type: 'Card', children: [] } },
      { ...base('w2'), type: 'widget', widget: { type: 'Card' }, copy_text: 'A card' },
      { ...base('g'), type: 'generated_image', image: { id: 'i', url: 'data:' } },
      { ...base('g2'), type: 'generated_image' },
      { ...base('r'), type: 'workflow', workflow: { type: 'reasoning', tasks: [], expanded: false } },
      {
        ...base('s'),
        type: 'workflow',
        workflow: {
          type: 'custom',
          expanded: false,
          tasks: [
            { type: 'custom', status_indicator: 'none', title: 'Look', content: 'twice' },
            { type: 'web_search', status_indicator: 'none', queries: ['x', 'y'], sources: [] },
            { type: 'image', status_indicator: 'none' },
          ],
        },
      },
      {
        ...base('k'),
        type: 'task',
        task: { type: 'file', status_indicator: 'none', title: 'Read', sources: [] },
      },
      { ...base('e'), type: 'end_of_turn' },
      { ...base('h'), type: 'hidden_context_item', content: { secret: 1 } },
      { ...base('sh'), type: 'sdk_hidden_context', content: 'ours' },
    ]
    expect(said(items)).toEqual([
      `user ${[
        'a',
        context('widget shown to the user', '{"type":"Card","children":[]}'),
        context('widget shown to the user', 'A card'),
        context('image', 'An image was made and shown to the user.'),
        context('steps shown to the user', 'Look: twice\nx, y\nimage'),
        context('step shown to the user', 'Read'),
        context('background', '{"secret":1}'),
        context('background', 'ours'),
      ].join('|')}`,
    ])
  })

  test('[LOOP-11] questions are told with their answers', () => {
    const question = (id: string, answer?: { values: string[]; skipped: boolean }) =>
      ({ type: 'freeform', id, question: `Q${id}`, ...(answer && { answer }) }) as const
    const inputs = [
      question('1', { values: ['x', 'y'], skipped: false }),
      question('2', { values: [], skipped: true }),
      question('3'),
    ]
    const item = (status: 'answered' | 'skipped'): Item => ({
      ...base('q'),
      type: 'structured_input',
      status,
      inputs,
    })
    expect(said([item('answered')])).toEqual([
      `user ${context('the user’s answers', 'Q1: x, y\nQ2: (skipped)\nQ3: (not answered)')}`,
    ])
    expect(said([item('skipped')])[0]).toContain('Q3: (skipped)')
  })

  test('[LOOP-11] a finished call of the page is a call and its output, a pending one is left out', () => {
    const call = (status: 'pending' | 'completed', output?: string): Item => ({
      ...base('c'),
      type: 'client_tool_call',
      status,
      call_id: 'c1',
      name: 'open',
      arguments: { a: 1 },
      ...(output !== undefined && { output }),
    })
    expect(said([userMessage('a'), assistant('b'), call('completed', 'opened')])).toEqual([
      'user a',
      'assistant b|open({"a":1})',
      'tool c1 opened',
    ])
    expect(said([userMessage('a'), call('completed')])[2]).toBe('tool c1 null')
    expect(said([userMessage('a'), call('pending')])).toEqual(['user a'])
  })

  test('[LOOP-11] an incomplete answer is told with a note, an empty one not at all', () => {
    const items = [
      userMessage('a'),
      assistant('half', { incomplete: 'interrupted' }),
      userMessage('b'),
      assistant(''),
    ]
    expect(said(items)).toEqual([
      'user a',
      'assistant half\n\n(This answer is incomplete: interrupted.)',
      'user b',
    ])
  })
})

describe('the budget', () => {
  const turns = ['a', 'b', 'c'].flatMap((name) => [userMessage(name), assistant(name.repeat(100))])

  test('[LOOP-12] whole turns are kept, the newest first, within items and length', () => {
    const newest = ['user c', `assistant ${'c'.repeat(100)}`]
    expect(said(turns, { itemsMax: 3 })).toEqual(newest)
    expect(said(turns, { lengthMax: 250 })).toHaveLength(4)
    expect(said(turns)).toHaveLength(6)
  })

  test('[LOOP-12] the newest turn is always there, the rest of a cut one never', () => {
    expect(said(turns, { itemsMax: 1, lengthMax: 1 })).toHaveLength(2)
    expect(said(turns.slice(1))[0]).toBe('user b')
    expect(said([assistant('alone')])).toEqual(['assistant alone'])
    expect(said([])).toEqual([])
  })
})
