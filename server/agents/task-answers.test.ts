import { expect, test } from 'vitest'
import type { Model, ModelEvent, ModelMessage } from '../conversation/model.ts'
import { createTaskAnswers } from './task-answers.ts'

const otherwise: Model = {
  name: 'otherwise',
  async *stream() {
    yield { type: 'text-delta', text: await Promise.resolve('otherwise') }
    yield { type: 'end', reason: 'stop' }
  },
}

async function calls(text: string): Promise<unknown> {
  const messages: ModelMessage[] = [{ role: 'user', content: [{ type: 'text', text }] }]
  const events: ModelEvent[] = []
  const model = createTaskAnswers({ otherwise, wordSeconds: 0 })
  for await (const event of model.stream({ messages, tools: [] }, new AbortController().signal))
    events.push(event)
  const [first] = events
  return first?.type === 'tool-call'
    ? [first.call.name, JSON.parse(first.call.arguments)]
    : first?.type === 'text-delta' && first.text
}

test('[TODO-2] the phrases that are understood where no model is configured', async () => {
  for (const text of [
    'Show me my tasks',
    'list tasks',
    'What are my tasks?',
    'what’s on my list?',
    'tasks',
    'My to-dos',
  ])
    expect(await calls(text), text).toEqual(['list_tasks', {}])
  for (const [text, title] of [
    ['Add buy milk', 'buy milk'],
    ['add a task: buy milk', 'buy milk'],
    ['Add "buy milk" to my list.', 'buy milk'],
    ['remind me to call Ann', 'call Ann'],
    ['create task call Ann', 'call Ann'],
  ] as const)
    expect(await calls(text), text).toEqual(['add_task', { title }])
  expect(await calls('complete buy milk')).toEqual(['complete_task', { task: 'buy milk' }])
  expect(await calls('mark "buy milk" as completed')).toEqual(['complete_task', { task: 'buy milk' }])
  expect(await calls('rename buy milk to buy bread')).toEqual([
    'rename_task',
    { task: 'buy milk', title: 'buy bread' },
  ])
  expect(await calls('remove the task buy milk')).toEqual(['delete_task', { task: 'buy milk' }])
  for (const text of [
    'Hello',
    'What is a task?',
    '',
    'add',
    '<context kind="x">\nadd this\n</context>',
    'add '.repeat(200),
  ])
    expect(await calls(text), text).toBe('otherwise')
})
