import type { VNode } from 'preact'
import type { WidgetNode } from '../../../server/contracts/chatkit/wire.ts'
import { readLength, readSpacing } from '../checks/sizes.ts'
import type { Style } from '../checks/styles.ts'
import { Children, nameNodes } from '../node-view.tsx'
import { readCount, readFlag, readNodes, readWord } from '../read.ts'
import type { ComponentProps } from '../widget-parts.ts'

const spanMax = 100
const cellAlignments = ['start', 'center', 'end'] as const
const verticalAlignments = { start: 'top', center: 'middle', end: 'bottom' } as const
const columnSizes = { xs: '3rem', sm: '5rem', md: '8rem', lg: '12rem', xl: '18rem' } as const
const columnNames = Object.keys(columnSizes) as (keyof typeof columnSizes)[]

/** Wide tables scroll within themselves. Rows marked `header` at its beginning are its head. */
export function Table(props: ComponentProps): VNode {
  const { node, parts } = props
  const rows = nameNodes(readNodes(node['children']))
  const body = rows.findIndex(([, row]) => !readFlag(row['header']))
  const head = body === -1 ? rows.length : body
  const draw = ([name, row]: [string, WidgetNode]): VNode => (
    <Row key={name} {...props} node={row} path={`${props.path}/${name}`} />
  )
  return (
    <div className="grid" role="region" aria-label={parts.words.table} tabIndex={0}>
      <table>
        {head > 0 ? <thead>{rows.slice(0, head).map(draw)}</thead> : null}
        <tbody>{rows.slice(head).map(draw)}</tbody>
      </table>
    </div>
  )
}

/** A cell that is none, and whatever else stands in a table, gets a cell around it. */
function Row(props: ComponentProps): VNode {
  const { node } = props
  const cells = node.type === 'Table.Row' ? nameNodes(readNodes(node['children'])) : nameNodes([node])
  const Cell = readFlag(node['header']) ? 'th' : 'td'
  return (
    <tr>
      {cells.map(([name, cell]) => (
        <Cell
          key={name}
          scope={Cell === 'th' ? 'col' : undefined}
          colSpan={readCount(cell['colSpan'], spanMax)}
          rowSpan={readCount(cell['rowSpan'], spanMax)}
          style={cellStyle(cell)}
        >
          <div className="cell">
            <Children
              {...props}
              node={cell.type === 'Table.Cell' ? cell : { type: 'Table.Cell', children: [cell] }}
              path={`${props.path}/${name}`}
            />
          </div>
        </Cell>
      ))}
    </tr>
  )
}

function cellStyle(cell: WidgetNode): Style {
  const width = readLength(cell['width'])
  const size = readWord(cell['colSize'], columnNames)
  const align = readWord(cell['align'], cellAlignments)
  const vertical = readWord(cell['vAlign'], cellAlignments)
  const style = readSpacing('padding', cell['padding'])
  if (width !== undefined || size !== undefined) {
    style['minInlineSize'] = width ?? (size && columnSizes[size]) ?? ''
    style['inlineSize'] = style['minInlineSize']
  }
  if (align !== undefined) {
    style['textAlign'] = align
    style['--cell-align'] = align === 'center' ? 'center' : `flex-${align}`
  }
  if (vertical !== undefined) style['verticalAlign'] = verticalAlignments[vertical]
  return style
}
