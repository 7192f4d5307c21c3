import type { RefObject } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

/**
 * Keeps the keyboard in a widget that changes below it: who used something in it that is gone, or that cannot be used while the
 * widget waits for an action, goes on there.
 */
export function useKeptFocus(place: RefObject<HTMLElement | null>, isWaiting: boolean): void {
  const focused = useRef<HTMLElement | null>(null)
  useLayoutEffect(() => {
    const element = place.current
    if (!element) return
    const enter = ({ target }: FocusEvent): void => {
      focused.current = target instanceof HTMLElement ? target : null
    }
    // An element that is removed may lose the keyboard, too: it is then no longer there in a moment.
    const leave = ({ target }: FocusEvent): void =>
      queueMicrotask(() => {
        const isThere = target instanceof HTMLElement && target.isConnected && !element.inert
        if (isThere && focused.current === target) focused.current = null
      })
    element.addEventListener('focusin', enter)
    element.addEventListener('focusout', leave)
    return () => {
      element.removeEventListener('focusin', enter)
      element.removeEventListener('focusout', leave)
    }
  }, [])
  useLayoutEffect(() => {
    const element = place.current
    if (!element) return
    element.inert = isWaiting
    const last = focused.current
    if (isWaiting || last === null || last === element) return
    const root = element.getRootNode()
    if (!(root instanceof ShadowRoot) || (root.activeElement !== null && root.activeElement !== last)) return
    // Whoever went to the page around the chat meanwhile stays there.
    const isElsewhere = document.activeElement !== null && document.activeElement !== document.body
    if (isElsewhere && document.activeElement !== root.host) return
    if (!last.isConnected) element.focus({ preventScroll: true })
    else if (root.activeElement === null) last.focus({ preventScroll: true })
  })
}
