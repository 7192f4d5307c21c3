import { describe, expect, it } from 'vitest'
import type { StreamEvent, WireItem, WireThread } from '../../server/contracts/chatkit/wire.ts'
import type { ChatEvent } from './events.ts'
import { ratingOf } from './ratings.ts'
import { reduce } from './reduce.ts'
import { createState, pendingQuestions } from './state.ts'
import type { ChatState } from './state.ts'
import { groupTurns } from './turns.ts'

const thread: WireThread = {
  id: 'thr_1',
  created_at: '2026-01-01T00:00:00Z',
  status: { type: 'active' },
  metadata: {},
  items: { data: [], has_more: false },
}
const base = { thread_id: 'thr_1', created_at: '2026-01-01T00:00:00Z' }
const asked: WireItem = {
  ...base,
  id: 'msg_2',
  type: 'structured_input',
  status: 'pending',
  inputs: [{ type: 'freeform', id: 'name', question: 'Your name?' }],
}
const question: WireItem = {
  ...base,
  id: 'msg_1',
  type: 'user_message',
  content: [],
  attachments: [],
  inference_options: {},
}
const input = { status: 'answered' as const, answers: { name: { values: ['Ana'], skipped: false } } }

function play(events: ChatEvent[], from: ChatState = createState()): ChatState {
  return events.reduce(reduce, from)
}
function opened(items: WireItem[], lastSeq?: number): ChatState {
  const run = lastSeq === undefined ? null : { id: 'run_1', status: 'running' as const, last_seq: lastSeq }
  return play([
    { type: 'open', threadId: 'thr_1' },
    { type: 'opened', snapshot: { thread, items, cursor: undefined, run } },
  ])
}
function frames(from: number, ...events: StreamEvent[]): ChatEvent {
  return { type: 'frames', frames: events.map((event, place) => ({ seq: from + place, event })) }
}
const effect = (name: string): StreamEvent => ({ type: 'client_effect', name, data: {} })
const told = (state: ChatState): string[] =>
  state.outgoing.map((each) => (each.type === 'error' ? each.message : each.name))

describe('what comes with the items of a thread', () => {
  it('[THREAD-3] an effect is to be told once: not when it comes again, and not when it came before a reload', () => {
    const state = opened([question], 2)
    const first = play([frames(1, effect('one'), effect('two'), effect('three'), effect('four'))], state)
    expect(told(first)).toEqual(['three', 'four'])
    const again = play([frames(3, effect('three'), effect('four'))], first)
    expect(told(again)).toEqual([])
    expect(told(play([frames(5, { type: 'progress_update', text: 'Next' })], first))).toEqual([])
  })

  it('[THREAD-3] a server that numbers nothing is heard, too', () => {
    const state = play([{ type: 'accepted', threadId: 'thr_1', runId: null }], {
      ...opened([question]),
      phase: 'sending',
    })
    const next = play([{ type: 'frames', frames: [{ seq: null, event: effect('one') }] }], state)
    expect(told(next)).toEqual(['one'])
  })

  it('[THREAD-5] questions wait until they are answered, and again when the server refuses the answers', () => {
    const state = opened([question, asked])
    expect(pendingQuestions(state)?.id).toBe('msg_2')
    const sent = play([{ type: 'answer', itemId: 'msg_2', input }], state)
    expect(sent.phase).toBe('sending')
    expect(pendingQuestions(sent)).toBe(undefined)
    expect(sent.items[1]).toMatchObject({ status: 'answered', inputs: [{ answer: { values: ['Ana'] } }] })
    const refused = play([{ type: 'refused', message: 'No' }], sent)
    expect(pendingQuestions(refused)).toEqual(asked)
    const accepted = play([{ type: 'accepted', threadId: 'thr_1', runId: 'run_1' }], sent)
    expect(accepted.questions).toBe(null)
    const over = play([frames(1, { type: 'parley.run_ended', status: 'completed' })], accepted)
    expect(pendingQuestions(over)).toBe(undefined)
  })

  it('[THREAD-5] questions behind which the conversation has gone on, or that a locked thread asks, wait for nobody', () => {
    expect(pendingQuestions(opened([asked, { ...question, id: 'msg_3' }]))).toBe(undefined)
    expect(pendingQuestions({ ...opened([asked]), status: { type: 'locked' } })).toBe(undefined)
  })

  it('[ELEMENT-32] questions without a question leave the composer in its place', () => {
    expect(pendingQuestions(opened([question, { ...asked, inputs: [] }]))).toBe(undefined)
  })

  it('[THREAD-6] a rating is that of the whole turn, whatever its items are called', () => {
    const answer = (id: string): WireItem => ({ ...base, id, type: 'assistant_message', content: [] })
    const [turn] = groupTurns([question, answer('__proto__'), answer('constructor')])
    if (!turn) throw new Error('No turn')
    const rated = (state: ChatState): unknown => ratingOf(state.ratings, turn)
    const state = opened([])
    expect(rated(state)).toBe(null)
    const itemIds = ['__proto__', 'constructor']
    const good = play([{ type: 'rated', itemIds, rating: 'positive' }], state)
    expect(rated(good)).toBe('positive')
    expect(rated(play([{ type: 'rated', itemIds, rating: 'negative' }], good))).toBe('negative')
    expect(rated(play([{ type: 'rated', itemIds, rating: null }], good))).toBe(null)
  })

  it('[THREAD-10] how far an image is belongs to its run', () => {
    const item: WireItem = { ...base, id: 'img_1', type: 'generated_image' }
    const image = { id: 'i', url: 'data:image/png;base64,' }
    const update = { type: 'generated_image.updated', image, progress: 0.5 } as const
    const state = play(
      [
        frames(
          1,
          { type: 'thread.item.added', item },
          { type: 'thread.item.updated', item_id: 'img_1', update },
        ),
      ],
      opened([question], 0),
    )
    expect(state.run?.images.get('img_1')).toBe(0.5)
    expect(state.items[1]).toEqual({ ...item, image })
    expect(play([frames(3, { type: 'parley.run_ended', status: 'completed' })], state).run).toBe(null)
  })

  it('[THREAD-11] whose images may be loaded is what the thread said last', () => {
    const domains = ['images.example.org']
    const state = play(
      [frames(1, { type: 'thread.updated', thread: { ...thread, allowed_image_domains: domains } })],
      opened([], 0),
    )
    expect(state.imageDomains).toEqual(domains)
    expect(play([frames(2, { type: 'thread.updated', thread })], state).imageDomains).toBe(undefined)
  })
})
