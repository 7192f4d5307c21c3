import type { ComponentChildren, VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import type { ComponentProps, FieldScope } from '../widget-parts.ts'
import { isActing } from './acting.ts'
import { readAction } from './action-config.ts'
import { isBlocked } from './button.tsx'
import { fieldId } from './field.ts'

export interface ListItemActionProps extends ComponentProps {
  /** The style of the row's layout, checked. */
  style: Record<string, string>
  children: ComponentChildren
}

/**
 * The inside of a `ListViewItem`: a button over all of it where it has an `onClickAction`. The button is called what the row says;
 * what can be used within the row lies above the button.
 */
export function ListItemAction({ node, path, scope, parts, style, children }: ListItemActionProps): VNode {
  const action: unknown = node['onClickAction']
  if (readAction(action) === null) {
    return (
      <div className="list-item" style={style}>
        {children}
      </div>
    )
  }
  const isBusy = isActing(parts, path)
  const isOff = isBusy || isBlocked(parts, action)
  const id = fieldId(parts, `${path}/row`)
  return (
    <div className="list-item usable" style={style} aria-busy={isBusy || undefined}>
      <button
        type="button"
        className="row-action"
        aria-labelledby={id}
        aria-disabled={isOff || undefined}
        onClick={() => {
          if (!isOff) parts.host.act(action, { node, path, scope, kind: 'click' })
        }}
      />
      <div id={id} className="row-content">
        {children}
      </div>
      {isBusy ? <span className="spinner" /> : null}
    </div>
  )
}

/** Rows have fields of the same names; in a form, their values are the form's. */
export function useRowScope({ node, path, scope }: ComponentProps): FieldScope {
  const own = useMemo(() => ({ path, node, isForm: false }), [path, node])
  return scope?.isForm ? scope : own
}
