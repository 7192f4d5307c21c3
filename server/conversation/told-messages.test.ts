import { describe, expect, it } from 'vitest'
import type { Item } from './items.ts'
import { isSameSaying, tellMessages, words } from './told-messages.ts'
import type { NumberedItem, ToldMessage } from './told-messages.ts'

const base = { thread_id: 'thr_1', created_at: '2026-01-31T12:00:00.000Z' }
let seq = 0

function numbered(item: Item): NumberedItem {
  return { item, seq: String((seq += 1)) }
}

function asked(id: string, text: string): NumberedItem {
  const content = [{ type: 'input_text' as const, text }]
  return numbered({ ...base, id, type: 'user_message', content, attachments: [], inference_options: {} })
}

function answered(id: string, text: string, incomplete?: 'cancelled'): NumberedItem {
  const content = [{ type: 'output_text' as const, text, annotations: [] }]
  return numbered({ ...base, id, type: 'assistant_message', content, ...(incomplete && { incomplete }) })
}

function kept(message: Partial<ToldMessage>): ToldMessage {
  return {
    id: 'kept',
    parentId: null,
    height: 0,
    said: { role: 'user', texts: ['Why?'] },
    itemIds: ['kept'],
    itemSeq: '0',
    fromItems: false,
    isWritten: true,
    createdAt: base.created_at,
    ...message,
  }
}

describe('what items add to the tree', () => {
  it('[CLOUD-6] each question is a child of what came before, and the items of an answer are one message', () => {
    const end = numbered({ ...base, id: 'end', type: 'end_of_turn' })
    const items = [
      asked('u1', 'Why?'),
      answered('a1', 'I look.'),
      end,
      answered('a2', 'So.'),
      asked('u2', 'Ah'),
    ]
    const { messages, doubles } = tellMessages(null, items)
    expect(messages.map(({ id, parentId, height, itemIds }) => ({ id, parentId, height, itemIds }))).toEqual([
      { id: 'u1', parentId: null, height: 0, itemIds: ['u1'] },
      { id: 'a1', parentId: 'u1', height: 1, itemIds: ['a1', 'a2'] },
      { id: 'u2', parentId: 'a1', height: 2, itemIds: ['u2'] },
    ])
    expect(messages[1]?.said).toEqual({ role: 'assistant', texts: ['I look.', 'So.'] })
    expect(messages[1]?.itemSeq).toBe(items[3]?.seq)
    expect(doubles).toEqual([])
  })

  it('[CLOUD-6] an answer goes on where it was left, unless a client has written it by then', () => {
    const answer = { said: { role: 'assistant' as const, texts: ['One'] }, itemIds: ['a1'], fromItems: true }
    const open = tellMessages(kept({ ...answer, isWritten: false }), [answered('a2', 'Two')])
    expect(open.messages).toMatchObject([
      { id: 'kept', itemIds: ['a1', 'a2'], said: { texts: ['One', 'Two'] } },
    ])
    const written = tellMessages(kept(answer), [answered('a2', 'Two')])
    expect(written.messages).toMatchObject([{ id: 'a2', parentId: 'kept', height: 1 }])
  })

  it('[CLOUD-7] a question that the client has kept before asking it is that message, and its own item goes', () => {
    const { messages, doubles } = tellMessages(kept({}), [asked('u1', ' Why? \n'), answered('a1', 'So.')])
    expect(messages).toMatchObject([
      { id: 'kept', itemIds: ['u1'], fromItems: true },
      { id: 'a1', parentId: 'kept' },
    ])
    expect(doubles).toEqual(['kept'])
    // Asked a second time it is a second question.
    expect(tellMessages(kept({ fromItems: true }), [asked('u2', 'Why?')])).toMatchObject({
      messages: [{ id: 'u2', parentId: 'kept' }],
      doubles: [],
    })
  })

  it('[CLOUD-7] words are compared without their spaces, and what was broken off as far as it has come', () => {
    const whole = words('assistant', ['One ', 'two'])
    const other = words('assistant', ['One\n\ntwo'])
    const part = words('assistant', ['One'])
    if (whole === null || other === null || part === null) throw new Error('They say something.')
    expect(isSameSaying(whole, other)).toBe(true)
    expect(isSameSaying(whole, { ...other, role: 'user' })).toBe(false)
    expect(isSameSaying(whole, part)).toBe(false)
    expect(isSameSaying(whole, { ...part, incomplete: 'cancelled' })).toBe(true)
    expect(words('user', ['', ' \n'])).toBeNull()
  })

  it('[ITEM-1] that an answer was broken off is said with it', () => {
    const { messages } = tellMessages(null, [answered('a1', 'One', 'cancelled')])
    expect(messages[0]?.said).toEqual({ role: 'assistant', texts: ['One'], incomplete: 'cancelled' })
  })
})
