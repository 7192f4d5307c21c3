import type { ComponentChildren, VNode } from 'preact'
import { useContext } from 'preact/hooks'
import { NamedIcon } from '../icons/named-icon.tsx'
import type { Entity } from '../options.ts'
import { TextHostContext } from '../view/text-host.ts'
import type { Actions } from '../view/view-parts.ts'
import { askPreview, leavePreview } from './previews.ts'

export interface EntityMarkProps {
  entity: Entity
  /** Names this mark among all of the element. */
  place: string
  className: string
  /** What it is called, if it is not what it shows. */
  label?: string
  actions: Actions
  children: ComponentChildren
}

/** What stands for an entity: a button where the page does something with it, otherwise only its name. */
export function EntityMark({ entity, place, className, label, actions, children }: EntityMarkProps): VNode {
  const entities = useContext(TextHostContext)?.entities()
  const content = (
    <>
      {entity.icon === undefined ? null : <NamedIcon name={entity.icon} />}
      {children}
    </>
  )
  const isInteractive = entity.interactive === true && (entities?.onClick ?? entities?.onRequestPreview)
  if (!entities || !isInteractive) {
    return (
      <span
        className={className}
        title={label}
        role={label === undefined ? undefined : 'img'}
        aria-label={label}
      >
        {content}
      </span>
    )
  }
  const ask = (): void => askPreview(actions, { place, entity, entities })
  const leave = (): void => leavePreview(actions)
  return (
    <button
      type="button"
      className={`${className} entity`}
      aria-label={label}
      data-place={place}
      onClick={() => entities.onClick?.(entity)}
      onPointerEnter={ask}
      onPointerLeave={leave}
      onFocus={ask}
      onBlur={leave}
    >
      {content}
    </button>
  )
}
