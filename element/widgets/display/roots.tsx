/** What a widget can begin with. */
import type { VNode } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { frameStyle, layoutStyle } from '../checks/styles.ts'
import { CardForm, isFolded } from '../controls/card-form.tsx'
import { ListItemAction, useRowScope } from '../controls/list-item-action.tsx'
import { Children, NodeView, nameNodes } from '../node-view.tsx'
import { readCount, readNodes, readWord } from '../read.ts'
import type { ComponentProps } from '../widget-parts.ts'
import { flushStyle } from './flush.ts'
import { Status } from './status.tsx'

const cardSizes = ['sm', 'md', 'lg', 'full'] as const
const themes = ['light', 'dark'] as const

export function Card(props: ComponentProps): VNode {
  const { node, path, parts } = props
  const size = readWord(node['size'], cardSizes) ?? 'md'
  const style = frameStyle(node)
  return (
    <div className={`card-place card-${size}`} data-theme={readWord(node['theme'], themes)}>
      <Status node={node} parts={parts} />
      <div
        className={
          style['background'] !== undefined && node['border'] === undefined ? 'card painted' : 'card'
        }
        style={{ ...style, ...flushStyle(style) }}
      >
        <CardForm
          {...props}
          body={(scope) =>
            isFolded(props) ? (
              <button type="button" className="soft" onClick={() => parts.host.unfold(path)}>
                {parts.words.more}
              </button>
            ) : (
              <div className="card-body">
                <Children node={node} path={path} scope={scope} parts={parts} />
              </div>
            )
          }
        />
      </div>
    </div>
  )
}

const itemsMax = 1000
/** How many items `limit: "auto"` shows. */
const itemsShown = 6

export function ListView({ node, path, scope, parts }: ComponentProps): VNode {
  const list = useRef<HTMLUListElement>(null)
  const asked = useRef(false)
  const items = nameNodes(readNodes(node['children']))
  const limit = readWord(node['limit'], ['auto']) ? itemsShown : readCount(node['limit'], itemsMax)
  const unfolded = parts.itemId === null || parts.state.unfolded.includes(path)
  const shown = limit === undefined || unfolded ? items : items.slice(0, limit)
  const rest = items.length - shown.length
  useLayoutEffect(() => {
    if (!asked.current || limit === undefined) return
    asked.current = false
    // The button that was pressed is gone: who pressed it goes on where the new items begin.
    const first = list.current?.children[limit]
    if (first instanceof HTMLElement) first.focus()
  }, [unfolded])
  return (
    <div className="list-place" data-theme={readWord(node['theme'], themes)}>
      <Status node={node} parts={parts} />
      <div className="list-view">
        <ul ref={list}>
          {shown.map(([name, item]) => (
            <li key={name} tabIndex={-1}>
              <NodeView node={item} path={`${path}/${name}`} scope={scope} parts={parts} />
            </li>
          ))}
        </ul>
        {rest > 0 ? (
          <button
            type="button"
            className="show-more"
            onClick={() => {
              asked.current = true
              parts.host.unfold(path)
            }}
          >
            {parts.words.showMore(rest)}
          </button>
        ) : null}
      </div>
    </div>
  )
}

export function ListViewItem(props: ComponentProps): VNode {
  const scope = useRowScope(props)
  return (
    <ListItemAction {...props} scope={scope} style={layoutStyle(props.node)}>
      <Children {...props} scope={scope} />
    </ListItemAction>
  )
}

export function Basic(props: ComponentProps): VNode {
  const { node } = props
  const direction = readWord(node['direction'], ['row', 'col'] as const) ?? 'col'
  const { padding } = node
  const frame = frameStyle({ type: node.type, padding })
  return (
    <div
      className={`basic ${direction}`}
      data-theme={readWord(node['theme'], themes)}
      style={{ ...layoutStyle(node), ...frame, ...flushStyle(frame) }}
    >
      <Children {...props} />
    </div>
  )
}
