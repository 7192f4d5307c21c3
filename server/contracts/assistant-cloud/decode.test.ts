import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../conversation/items.ts'
import { saidIn } from './decode.ts'
import { encodeMessage } from './encode.ts'
import { attachmentsIn } from './files.ts'

const text = (words: string): JsonObject => ({ type: 'text', text: words })

describe('the words in a client’s message', () => {
  it.each<[string, JsonObject, ReturnType<typeof saidIn>]>([
    [
      'aui/v0',
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'Hm' },
          text('One'),
          { type: 'tool-call', args: {} },
          text('two'),
        ],
        status: { type: 'complete', reason: 'stop' },
      },
      { role: 'assistant', texts: ['One', 'two'] },
    ],
    [
      'the AI SDK',
      { role: 'user', parts: [{ type: 'file' }, text('Look')] },
      { role: 'user', texts: ['Look'] },
    ],
    ['plain text', { role: 'user', content: 'Hello' }, { role: 'user', texts: ['Hello'] }],
    [
      'a stopped answer',
      { role: 'assistant', content: [text('On')], status: { type: 'incomplete', reason: 'cancelled' } },
      { role: 'assistant', texts: ['On'], incomplete: 'cancelled' },
    ],
    [
      'a failed answer',
      { role: 'assistant', content: [text('On')], status: { type: 'incomplete', reason: 'error' } },
      { role: 'assistant', texts: ['On'], incomplete: 'failed' },
    ],
    ['a system prompt', { role: 'system', content: [text('Be kind')] }, null],
    ['no words', { role: 'user', content: [text(' ')] }, null],
    ['nothing known', { kind: 'note', body: ['a', { text: 'b' }] }, null],
    ['odd parts', { role: 'user', content: [null, 'a', 1, { type: 'text', text: 5 }], parts: 'x' }, null],
  ])('[CLOUD-5] of %s', (_, content, said) => {
    expect(saidIn(content)).toEqual(said)
  })

  it('[CLOUD-12] files are known by their addresses, wherever in a message those are', () => {
    const id = `atc_${'0'.repeat(26)}`
    const address = `https://chat.example/files/${id}?link=abc.def`
    const content: JsonObject = {
      content: [{ type: 'image', image: address }, { deep: [{ data: address }] }],
    }
    expect(attachmentsIn(content)).toEqual([id])
    for (const other of [
      `see ${address}`,
      `${address}&x=1`,
      `/files/${id}?link=a`,
      `https://a.b/x/files/${id}?link=a`,
    ]) {
      expect(attachmentsIn({ image: other })).toEqual([])
    }
  })
})

describe('what the thread has said, in a client’s format', () => {
  const told = {
    id: 'msg_1',
    parentId: null,
    height: 0,
    createdAt: '2026-01-31T12:00:00.000Z',
    updatedAt: '2026-01-31T12:00:00.000Z',
    content: null,
    said: { role: 'assistant' as const, texts: ['One'], incomplete: 'failed' as const },
  }

  it('[CLOUD-6] is what the client that asks can read', () => {
    expect(encodeMessage(told, 'aui/v0')).toMatchObject({
      format: 'aui/v0',
      content: { role: 'assistant', content: [text('One')], status: { type: 'incomplete', reason: 'error' } },
    })
    expect(encodeMessage(told, 'ai-sdk/v6')).toMatchObject({
      format: 'ai-sdk/v6',
      content: { role: 'assistant', parts: [text('One')] },
    })
    expect(encodeMessage(told, undefined).format).toBe('aui/v0')
    expect(encodeMessage(told, 'ours/v1').format).toBe('aui/v0')
  })
})
