/** What gives things their places. */
import type { VNode } from 'preact'
import { useRef } from 'preact/hooks'
import { readLength, readSpace } from '../checks/sizes.ts'
import { boxStyle, lineColour } from '../checks/styles.ts'
import type { Style } from '../checks/styles.ts'
import { Children, nameNodes } from '../node-view.tsx'
import { readFlag, readNodes, readWord } from '../read.ts'
import type { ComponentProps } from '../widget-parts.ts'
import { flushStyle } from './flush.ts'

export function Box(props: ComponentProps): VNode {
  const direction = readWord(props.node['direction'], ['row', 'col'] as const) ?? 'col'
  return <Container {...props} name={`box ${direction}`} />
}

export function Row(props: ComponentProps): VNode {
  return <Container {...props} name="row row-gap" />
}

export function Col(props: ComponentProps): VNode {
  return <Container {...props} name="col col-gap" />
}

function Container({ name, ...props }: ComponentProps & { name: string }): VNode {
  return (
    <div className={name} style={containerStyle(props)}>
      <Children {...props} />
    </div>
  )
}

/** What a container's own element gets, also that of a form. */
export function containerStyle({ node }: Pick<ComponentProps, 'node'>): Style {
  const style = boxStyle(node)
  // What has a size of its own keeps it beside others that have none.
  const rigid = style['flex'] === undefined && typeof (node['width'] ?? node['size']) === 'number'
  return { ...(rigid ? { flexShrink: '0' } : {}), ...style, ...flushStyle(style) }
}

export function Spacer({ node }: ComponentProps): VNode {
  const least = readLength(node['minSize'])
  return <div className="spacer" style={least === undefined ? {} : { flexBasis: least }} aria-hidden="true" />
}

export function Divider({ node }: ComponentProps): VNode {
  const colour = lineColour(node['color'])
  const thickness = readLength(node['size'])
  const spacing = readSpace(node['spacing'])
  const style: Style = {}
  if (colour !== undefined) style['borderColor'] = colour
  if (thickness !== undefined) style['--thickness'] = thickness
  if (spacing !== undefined) style['--spacing'] = spacing
  return <hr className={readFlag(node['flush']) ? 'divider flush' : 'divider'} style={style} />
}

/** Its child comes in softly when it takes the place of another. */
export function Transition(props: ComponentProps): VNode {
  const name = nameNodes(readNodes(props.node['children']))
    .map(([own, { type }]) => `${type} ${own}`)
    .join(' ')
  const first = useRef(name)
  return (
    <div key={name} className={name === first.current ? 'transition' : 'transition entering'}>
      <Children {...props} />
    </div>
  )
}
