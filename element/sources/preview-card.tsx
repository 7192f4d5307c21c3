import type { VNode } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { EntityPreview } from '../store/preview.ts'
import { untouchedWidget } from '../store/widgets.ts'
import { lazyPart } from '../view/lazy.tsx'
import type { Actions } from '../view/view-parts.ts'
import type { Words } from '../words/words.ts'
import { keepPreview, leavePreview } from './previews.ts'
import sourcesStyle from './sources.css?inline'

export const style: string = sourcesStyle

const Widget = lazyPart(() => import('../widgets/widget-view.tsx'))

export interface PreviewCardProps {
  preview: EntityPreview
  words: Words
  actions: Actions
}

/** What the page shows of an entity, beside its mark: in the top layer, closed by Escape and by everything else one does. */
export function View({ preview, words, actions }: PreviewCardProps): VNode | null {
  const { place, entity, widget } = preview
  const card = useRef<HTMLDivElement>(null)
  const hasWidget = widget !== null
  useLayoutEffect(() => {
    const element = card.current
    if (!element) return undefined
    const mark = findMark(element, place)
    if (!mark) return undefined
    element.showPopover()
    const put = (): void => putBeside(element, mark)
    put()
    // Its widget is drawn later, and what is above it may still grow.
    const observer = new ResizeObserver(put)
    observer.observe(element)
    return () => observer.disconnect()
  }, [place, hasWidget])
  if (widget === null) return null
  return (
    <div
      ref={card}
      popover="auto"
      className="preview"
      role="dialog"
      aria-label={words.preview(entity.title)}
      onPointerEnter={() => keepPreview(actions)}
      onPointerLeave={() => leavePreview(actions)}
      onFocusCapture={() => keepPreview(actions)}
      onToggle={({ newState }) => {
        if (newState === 'closed') actions.dispatch({ type: 'preview-closed' })
      }}
    >
      <Widget
        root={widget}
        item={null}
        growing={false}
        allowed="none"
        state={untouchedWidget}
        words={words}
        actions={actions}
        fallback={<p>{entity.title}</p>}
      />
    </div>
  )
}

function findMark(element: HTMLElement, place: string): Element | undefined {
  const root = element.getRootNode()
  if (!(root instanceof ShadowRoot)) return undefined
  return root.querySelector(`[data-place="${CSS.escape(place)}"]`) ?? undefined
}

const gapPixels = 8

/** Under its mark, or over it where there is more room, and never beyond the window. */
function putBeside(card: HTMLElement, mark: Element): void {
  const at = mark.getBoundingClientRect()
  const { width, height } = card.getBoundingClientRect()
  const under = at.bottom + gapPixels
  const over = at.top - gapPixels - height
  const left = Math.max(gapPixels, Math.min(at.left, window.innerWidth - width - gapPixels))
  const top = under + height <= window.innerHeight || over < 0 ? under : over
  card.style.left = `${left}px`
  card.style.top = `${top}px`
}
