import type { WidgetNode } from '../../server/contracts/chatkit/wire.ts'

/** No component that lies deeper is looked for. */
const depthMax = 100

/** Adds to a text that grows. `done`: nothing will be added any more. The same root when there is no such component. */
export function growText(root: WidgetNode, componentId: string, delta: string, done: boolean): WidgetNode {
  return changeComponent(root, componentId, (node) => ({
    ...node,
    value: (typeof node['value'] === 'string' ? node['value'] : '') + delta,
    ...(done ? { streaming: false } : {}),
  }))
}

/** Puts a component in the place of the one with its id. The same root when there is none. */
export function replaceComponent(root: WidgetNode, componentId: string, component: WidgetNode): WidgetNode {
  return changeComponent(root, componentId, () => component)
}

/** Changes the first component with an id. What lies beside the way to it stays the same objects. */
function changeComponent(
  root: WidgetNode,
  componentId: string,
  change: (node: WidgetNode) => WidgetNode,
): WidgetNode {
  return changeIn(root, depthMax, (node) => (node.id === componentId ? change(node) : undefined)) ?? root
}

/** The changed node, or undefined when nothing in it is to be changed. */
function changeIn(
  node: WidgetNode,
  depth: number,
  change: (node: WidgetNode) => WidgetNode | undefined,
): WidgetNode | undefined {
  const own = change(node)
  if (own !== undefined || depth === 0) return own
  const { children } = node
  if (isNode(children)) {
    const child = changeIn(children, depth - 1, change)
    return child === undefined ? undefined : { ...node, children: child }
  }
  if (!Array.isArray(children)) return undefined
  for (const [place, each] of children.entries()) {
    const child = isNode(each) ? changeIn(each, depth - 1, change) : undefined
    if (child !== undefined) return { ...node, children: children.with(place, child) }
  }
  return undefined
}

function isNode(value: unknown): value is WidgetNode {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'type') === 'string'
}
