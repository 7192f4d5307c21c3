import { describe, expect, it } from 'vitest'
import { createTextDelta } from '../../conversation/events.ts'
import type { RunEvent, SequencedEvent } from '../../conversation/events.ts'
import type { AssistantMessageItem, Item, UserMessageItem } from '../../conversation/items.ts'
import { encodeEvent, encodeFrames, encodeItem, encodeItemPage, encodeThread } from './encode.ts'

const base = { thread_id: 'thr_1', created_at: '2026-01-01T00:00:00Z' }
const hidden: Item[] = [
  { ...base, id: 'h1', type: 'hidden_context_item', content: 'secret' },
  { ...base, id: 'h2', type: 'sdk_hidden_context', content: 'secret' },
]
const partial: AssistantMessageItem = {
  ...base,
  id: 'm1',
  type: 'assistant_message',
  content: [{ type: 'output_text', text: 'Partly', annotations: [] }],
  incomplete: 'cancelled',
}
const withFile: UserMessageItem = {
  ...base,
  id: 'm0',
  type: 'user_message',
  content: [],
  attachments: [{ type: 'file', id: 'atc_1', name: 'a', mime_type: 'b', metadata: { path: 'secret' } }],
  inference_options: {},
}
const stock = { additions: false }
const ours = { additions: true }

function numbered(...events: RunEvent[]): SequencedEvent[] {
  return events.map((event, index) => ({ seq: index + 1, event }))
}

describe('what is sent', () => {
  it('[CHATKIT-6] a frame is data and a blank line, and nothing of ours', () => {
    const batch = numbered(
      { type: 'item-done', item: partial },
      createTextDelta('m1', 'a "quoted"\nline\u2028'),
      { type: 'run-ended', status: 'completed' },
    )
    const frames = encodeFrames(batch, stock)
    const lines = frames.split('\n\n')
    expect(lines.pop()).toBe('')
    expect(lines).toHaveLength(2)
    for (const line of lines) expect(line).toMatch(/^data: \{[^\n]*\}$/)
    expect(frames).not.toMatch(/incomplete|parley/)
    expect(encodeFrames(numbered({ type: 'run-ended', status: 'completed' }), stock)).toBe('')
  })

  it('[CHATKIT-7] who asks for our additions gets numbers, the mark on partial answers, and the end', () => {
    const frames = encodeFrames(
      numbered({ type: 'item-done', item: partial }, { type: 'run-ended', status: 'cancelled' }),
      ours,
    )
    expect(frames.split('\n\n')).toEqual([
      `id: 1\ndata: ${JSON.stringify({ type: 'thread.item.done', item: partial })}`,
      'id: 2\ndata: {"type":"parley.run_ended","status":"cancelled"}',
      '',
    ])
  })

  it('[CHATKIT-6] the short way round the encoder says the same as the encoder', () => {
    for (const text of ['', 'plain', '"\\\n\r\t\b\f', '\u0001\u2028🙂é', '</script>', '\ud800']) {
      const event = createTextDelta('m"1', text, 3)
      expect(encodeFrames(numbered(event), stock)).toBe(
        `data: ${JSON.stringify(encodeEvent(event, stock))}\n\n`,
      )
    }
  })

  it('[CHATKIT-8] hidden items are in no event and no page', () => {
    for (const item of hidden) {
      for (const type of ['item-added', 'item-done', 'item-replaced'] as const) {
        expect(encodeFrames(numbered({ type, item }), ours)).toBe('')
      }
      expect(encodeItem(item, ours)).toBeNull()
    }
    const page = encodeItemPage({ data: [...hidden, partial], has_more: true, after: 'm1' }, ours)
    expect(page).toEqual({ data: [partial], has_more: true, after: 'm1' })
  })

  it('[CHATKIT-8] the server’s own notes on threads and attachments stay here', () => {
    const thread = {
      id: 'thr_1',
      created_at: base.created_at,
      status: { type: 'active' as const },
      metadata: { s: 'secret' },
    }
    expect(encodeThread(thread)).toEqual({ ...thread, metadata: {}, items: { data: [], has_more: false } })
    for (const type of ['thread-created', 'thread-updated'] as const) {
      expect(encodeFrames(numbered({ type, thread, changed: ['metadata'] }), ours)).not.toContain('secret')
    }
    expect(encodeFrames(numbered({ type: 'item-done', item: withFile }), ours)).not.toContain('secret')
  })
})
