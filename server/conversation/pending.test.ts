import { describe, expect, it } from 'vitest'
import { createTextDelta } from './events.ts'
import type { RunEvent } from './events.ts'
import type { Annotation, AssistantMessageItem, Item } from './items.ts'
import { createPendingItems } from './pending.ts'

const base = { thread_id: 'thr', created_at: '2026-01-01T00:00:00Z' }
const message = (text: string, annotations: Annotation[] = []): AssistantMessageItem => ({
  ...base,
  id: 'a',
  type: 'assistant_message',
  content: [{ type: 'output_text', text, annotations }],
})
const citation: Annotation = {
  type: 'annotation',
  source: { type: 'file', title: 'Book', filename: 'book.md' },
  index: 2,
}

function pendingAfter(...events: RunEvent[]): ReturnType<typeof createPendingItems> {
  const pending = createPendingItems()
  for (const event of events) pending.apply(event)
  return pending
}

describe('pending items', () => {
  it('[ITEM-1] keeps the text that had arrived when a run breaks off, and marks it', () => {
    const pending = pendingAfter(
      { type: 'item-added', item: message('') },
      createTextDelta('a', 'Hel'),
      createTextDelta('a', 'lo'),
    )
    expect(pending.breakOff('interrupted')).toEqual({
      kept: [{ ...message('Hello'), incomplete: 'interrupted' }],
      droppedIds: [],
    })
  })

  it('[ITEM-1] drops what is still empty', () => {
    const pending = pendingAfter({ type: 'item-added', item: message(' ') })
    expect(pending.breakOff('cancelled')).toEqual({ kept: [], droppedIds: ['a'] })
  })

  it('[ITEM-1] keeps the tasks of a workflow, none of them still loading', () => {
    const workflow: Item = {
      ...base,
      id: 'w',
      type: 'workflow',
      workflow: { type: 'reasoning', tasks: [], expanded: true },
    }
    const pending = pendingAfter(
      { type: 'item-added', item: workflow },
      {
        type: 'item-updated',
        item_id: 'w',
        update: {
          type: 'workflow.task.added',
          task_index: 0,
          task: { type: 'thought', content: 'Hm', status_indicator: 'loading' },
        },
      },
    )
    const [kept] = pending.breakOff('failed').kept
    expect(kept).toMatchObject({
      workflow: { tasks: [{ content: 'Hm', status_indicator: 'none' }], expanded: false },
    })
  })

  it('[ITEM-2] forgets an item that is done, replaced or removed', () => {
    const added: RunEvent = { type: 'item-added', item: message('x') }
    const ends: RunEvent[] = [
      { type: 'item-done', item: message('x') },
      { type: 'item-replaced', item: message('x') },
      { type: 'item-removed', item_id: 'a' },
    ]
    for (const end of ends) expect(pendingAfter(added, end).breakOff('failed').kept).toEqual([])
  })

  it('[ITEM-3] keeps annotations that the end of a part or of the item does not repeat', () => {
    const annotated: RunEvent = {
      type: 'item-updated',
      item_id: 'a',
      update: {
        type: 'assistant_message.content_part.annotation_added',
        content_index: 0,
        annotation_index: 0,
        annotation: citation,
      },
    }
    const partDone: RunEvent = {
      type: 'item-updated',
      item_id: 'a',
      update: {
        type: 'assistant_message.content_part.done',
        content_index: 0,
        content: { type: 'output_text', text: 'Hello', annotations: [] },
      },
    }
    const pending = pendingAfter({ type: 'item-added', item: message('Hello') }, annotated, partDone)
    expect(pending.complete(message('Hello'))).toEqual(message('Hello', [citation]))
  })

  it('[ITEM-4] does not let an absurd index fill memory', () => {
    const pending = pendingAfter(
      { type: 'item-added', item: message('x') },
      createTextDelta('a', 'y', 2 ** 31),
    )
    expect(pending.breakOff('failed').kept).toEqual([{ ...message('x'), incomplete: 'failed' }])
  })

  it('[ITEM-2] is not changed by what the agent does to its own objects later', () => {
    const own = message('x')
    const pending = pendingAfter({ type: 'item-added', item: own })
    const [part] = own.content
    if (part !== undefined) part.text = 'changed'
    expect(pending.breakOff('failed').kept).toEqual([{ ...message('x'), incomplete: 'failed' }])
  })
})
