/// <reference types="node" />
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { StreamEvent, WidgetItem, WidgetNode, WireItem } from '../../server/contracts/chatkit/wire.ts'
import { updateItem, upsertItem } from './items.ts'

const steady: WidgetNode = { type: 'Row', children: [{ type: 'Text', id: 'other', value: 'Steady' }] }
const root: WidgetNode = {
  type: 'Card',
  children: [
    steady,
    { type: 'Transition', children: { type: 'Text', id: 'grows', value: 'Hel', streaming: true } },
  ],
}
const item: WidgetItem = {
  id: 'w1',
  thread_id: 'thr_1',
  created_at: '2026-01-02T03:04:05Z',
  type: 'widget',
  widget: root,
}

function updated(update: Parameters<typeof updateItem>[2]): WidgetNode {
  const [changed] = updateItem([item], 'w1', update)
  if (changed?.type !== 'widget') throw new Error('no widget any more')
  return changed.widget
}

describe('updates of a widget', () => {
  test('[WIDGET-10] a text grows by what is sent, and everything beside it stays the same', () => {
    const grown = updated({
      type: 'widget.streaming_text.value_delta',
      component_id: 'grows',
      delta: 'lo',
      done: false,
    })
    expect(grown).toEqual({
      type: 'Card',
      children: [
        steady,
        { type: 'Transition', children: { type: 'Text', id: 'grows', value: 'Hello', streaming: true } },
      ],
    })
    expect(Reflect.get(grown, 'children')).toContain(steady)
  })

  test('[WIDGET-10] the last piece ends the growing', () => {
    const grown = updated({
      type: 'widget.streaming_text.value_delta',
      component_id: 'grows',
      delta: 'p',
      done: true,
    })
    expect(grown).toMatchObject({ children: [{}, { children: { value: 'Help', streaming: false } }] })
  })

  test('[WIDGET-10] a component is replaced by its id, the root like any other', () => {
    const badge = { type: 'Badge', id: 'other', label: 'New' }
    expect(
      updated({ type: 'widget.component.updated', component_id: 'other', component: badge }),
    ).toMatchObject({
      children: [{ type: 'Row', children: [badge] }, {}],
    })
    const [changed] = updateItem([{ ...item, widget: { ...root, id: 'card' } }], 'w1', {
      type: 'widget.component.updated',
      component_id: 'card',
      component: { type: 'Card', id: 'card', children: [] },
    })
    expect(changed).toMatchObject({ widget: { children: [] } })
  })

  test('[WIDGET-10] what names no component changes nothing', () => {
    const items = [item]
    const update = {
      type: 'widget.streaming_text.value_delta',
      component_id: 'none',
      delta: 'x',
      done: false,
    } as const
    expect(updateItem(items, 'w1', update)).toBe(items)
  })

  test.each(['widget-stream-text', 'widget-stream-replace'])(
    '[WIDGET-10] what the reference server streams is, updated, what it sends at the end: %s',
    async (name) => {
      const path = join(import.meta.dirname, '../../conformance/chatkit', `${name}.json`)
      const { steps } = JSON.parse(await readFile(path, 'utf8')) as {
        steps: { response: { events?: StreamEvent[] } }[]
      }
      let items: readonly WireItem[] = []
      for (const event of steps.flatMap(({ response }) => response.events ?? [])) {
        if (event.type === 'thread.item.added') items = upsertItem(items, event.item)
        if (event.type === 'thread.item.updated') items = updateItem(items, event.item_id, event.update)
        if (event.type === 'thread.item.done' && event.item.type === 'widget') {
          expect(items).toEqual([event.item])
          return
        }
      }
      throw new Error('no widget was done')
    },
  )
})
