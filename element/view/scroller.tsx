import type { ComponentChildren, VNode } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'

/** Nearer to the end than this counts as being there. */
const nearPixels = 64
/** What moves later than this after a person's hand was at it has moved by itself. Wheels and fingers run on for a while. */
const gestureMilliseconds = 1_500

export interface ScrollerProps {
  label: string
  /** Whether the end is to be kept in sight while the content grows. */
  atEnd: boolean
  onAtEnd: (atEnd: boolean) => void
  /** Whether growing content is followed by who is at its end. */
  follows: boolean
  /** Called when somebody scrolls up and what is loaded is nearly at its beginning. */
  onNearStart: () => void
  /** The first entry: when another one comes before it, what is being read stays where it is. */
  firstId: string | undefined
  children: ComponentChildren
}

/** Follows the conversation as long as the reader is at its end, and never moves what somebody is reading. */
export function Scroller(props: ScrollerProps): VNode {
  const { label, atEnd, onAtEnd, follows, onNearStart, firstId, children } = props
  const scroller = useRef<HTMLDivElement>(null)
  const column = useRef<HTMLDivElement>(null)
  /** What the document looked like at the last look: a measurement, not state. */
  const seen = useRef({ top: 0, height: 0, firstId, atEnd, follows })
  const gestureAt = useRef(Number.NEGATIVE_INFINITY)
  const onGesture = (): void => void (gestureAt.current = performance.now())
  seen.current.atEnd = atEnd
  seen.current.follows = follows

  useEffect(() => {
    const element = scroller.current
    if (!element || !column.current) return undefined
    const observer = new ResizeObserver(() => {
      if (seen.current.atEnd && seen.current.follows) element.scrollTop = element.scrollHeight
      else if (seen.current.atEnd && !isNearEnd(element)) onAtEnd(false)
      seen.current.height = element.scrollHeight
    })
    observer.observe(element)
    observer.observe(column.current)
    return () => observer.disconnect()
  }, [])

  useEffect(() => {
    const element = scroller.current
    if (atEnd && element) element.scrollTop = element.scrollHeight
  }, [atEnd])

  useLayoutEffect(() => {
    const element = scroller.current
    if (!element) return
    const before = seen.current
    if (before.firstId === undefined && atEnd) element.scrollTop = element.scrollHeight
    else if (before.firstId !== firstId && !atEnd) element.scrollTop += element.scrollHeight - before.height
    seen.current = { ...before, firstId, height: element.scrollHeight }
  }, [firstId])

  function onScroll(): void {
    const element = scroller.current
    if (!element) return
    const near = isNearEnd(element)
    // Content that grows or shrinks moves what is seen, too, and must not look like somebody scrolling up.
    const byHand = performance.now() - gestureAt.current < gestureMilliseconds
    const isAsHigh = element.scrollHeight === seen.current.height
    const wentUp = element.scrollTop < seen.current.top - 1 && (byHand || isAsHigh)
    seen.current.top = element.scrollTop
    if (near) onAtEnd(true)
    else if (wentUp) onAtEnd(false)
    if (!near && wentUp && element.scrollTop < element.clientHeight) onNearStart()
  }

  return (
    <div
      ref={scroller}
      className="scroller"
      part="thread"
      role="region"
      aria-label={label}
      tabIndex={0}
      onScroll={onScroll}
      onWheel={onGesture}
      onTouchMove={onGesture}
      onPointerDown={onGesture}
      onKeyDown={onGesture}
    >
      <div ref={column} className="column">
        {children}
      </div>
    </div>
  )
}

function isNearEnd({ scrollHeight, scrollTop, clientHeight }: HTMLElement): boolean {
  return scrollHeight - scrollTop - clientHeight < nearPixels
}
