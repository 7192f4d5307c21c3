import type { ComponentChildren, VNode } from 'preact'
import type { ComponentProps } from '../widget-parts.ts'

export interface ListItemActionProps extends ComponentProps {
  /** The style of the row's layout, checked. */
  style: Record<string, string>
  children: ComponentChildren
}

/** The inside of a `ListViewItem`: a button over all of it where it has an `onClickAction`. */
export function ListItemAction({ style, children }: ListItemActionProps): VNode {
  return (
    <div className="list-item" style={style}>
      {children}
    </div>
  )
}
