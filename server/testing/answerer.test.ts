/** The built-in answerer with the real search and the real agent: what a machine without a key does. */
import { expect, test } from 'vitest'
import { createModelAgent } from '../agents/model-agent.ts'
import { createPassageSearch } from '../knowledge/search.ts'
import { createAnswerer } from '../models/answerer.ts'
import { answer, createTestRun, userMessage } from './run-context.ts'

const guide =
  '# Guide\n\n## Install\n\nRun `npm start`.\n\n## Backups\n\nStop the server and copy the folder.'

test('[ANSWER-2] a question about a document is answered with its passage and a citation, a follow-up in its context', async () => {
  const { find, topics } = createPassageSearch([{ path: 'guide.md', text: guide }])
  const agent = createModelAgent({ model: createAnswerer({ find, topics, wordSeconds: 0 }) })
  const run = createTestRun()
  const first = await answer(agent, run, userMessage('How do I make a backup?'))
  const quote = '**Guide › Backups**\n\n> Stop the server and copy the folder.'
  const [item] = first.items
  if (item?.type !== 'assistant_message') throw new Error('no answer')
  const [part] = item.content
  expect(part?.text.endsWith(quote)).toBe(true)
  expect(part?.annotations).toEqual([
    {
      type: 'annotation',
      source: { type: 'file', filename: 'guide.md', title: 'Guide › Backups' },
      index: part?.text.length,
    },
  ])
  expect(run.context.thread.title).toBe('How do I make a backup?')
  run.history.push(item)
  const second = await answer(agent, run, userMessage('Tell me more about it'))
  expect(second.items).toMatchObject([{ content: [{ text: quote }] }])
})
