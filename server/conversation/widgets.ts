/** Widgets as the reference server sends them, and the small updates between two states of one. */
import { isDeepStrictEqual } from 'node:util'
import type { ItemUpdate } from './events.ts'
import type { WidgetNode } from './items.ts'

const actionDefaults = { handler: 'server', loadingBehavior: 'auto', streaming: true }
const actionKeys = new Set(['onClickAction', 'onSubmitAction', 'onChangeAction', 'action'])

/**
 * Drops nulls at every depth, action payloads included (a null `children` stays), and fills in an action's defaults:
 * so does openai-chatkit's own serialisation of its widget classes.
 */
export function completeWidget(widget: WidgetNode): WidgetNode {
  return completeObject(widget) as WidgetNode
}

function completeObject(object: object): Record<string, unknown> {
  const completed: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(object)) {
    if ((value === null || value === undefined) && key !== 'children') continue
    completed[key] = isAction(key, value)
      ? { ...completeObject(value), ...missingDefaults(value) }
      : complete(value)
  }
  return completed
}

function complete(value: unknown): unknown {
  if (Array.isArray(value))
    return value.filter((entry) => entry !== null && entry !== undefined).map(complete)
  return typeof value === 'object' && value !== null ? completeObject(value) : value
}

function isAction(key: string, value: unknown): value is { type: string } {
  return actionKeys.has(key) && typeof value === 'object' && value !== null && 'type' in value
}

function missingDefaults(action: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(actionDefaults).filter(([key]) => !hasValue(action, key)))
}

function hasValue(object: object, key: string): boolean {
  const value: unknown = Reflect.get(object, key)
  return value !== null && value !== undefined
}

/**
 * What leads from one state to the next: text that grows in a `Text` or `Markdown` with an id becomes value deltas,
 * any other change replaces the root. (The reference loses growth without an id and inside a lone child; we replace.)
 */
export function widgetUpdates(before: WidgetNode, after: WidgetNode): ItemUpdate[] {
  const deltas: ItemUpdate[] = []
  if (isDeepStrictEqual(before, after)) return []
  return collectDeltas(before, after, deltas)
    ? deltas
    : [{ type: 'widget.root.updated', widget: completeWidget(after) }]
}

/** Whether text growth alone leads from one node to the other; collects it on the way. */
function collectDeltas(before: unknown, after: unknown, deltas: ItemUpdate[]): boolean {
  if (isDeepStrictEqual(before, after)) return true
  if (Array.isArray(before) && Array.isArray(after)) {
    return (
      before.length === after.length &&
      before.every((entry, index) => collectDeltas(entry, after[index], deltas))
    )
  }
  if (!isNode(before) || !isNode(after) || before.type !== after.type || before.id !== after.id) return false
  const keys = new Set([...Object.keys(before), ...Object.keys(after)])
  for (const key of keys) {
    if (isDeepStrictEqual(before[key], after[key])) continue
    if (
      key === 'children'
        ? !collectDeltas(before[key], after[key], deltas)
        : !collectGrowth(before, after, key, deltas)
    ) {
      return false
    }
  }
  return true
}

function collectGrowth(before: WidgetNode, after: WidgetNode, key: string, deltas: ItemUpdate[]): boolean {
  const growing =
    (after.type === 'Text' || after.type === 'Markdown') && key === 'value' && after.id !== undefined
  const [old, grown] = [before[key], after[key]]
  if (!growing || typeof old !== 'string' || typeof grown !== 'string' || !grown.startsWith(old)) return false
  deltas.push({
    type: 'widget.streaming_text.value_delta',
    component_id: after.id ?? '',
    delta: grown.slice(old.length),
    done: after['streaming'] !== true,
  })
  return true
}

function isNode(value: unknown): value is WidgetNode {
  return typeof value === 'object' && value !== null && 'type' in value
}

/** A copy with every component of that id replaced. */
export function replaceComponent(widget: WidgetNode, id: string, component: WidgetNode): WidgetNode {
  return changeComponent(widget, id, () => component)
}

/** A copy in which the component's text has grown. */
export function growComponent(widget: WidgetNode, id: string, delta: string, done: boolean): WidgetNode {
  return changeComponent(widget, id, (node) => ({
    ...node,
    value: (typeof node['value'] === 'string' ? node['value'] : '') + delta,
    ...(done && 'streaming' in node ? { streaming: false } : {}),
  }))
}

function changeComponent(node: WidgetNode, id: string, change: (node: WidgetNode) => WidgetNode): WidgetNode {
  if (node.id === id) return change(node)
  const children: unknown = node['children']
  if (Array.isArray(children)) {
    return {
      ...node,
      children: children.map((child) => (isNode(child) ? changeComponent(child, id, change) : child)),
    }
  }
  return isNode(children) ? { ...node, children: changeComponent(children, id, change) } : node
}
