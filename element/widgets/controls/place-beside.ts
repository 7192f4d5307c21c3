export interface Placing {
  side?: 'top' | 'bottom' | 'left' | 'right' | undefined
  align?: 'start' | 'center' | 'end' | undefined
  /** Whether it is at least as wide as what it belongs to. */
  isAsWide?: boolean
}

/** In px. */
const gap = 6
const margin = 8

/** Puts a fixed element beside another one: on the side that is wished for if there is room, and never beyond the window. */
export function placeBeside(element: HTMLElement, anchor: Element, placing: Placing = {}): void {
  const around = anchor.getBoundingClientRect()
  if (placing.isAsWide) element.style.minWidth = `${Math.min(around.width, window.innerWidth - 2 * margin)}px`
  const { width, height } = element.getBoundingClientRect()
  const isRightToLeft = getComputedStyle(anchor).direction === 'rtl'
  const { left, top } = placeFor({ around, width, height, isRightToLeft, placing, window })
  element.style.left = `${left}px`
  element.style.top = `${top}px`
}

interface Places {
  around: Pick<DOMRect, 'left' | 'right' | 'top' | 'bottom'>
  width: number
  height: number
  isRightToLeft: boolean
  placing: Placing
  window: { innerWidth: number; innerHeight: number }
}

export function placeFor({ around, width, height, isRightToLeft, placing, window }: Places): {
  left: number
  top: number
} {
  const side = fittingSide({ around, width, height, window }, placing.side ?? 'bottom')
  const aligned = (start: number, end: number, size: number, align: Placing['align']): number => {
    if (align === 'center') return (start + end - size) / 2
    return align === 'end' ? end - size : start
  }
  const isBeside = side === 'left' || side === 'right'
  const across = placing.align ?? 'start'
  const turned = isRightToLeft && across !== 'center' ? (across === 'start' ? 'end' : 'start') : across
  const left = isBeside
    ? side === 'left'
      ? around.left - width - gap
      : around.right + gap
    : aligned(around.left, around.right, width, turned)
  const top = isBeside
    ? aligned(around.top, around.bottom, height, across)
    : side === 'top'
      ? around.top - height - gap
      : around.bottom + gap
  return {
    left: within(left, window.innerWidth - width - margin),
    top: within(top, window.innerHeight - height - margin),
  }
}

type Side = NonNullable<Placing['side']>

function fittingSide(
  { around, width, height, window }: Pick<Places, 'around' | 'width' | 'height' | 'window'>,
  wished: Side,
): Side {
  const room: Record<Side, number> = {
    top: around.top - height,
    bottom: window.innerHeight - around.bottom - height,
    left: around.left - width,
    right: window.innerWidth - around.right - width,
  }
  const least = gap + margin
  const opposite: Record<Side, Side> = { top: 'bottom', bottom: 'top', left: 'right', right: 'left' }
  if (room[wished] >= least) return wished
  if (room[opposite[wished]] >= least) return opposite[wished]
  return room.bottom >= room.top ? 'bottom' : 'top'
}

function within(place: number, most: number): number {
  return Math.max(margin, Math.min(place, most))
}
