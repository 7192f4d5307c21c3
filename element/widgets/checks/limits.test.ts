import { describe, expect, test } from 'vitest'
import type { WidgetNode } from '../../../server/contracts/chatkit/wire.ts'
import { sampleWidgets } from '../../testing/sample-widgets.ts'
import { depthMax, nodesMax, textLengthMax, withinLimits } from './limits.ts'

const isNode = (value: unknown): value is WidgetNode =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
const childrenOf = ({ children }: WidgetNode): WidgetNode[] =>
  (Array.isArray(children) ? children : [children]).filter(isNode)

function countNodes(node: WidgetNode): number {
  return childrenOf(node).reduce((count, child) => count + countNodes(child), 1)
}

function depthOf(node: WidgetNode): number {
  return 1 + Math.max(0, ...childrenOf(node).map(depthOf))
}

function nested(levels: number): WidgetNode {
  let node: WidgetNode = { type: 'Text', value: 'deep' }
  for (let level = 1; level < levels; level += 1) node = { type: 'Box', children: [node] }
  return node
}

describe('limits of a widget', () => {
  test.each(sampleWidgets)('[WIDGET-13] a widget within them is drawn as it is: $type $size', (widget) => {
    const bounded = withinLimits(widget)
    expect(bounded).toEqual({ root: widget, cut: false })
    expect(bounded.root).toBe(widget)
  })

  test('[WIDGET-13] what lies too deep is left out', () => {
    const { root, cut } = withinLimits(nested(depthMax + 1))
    expect(cut).toBe(true)
    expect(depthOf(root)).toBe(depthMax)
    expect(withinLimits(nested(depthMax)).cut).toBe(false)
  })

  test('[WIDGET-13] a hundred thousand levels are no trouble', () => {
    expect(depthOf(withinLimits(nested(100_000)).root)).toBe(depthMax)
  })

  test('[WIDGET-13] of too many components the first are drawn', () => {
    const row = { type: 'Row', children: Array.from({ length: 99 }, () => ({ type: 'Badge', label: 'x' })) }
    const { root, cut } = withinLimits({ type: 'Card', children: Array.from({ length: 1000 }, () => row) })
    expect(cut).toBe(true)
    expect(countNodes(root)).toBe(nodesMax)
    expect(Reflect.get(root, 'children')).toContain(row)
  })

  test('[WIDGET-13] text is cut where there is too much of it', () => {
    const { root, cut } = withinLimits({
      type: 'Card',
      children: [
        { type: 'Text', value: 'a'.repeat(textLengthMax) },
        { type: 'Text', value: 'b'.repeat(10) },
      ],
    })
    expect(cut).toBe(true)
    expect(root).toMatchObject({ children: [{}, { value: '' }] })
  })

  test('[WIDGET-14] children that are no components are none', () => {
    const children = [null, 'text', 7, { type: 'Text', value: 'x' }, { value: 'no type' }, []]
    expect(withinLimits({ type: 'Card', children })).toEqual({
      root: { type: 'Card', children: [{ type: 'Text', value: 'x' }] },
      cut: false,
    })
    expect(withinLimits({ type: 'Card', children: null })).toEqual({
      root: { type: 'Card', children: null },
      cut: false,
    })
  })
})
