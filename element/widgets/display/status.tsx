import type { VNode } from 'preact'
import type { WidgetNode } from '../../../server/contracts/chatkit/wire.ts'
import { View as NamedIcon } from '../../icons/icon-view.tsx'
import { readFlag, readObject, readText } from '../read.ts'
import type { WidgetParts } from '../widget-parts.ts'

/** More is no status; the limits of a widget count only what its components say themselves. */
const textLengthMax = 500

/** The line above a card or a list that says how it stands. */
export function Status({ node, parts }: { node: WidgetNode; parts: WidgetParts }): VNode | null {
  const status = readObject(node['status'])
  const text = readText(status?.['text'])
  if (status === undefined || text === undefined || text === '') return null
  const favicon = parts.host.image(status['favicon'])
  const icon = readText(status['icon'])
  return (
    <p className="widget-status">
      {favicon === undefined ? null : (
        <img
          className={readFlag(status['frame']) ? 'favicon framed' : 'favicon'}
          src={favicon}
          alt=""
          referrerpolicy="no-referrer"
        />
      )}
      {favicon === undefined && icon !== undefined ? <NamedIcon name={icon} /> : null}
      <span dir="auto">{text.slice(0, textLengthMax)}</span>
    </p>
  )
}
