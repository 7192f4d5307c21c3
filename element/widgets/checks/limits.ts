/**
 * How much of a widget is drawn. A widget within the limits is drawn as it is, the same objects; of one beyond them only the
 * part within. Nothing here recurses deeper than `depthMax`, whatever arrives.
 */
import type { WidgetNode } from '../../../server/contracts/chatkit/wire.ts'
import { isNode } from '../read.ts'

export const depthMax = 40
export const nodesMax = 2000
/** All texts of a widget together, in UTF-16 units; also those that nobody reads. */
export const textLengthMax = 400_000
/** A picture may lie in an address. */
const addressLengthMax = 2_000_000

interface Budget {
  nodes: number
  text: number
  /** Whether something was left out. */
  exceeded: boolean
}

export interface Bounded {
  root: WidgetNode
  /** Whether the widget went on beyond the limits. */
  cut: boolean
}

const unbounded = Symbol('nothing of this fits')

export function withinLimits(root: WidgetNode): Bounded {
  const budget: Budget = { nodes: nodesMax, text: textLengthMax, exceeded: false }
  const bounded = boundNode(root, depthMax, budget)
  return { root: bounded === unbounded ? { type: 'Basic' } : bounded, cut: budget.exceeded }
}

function boundNode(node: WidgetNode, depth: number, budget: Budget): WidgetNode | typeof unbounded {
  if (budget.nodes === 0 || depth === 0) {
    budget.exceeded = true
    return unbounded
  }
  budget.nodes -= 1
  let changed: Record<string, unknown> | undefined
  for (const [name, value] of Object.entries(node)) {
    const bounded = boundValue(name, value, depth, budget)
    if (bounded !== value) changed = { ...(changed ?? node), [name]: bounded }
  }
  return changed === undefined ? node : { ...changed, type: node.type }
}

function boundValue(name: string, value: unknown, depth: number, budget: Budget): unknown {
  if (typeof value === 'string') return boundText(name, value, budget)
  if (name !== 'children') return value
  if (isNode(value)) {
    const child = boundNode(value, depth - 1, budget)
    return child === unbounded ? undefined : child
  }
  return Array.isArray(value) ? boundChildren(value, depth, budget) : value
}

function boundChildren(children: readonly unknown[], depth: number, budget: Budget): readonly unknown[] {
  const bounded: unknown[] = []
  for (const child of children) {
    if (!isNode(child)) continue
    const fits = boundNode(child, depth - 1, budget)
    if (fits === unbounded) break
    bounded.push(fits)
  }
  const same =
    bounded.length === children.length && bounded.every((child, place) => child === children[place])
  return same ? children : bounded
}

function boundText(name: string, text: string, budget: Budget): string {
  if (name === 'src' && text.startsWith('data:')) return text.length <= addressLengthMax ? text : ''
  if (text.length <= budget.text) {
    budget.text -= text.length
    return text
  }
  const fitting = text.slice(0, budget.text)
  budget.text = 0
  budget.exceeded = true
  return fitting
}
