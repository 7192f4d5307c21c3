import type { ComponentChildren, VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

export interface ModalProps {
  open: boolean
  label: string
  className: string
  /** `alertdialog` for a question that must be answered. */
  role?: 'dialog' | 'alertdialog'
  onClose: () => void
  children: ComponentChildren
}

/** A native dialog: the browser keeps the focus in it, gives it back afterwards, and closes it on Escape. */
export function Modal({ open, label, className, role = 'dialog', onClose, children }: ModalProps): VNode {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const element = dialog.current
    if (!element || element.open === open) return
    if (open) element.showModal()
    else element.close()
  }, [open])
  return (
    <dialog
      ref={dialog}
      className={className}
      part={className}
      aria-label={label}
      role={role}
      onClose={onClose}
      onClick={(event) => {
        // The dialog itself is hit only beside its content: on the backdrop.
        if (event.target === dialog.current) onClose()
      }}
    >
      {open ? children : null}
    </dialog>
  )
}
