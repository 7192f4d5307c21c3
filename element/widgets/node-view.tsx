import { Fragment } from 'preact'
import type { ComponentChildren, VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import type { WidgetNode } from '../../server/contracts/chatkit/wire.ts'
import { readNodes } from './read.ts'
import type { ComponentProps, FieldScope, WidgetParts } from './widget-parts.ts'

/** Under which name the component is kept that draws what no other does. */
export const unknownType = '?'

/** One node. It is drawn again only when something about it, or about the widget as a whole, has changed. */
export function NodeView({ node, path, scope, parts }: ComponentProps): VNode {
  const element: ComponentChildren = useMemo(() => {
    const Component = parts.components.get(node.type) ?? parts.components.get(unknownType) ?? Children
    return <Component node={node} path={path} scope={scope} parts={parts} />
  }, [node, path, scope, parts])
  return <>{element}</>
}

/** The children of a node, whatever the node is. */
export function Children({ node, path, scope, parts }: ComponentProps): VNode {
  return <>{drawNodes(readNodes(node['children']), { path, scope, parts })}</>
}

export interface Surroundings {
  /** Of the node that they are the children of. */
  path: string
  scope: FieldScope | null
  parts: WidgetParts
}

/** Nodes in a row. They keep their elements while the widget changes if they have a key or an id, or keep their place. */
function drawNodes(nodes: readonly WidgetNode[], { path, scope, parts }: Surroundings): VNode[] {
  return nameNodes(nodes).map(([name, node]) => (
    <Fragment key={name}>
      <NodeView node={node} path={`${path}/${name}`} scope={scope} parts={parts} />
    </Fragment>
  ))
}

/** Each node with a name that no other of them has. */
export function nameNodes(nodes: readonly WidgetNode[]): [name: string, node: WidgetNode][] {
  const taken = new Set<string>()
  return nodes.map((node, place) => {
    const own = nodeName(node)
    const name = own === undefined || taken.has(own) ? String(place) : own
    taken.add(name)
    return [name, node]
  })
}

/** Names begin with a letter, so that none looks like a place. */
function nodeName({ key, id, type }: WidgetNode): string | undefined {
  if (typeof key === 'string' && key !== '') return `${type}:${key}`
  return typeof id === 'string' && id !== '' ? `${type}:${id}` : undefined
}
