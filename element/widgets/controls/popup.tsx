import type { ComponentChildren, TargetedEvent, VNode } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { placeBeside } from './place-beside.ts'
import type { Placing } from './place-beside.ts'

export interface PopupViewProps {
  /** The id of what it belongs to. */
  anchor: string
  label: string
  className: string
  placing?: Placing
  /** It is closed, and the keyboard is where it was before. */
  onClosed: () => void
  children: (close: () => void) => ComponentChildren
}

/**
 * Something over the widget, beside what it belongs to: a native modal dialog, so the browser keeps the keyboard in it, gives it
 * back, and closes it on Escape.
 */
export function PopupView({ anchor, label, className, placing, onClosed, children }: PopupViewProps): VNode {
  const dialog = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => {
    const element = dialog.current
    const root = element?.getRootNode()
    if (!element || !(root instanceof ShadowRoot)) return
    const place = (): void => {
      const beside = root.getElementById(anchor)
      if (beside !== null) placeBeside(element, beside, placing)
    }
    element.showModal()
    place()
    element.querySelector<HTMLElement>('[data-first]')?.focus()
    window.addEventListener('resize', place)
    window.addEventListener('scroll', place, { capture: true, passive: true })
    return () => {
      window.removeEventListener('resize', place)
      window.removeEventListener('scroll', place, { capture: true })
    }
  }, [])
  const close = (): void => dialog.current?.close()
  return (
    <dialog
      ref={dialog}
      className={`popup ${className}`}
      aria-label={label}
      onClose={onClosed}
      onClick={(event: TargetedEvent<HTMLDialogElement>) => {
        // The dialog itself is hit only beside its content: on what lies around it.
        if (event.target === dialog.current) close()
      }}
    >
      {children(close)}
    </dialog>
  )
}
