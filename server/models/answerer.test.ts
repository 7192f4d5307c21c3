import { expect, test } from 'vitest'
import type { ModelEvent, ModelMessage } from '../conversation/model.ts'
import { type AnswererOptions, createAnswerer, type QuotablePassage } from './answerer.ts'

const install: QuotablePassage = {
  path: 'docs/start.md',
  title: 'Start',
  headings: ['Install'],
  text: 'Run `npm start`.\n\nSee [here](./more.md) or [there](https://example.org).',
  score: 2,
}
const backup: QuotablePassage = {
  path: 'b.md',
  title: 'Backup',
  headings: [],
  text: 'Copy it.',
  url: 'https://example.org/b',
  score: 1.5,
}
const poor: QuotablePassage = { ...backup, path: 'c.md', score: 1 }

const user = (text: string): ModelMessage => ({ role: 'user', content: [{ type: 'text', text }] })
const assistant = (text: string): ModelMessage => ({ role: 'assistant', text, toolCalls: [] })

async function answer(
  messages: ModelMessage[],
  found: (query: string) => QuotablePassage[],
  more: Partial<AnswererOptions> = {},
): Promise<{ text: string; events: ModelEvent[]; queries: string[] }> {
  const queries: string[] = []
  const answerer = createAnswerer({
    find: (query) => {
      queries.push(query)
      return found(query)
    },
    topics: ['Start', 'Backup'],
    wordSeconds: 0,
    ...more,
  })
  const events: ModelEvent[] = []
  for await (const event of answerer.stream({ messages, tools: [] }, new AbortController().signal))
    events.push(event)
  return {
    events,
    queries,
    text: events.map((event) => (event.type === 'text-delta' ? event.text : '')).join(''),
  }
}

test('[ANSWER-1] it says what it is at the beginning of a thread, and only there', async () => {
  const first = await answer([user('How do I install it?')], () => [install])
  expect(first.text).toMatch(/^No language model is configured here, .* `OPENAI_API_KEY` /)
  const second = await answer([user('a question'), assistant('…'), user('Install?')], () => [install])
  expect(second.text).not.toContain('No language model')
})

test('[ANSWER-2] it quotes the passages that fit nearly as well as the best, each with its citation at its end', async () => {
  const { text, events } = await answer(
    [user('a'), assistant('…'), user('How is that installed here?')],
    () => [install, backup, poor],
  )
  const first = '**Start › Install**\n\n> Run `npm start`.\n>\n> See here or [there](https://example.org).'
  expect(text).toBe(`${first}\n\n**Backup**\n\n> Copy it.`)
  expect(events.flatMap((event) => (event.type === 'annotation' ? [event.annotation] : []))).toEqual([
    {
      type: 'annotation',
      source: { type: 'file', filename: 'docs/start.md', title: 'Start › Install' },
      index: first.length,
    },
    {
      type: 'annotation',
      source: { type: 'url', url: 'https://example.org/b', title: 'Backup' },
      index: text.length,
    },
  ])
  expect(events.at(-1)).toEqual({ type: 'end', reason: 'stop' })
  expect(events.filter((event) => event.type === 'text-delta').length).toBeGreaterThan(10)
})

test('[ANSWER-3] it says plainly that it found nothing, and what it can be asked', async () => {
  const { text } = await answer([user('What is the weather like in Paris?')], () => [])
  expect(text).toContain('I found nothing about that.')
  expect(text).toContain('- Start\n- Backup')
  const empty = await answer([user('What is the weather like in Paris?')], () => [], { topics: [] })
  expect(empty.text).toContain('I have no documents yet')
})

test('[ANSWER-3] a greeting is answered with what it can be asked, thanks with few words', async () => {
  for (const greeting of ['Hi', 'hello there!', 'What can you do?']) {
    const { text, queries } = await answer([user(greeting)], () => [install])
    expect(text).toContain('Hello! You can ask me')
    expect(queries).toEqual([])
  }
  expect((await answer([user('Thank you!')], () => [install])).text).toBe('You are welcome.')
})

test('[ANSWER-4] a follow-up is looked for together with the questions before it', async () => {
  const messages = [user('How do I install it?'), assistant('…'), user('On Windows?')]
  const { queries } = await answer(messages, (query) => (query.includes('install') ? [install] : []))
  expect(queries).toEqual(['On Windows?', 'How do I install it?\nOn Windows?'])
})

test('[ANSWER-4] context that was added to the user’s words is not looked for', async () => {
  const { queries } = await answer(
    [user('<context kind="quote">\nlong\n</context>\nHow is the server installed?')],
    () => [install],
  )
  expect(queries).toEqual(['How is the server installed?'])
})

test('[ANSWER-5] an abort ends it at once, with its reason', async () => {
  const stop = new AbortController()
  const reason = new Error('stopped')
  const answerer = createAnswerer({ find: () => [install], wordSeconds: 1000 })
  const reading = (async () => {
    for await (const event of answerer.stream({ messages: [user('a')], tools: [] }, stop.signal)) {
      if (event.type === 'text-delta') stop.abort(reason)
    }
  })()
  await expect(reading).rejects.toBe(reason)
})

test('[ANSWER-2] lines of a document that only go on are joined; code, lists, headings and tables stay as they are', async () => {
  const text = [
    'A sentence that',
    'goes on here.',
    '',
    '- a point that',
    '  goes on, too',
    '- another',
    '',
    '```',
    'code()',
    'more()',
    '```',
    '',
    '| a | b |',
    '|---|---|',
  ].join('\n')
  const { text: said } = await answer([user('What goes on?')], () => [{ ...install, text }])
  expect(said).toContain('> A sentence that goes on here.')
  expect(said).toContain('> - a point that goes on, too\n> - another')
  expect(said).toContain('> code()\n> more()')
  expect(said).toContain('> | a | b |\n> |---|---|')
})
