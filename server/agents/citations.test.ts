import { expect, test } from 'vitest'
import type { Source } from '../conversation/items.ts'
import type { Model, ModelEvent } from '../conversation/model.ts'
import { withCitations } from './citations.ts'

const sourceOf = (number: number): Source | undefined =>
  number >= 1 && number <= 3
    ? { type: 'file', filename: `${number}.md`, title: `Source ${number}` }
    : undefined

function saying(...events: ModelEvent[]): Model {
  return {
    name: 'saying',
    async *stream() {
      for (const event of events) yield await Promise.resolve(event)
    },
  }
}

async function read(
  model: Model,
): Promise<{ text: string; cited: [string, number | undefined][]; types: string[] }> {
  const result = { text: '', cited: [] as [string, number | undefined][], types: [] as string[] }
  for await (const event of withCitations(model, sourceOf).stream(
    { messages: [], tools: [] },
    new AbortController().signal,
  )) {
    result.types.push(event.type)
    if (event.type === 'text-delta') result.text += event.text
    if (event.type === 'annotation')
      result.cited.push([event.annotation.source.title, event.annotation.index])
  }
  return result
}

const said = 'A 😀 name 【1】. Two 【2, 3】 and 【9】 none; a[[0]] stays, 【open and [x] stay.【3†source】'
const shown = 'A 😀 name. Two and none; a[[0]] stays, 【open and [x] stay.'
const cited = [
  ['Source 1', 'A 😀 name'.length],
  ['Source 2', 'A 😀 name. Two'.length],
  ['Source 3', 'A 😀 name. Two'.length],
  ['Source 3', shown.length],
]

test('[TUTOR-1] a marker becomes a citation wherever the stream is cut, and only of what was found', async () => {
  for (let cut = 0; cut <= said.length; cut += 1) {
    const pieces = [said.slice(0, cut), said.slice(cut)].map((text): ModelEvent => ({
      type: 'text-delta',
      text,
    }))
    const result = await read(saying(...pieces, { type: 'end', reason: 'stop' }))
    expect(result, `cut at ${cut}`).toMatchObject({ text: shown, cited })
    expect(result.types.at(-1)).toBe('end')
  }
  const letters = Array.from(said, (text): ModelEvent => ({ type: 'text-delta', text }))
  expect(await read(saying(...letters))).toMatchObject({ text: shown, cited })
})

test('[TUTOR-1] what never becomes a marker is shown, however long it is waited for', async () => {
  const endless = `【${'1,'.repeat(5_000)}`
  const letters = Array.from(endless, (text): ModelEvent => ({ type: 'text-delta', text }))
  const { text, types } = await read(saying(...letters))
  expect(text).toBe(endless)
  expect(types.length).toBeGreaterThan(9_000)
  const call: ModelEvent = { type: 'tool-call', call: { callId: 'c', name: 'n', arguments: '{}' } }
  expect((await read(saying({ type: 'text-delta', text: 'so 【1' }, call))).types).toEqual([
    'text-delta',
    'text-delta',
    'tool-call',
  ])
})
