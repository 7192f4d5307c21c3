import { describe, expect, test } from 'vitest'
import { createTextDelta } from '../../conversation/events.ts'
import type { RunEvent, SequencedEvent } from '../../conversation/events.ts'
import type { AssistantMessageItem, Item, Task } from '../../conversation/items.ts'
import { mergeTextDeltas } from '../../conversation/merge.ts'
import { createStreamEncoder, readStreamPlace, streamBeginning } from './stream.ts'

const runId = 'run_01k00000000000000000000000'
const base = { thread_id: 'thr_1', created_at: '2026-01-01T00:00:00.000Z' }
const message = (id: string, ...texts: string[]): AssistantMessageItem => ({
  ...base,
  id,
  type: 'assistant_message',
  content: texts.map((text) => ({ type: 'output_text', text, annotations: [] })),
})
const thoughts = (...tasks: Task[]): Item => ({
  ...base,
  id: 'wf_1',
  type: 'workflow',
  workflow: { type: 'reasoning', tasks, expanded: false },
})
const thought = (content: string, status_indicator: 'loading' | 'complete'): Task => ({
  type: 'thought',
  content,
  status_indicator,
})
const asked: Item = {
  ...base,
  id: 'msg_0',
  type: 'user_message',
  content: [{ type: 'input_text', text: 'Hello' }],
  attachments: [],
  inference_options: {},
}

/** Thoughts, a text in pieces, a source, a second text that comes whole, and a third that was not begun before. */
const answer: RunEvent[] = [
  { type: 'item-done', item: asked },
  { type: 'options', allow_cancel: true },
  { type: 'item-added', item: thoughts() },
  {
    type: 'item-updated',
    item_id: 'wf_1',
    update: { type: 'workflow.task.added', task_index: 0, task: thought('Let me', 'loading') },
  },
  {
    type: 'item-updated',
    item_id: 'wf_1',
    update: { type: 'workflow.task.updated', task_index: 0, task: thought('Let me see', 'complete') },
  },
  { type: 'item-done', item: thoughts(thought('Let me see', 'complete')) },
  { type: 'item-added', item: message('msg_1') },
  createTextDelta('msg_1', 'Phi'),
  createTextDelta('msg_1', 'shing '),
  { type: 'progress', text: 'Looking' },
  createTextDelta('msg_1', 'is '),
  createTextDelta('msg_1', 'a type'),
  {
    type: 'item-updated',
    item_id: 'msg_1',
    update: {
      type: 'assistant_message.content_part.annotation_added',
      content_index: 0,
      annotation_index: 0,
      annotation: { type: 'annotation', source: { type: 'url', title: 'Phish', url: 'https://a.example/' } },
    },
  },
  { type: 'item-done', item: message('msg_1', 'Phishing is a type') },
  { type: 'item-done', item: message('msg_2', 'Second', 'Third') },
  { type: 'run-ended', status: 'completed' },
]
const log: SequencedEvent[] = answer.map((event, index) => ({ seq: index + 1, event }))

interface Frame {
  id: string
  event: string | undefined
  data: string
}

function framesOf(text: string): Frame[] {
  return text
    .split('\n\n')
    .filter((frame) => frame !== '')
    .map((frame) => {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(frame)?.[1]
      return { id: field('id') ?? '', event: field('event'), data: field('data') ?? '' }
    })
}

/** What a reader has in the end, however the pieces were joined. */
function joined(frames: readonly Frame[]): string[] {
  const read: { type: string; id?: string; delta?: string }[] = []
  for (const { data } of frames) {
    const frame = (data === '[DONE]' ? { type: data } : JSON.parse(data)) as (typeof read)[number]
    const last = read.at(-1)
    if (last?.delta !== undefined && last.type === frame.type && last.id === frame.id)
      last.delta += frame.delta
    else read.push(frame)
  }
  return read.map((frame) => JSON.stringify(frame))
}

function readAll(events: readonly SequencedEvent[]): Frame[] {
  const encoder = createStreamEncoder(runId, streamBeginning)
  return events.flatMap((event) => framesOf(encoder.encode([event])))
}

