import { expect, test } from 'vitest'
import type { StreamEvent, WireItem } from '../contracts/chatkit/wire.ts'
import type { ReceivedEvent } from './chatkit-client.ts'
import { findViolations } from './kill-checker.ts'
import type { Asked, History } from './kill-checker.ts'

const base = { thread_id: 'thr', created_at: '2026-01-01T00:00:00Z' }
const question = 'What now?'
const answerText = 'You said: What now?'

function message(id: string, text: string): WireItem {
  const content = [{ type: 'input_text' as const, text }]
  return { ...base, id, type: 'user_message', content, attachments: [], inference_options: {} }
}

function answer(text: string, incomplete?: 'interrupted'): WireItem {
  const content = [{ type: 'output_text' as const, text, annotations: [] }]
  return { ...base, id: 'a1', type: 'assistant_message', content, ...(incomplete && { incomplete }) }
}

function delta(text: string): StreamEvent {
  const update = {
    type: 'assistant_message.content_part.text_delta',
    content_index: 0,
    delta: text,
  } as const
  return { type: 'thread.item.updated', item_id: 'a1', update }
}

function numbered(...events: StreamEvent[]): ReceivedEvent[] {
  return events.map((event, index) => ({ seq: index + 1, event }))
}

function stream(texts: string[], status: 'completed' | 'interrupted'): ReceivedEvent[] {
  const whole = texts.join('')
  return numbered(
    { type: 'thread.item.done', item: message('m1', question) },
    { type: 'thread.item.added', item: answer('') },
    ...texts.map(delta),
    { type: 'thread.item.done', item: answer(whole, status === 'interrupted' ? status : undefined) },
    { type: 'parley.run_ended', status },
  )
}

interface Parts {
  asked?: Partial<Asked>
  items?: WireItem[]
  log?: ReceivedEvent[] | null
}

/** One question whose answer came in two pieces, all kept as promised; or as the parts say otherwise. */
function history({ asked = {}, items, log }: Parts = {}): History {
  const seen = asked.seen ?? stream(['You said: ', question], 'completed')
  const acknowledged = [{ runId: 'run_1', threadId: 'thr' }]
  const record: Asked = { userId: 'u', kind: 'message', question, acknowledged, refusals: [], ...asked, seen }
  return {
    asked: [record],
    threads: [
      { userId: 'u', threadId: 'thr', items: items ?? [message('m1', question), answer(answerText)] },
    ],
    logs: log === null ? new Map() : new Map([['run_1', log ?? seen]]),
    answerTo: (said) => `You said: ${said}`,
  }
}

test('[SURVIVE-2] nothing is found where everything was kept', () => {
  expect(findViolations(history())).toEqual([])
  const seen = stream(['You sa'], 'interrupted')
  const items = [message('m1', question), answer('You sa', 'interrupted')]
  expect(findViolations(history({ asked: { seen }, items }))).toEqual([])
})

const whole = stream(['You said: ', question], 'completed')
const [first, second, third, fourth, ...last] = whole as [
  ReceivedEvent,
  ReceivedEvent,
  ReceivedEvent,
  ReceivedEvent,
]
const stored = message('m1', question)
const planted: [string, Parts, RegExp][] = [
  ['a message that is lost', { items: [] }, /not stored/],
  ['a message that is doubled', { items: [stored, answer(answerText), stored] }, /stored 2 times/],
  ['a message nobody sent', { items: [stored, answer(answerText), message('m2', 'Boo')] }, /did not send/],
  [
    'a key that began two runs',
    {
      asked: {
        acknowledged: [
          { runId: 'run_1', threadId: 'thr' },
          { runId: 'run_2', threadId: 'thr' },
        ],
      },
    },
    /two runs/,
  ],
  ['a message that nobody took', { asked: { acknowledged: [], seen: [] } }, /never answered/],
  ['another thread', { asked: { acknowledged: [{ runId: 'run_1', threadId: 'other' }] } }, /another thread/],
  ['a refusal', { asked: { refusals: ['404'] } }, /refused/],
  [
    'an event twice',
    { asked: { seen: [first, second, third, third, fourth, ...last] } },
    /behind|something else/,
  ],
  ['a gap', { asked: { seen: [first, second, fourth, ...last] } }, /something else/],
  ['events out of order', { asked: { seen: [first, second, fourth, third, ...last] } }, /behind/],
  ['a stream without an end', { asked: { seen: whole.slice(0, -1) } }, /not told of an end/],
  ['another answer', { asked: { seen: stream(['You said: nothing'], 'completed') } }, /something else/],
  ['half an answer as a whole one', { asked: { seen: stream(['You said'], 'completed') } }, /not whole/],
  ['an answer that is not kept', { items: [stored] }, /not stored/],
  ['an answer that is kept shorter', { items: [stored, answer('You said')] }, /otherwise than it is stored/],
  ['an answer that is kept twice', { items: [stored, answer(answerText), answer(answerText)] }, /2 items/],
  ['a whole answer marked', { items: [stored, answer(answerText, 'interrupted')] }, /stored as interrupted/],
  [
    'an interrupted answer that is not marked',
    { asked: { seen: stream(['You'], 'interrupted') }, items: [stored, answer('You')] },
    /stored as whole/,
  ],
  ['a log that is gone', { log: null }, /no log/],
  [
    'a log that says something else',
    { log: stream(['You said: ', 'This.'], 'completed') },
    /otherwise than its log/,
  ],
]

test.each(planted)('[SURVIVE-2] %s is found', (_name, parts, sentence) => {
  expect(findViolations(history(parts)).join('\n')).toMatch(sentence)
})

test('[SURVIVE-2] messages that changed places are found', () => {
  const asked = ['one', 'two'].map((said): Asked => ({ ...history().asked[0], question: said }) as Asked)
  const items = [message('m2', 'two'), message('m1', 'one')]
  const threads = [{ userId: 'u', threadId: 'thr', items }]
  expect(findViolations({ ...history(), asked, threads }).join('\n')).toMatch(/out of order/)
})