/** As `answers.ts` does it: what was read is recalled from the log, whose pieces of text are joined by now. */
function readBehind(id: string, rest: (events: SequencedEvent[]) => SequencedEvent[]): Frame[] {
  const place = readStreamPlace(id)?.place
  if (place === undefined) throw new Error(`${id} is no id`)
  const encoder = createStreamEncoder(runId, place)
  let after = 0
  for (const { seq, event } of mergeTextDeltas(log)) {
    if (after >= place.after) break
    encoder.recall(event)
    after = seq
  }
  return framesOf(encoder.encode(rest(log.filter(({ seq }) => seq > place.after))))
}

describe('the stream of an answer', () => {
  test('[CHATS-5] every frame says its type twice and where it stands, from `start` to `[DONE]`', () => {
    const frames = readAll(log)
    expect(frames.map(({ event, data }) => event ?? data)).toEqual([
      'start',
      'start-step',
      'reasoning-start',
      'reasoning-delta',
      'reasoning-delta',
      'reasoning-end',
      'text-start',
      'text-delta',
      'text-delta',
      'data-progress',
      'text-delta',
      'text-delta',
      'source-url',
      'text-end',
      'text-start',
      'text-delta',
      'text-end',
      'text-start',
      'text-delta',
      'text-end',
      'finish-step',
      'finish',
      '[DONE]',
    ])
    for (const { event, data } of frames.slice(0, -1)) expect(JSON.parse(data)).toMatchObject({ type: event })
    expect(new Set(frames.map(({ id }) => id)).size).toBe(frames.length)
    expect(frames.every(({ id }) => readStreamPlace(id)?.runId === runId)).toBe(true)
    // The answer is called what the chat will call it: after the first that is seen of it.
    expect(frames[0]?.data).toBe('{"type":"start","messageId":"wf_1"}')
    expect(joined(frames)).toContain('{"type":"text-delta","id":"msg_1:0","delta":"Phishing "}')
  })

  test('[CHATS-6] a reader who comes back with any frame’s id misses nothing and reads nothing twice', () => {
    const frames = readAll(log)
    const whole = joined(frames)
    for (const [index, { id }] of frames.entries()) {
      for (const rest of [mergeTextDeltas, (events: SequencedEvent[]) => events]) {
        const read = [...frames.slice(0, index + 1), ...readBehind(id, rest)]
        expect(joined(read), id).toEqual(whole)
      }
    }
  })

  test('[CHATS-6] ids that are none of ours say nothing', () => {
    for (const id of [
      null,
      '',
      '7',
      `${runId}:`,
      `${runId}:-1`,
      `${runId}:1.`,
      `${runId}:1e3`,
      `x${runId}:1`,
    ]) {
      expect(readStreamPlace(id)).toBe(null)
    }
    expect(readStreamPlace(`${runId}:7`)).toEqual({ runId, place: { after: 7, frames: 0 } })
    expect(readStreamPlace(`${runId}:6.2`)).toEqual({ runId, place: { after: 6, frames: 2 } })
  })

  test('[CHATS-7] however an answer ends, the stream says so, and closes what is open before', () => {
    const end = (...events: RunEvent[]) =>
      readAll(events.map((event, index) => ({ seq: index + 1, event }))).map(({ event, data }) =>
        event === 'error' ? data : (event ?? data),
      )
    const begun = [{ type: 'item-added', item: message('msg_1') } as const, createTextDelta('msg_1', 'Hal')]
    const started = ['start', 'start-step', 'text-start', 'text-delta']
    expect(end(...begun, { type: 'run-ended', status: 'cancelled' })).toEqual([
      ...started,
      'text-end',
      'finish-step',
      'abort',
      'finish',
      '[DONE]',
    ])
    const error = { type: 'error', code: 'custom', message: 'The model is away.', allow_retry: true } as const
    const said = '{"type":"error","errorText":"The model is away."}'
    expect(end(...begun, error, { type: 'run-ended', status: 'failed' })).toEqual([
      ...started,
      said,
      'text-end',
      'finish-step',
      'finish',
      '[DONE]',
    ])
    expect(end(error, { type: 'run-ended', status: 'failed' })).toEqual(['start', said, 'finish', '[DONE]'])
    expect(end({ type: 'run-ended', status: 'interrupted' })).toEqual([
      'start',
      expect.stringContaining('errorText'),
      'finish',
      '[DONE]',
    ])
    expect(end({ type: 'run-ended', status: 'completed' })).toEqual(['start', 'finish', '[DONE]'])
  })
})
