import type { VNode } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { selectedRange } from '../browser/watch-selection.ts'
import type { ThreadParts } from './thread-parts.ts'
import quoteStyle from './quote-button.css?inline'

export const style: string = quoteStyle

const gapPixels = 8

export interface QuoteButtonProps {
  text: string
  thread: ThreadParts
}

/** Makes what is selected the quotation of the next message. It stands beside the selection, and comes next by Tab. */
export function View({ text, thread: { words, actions } }: QuoteButtonProps): VNode {
  const button = useRef<HTMLButtonElement>(null)
  useLayoutEffect(() => placeBeside(button.current), [text])
  useEffect(() => comeNext(button.current), [])
  return (
    <button
      ref={button}
      type="button"
      className="quote-button"
      // A button that is pressed would take the selection away before it could be quoted.
      onPointerDown={(event) => event.preventDefault()}
      onMouseDown={(event) => event.preventDefault()}
      onClick={() => {
        actions.dispatch({ type: 'composer-set', value: { quote: text } })
        actions.dispatch({ type: 'selected', selected: null })
        document.getSelection()?.removeAllRanges()
        actions.focusComposer()
      }}
    >
      {words.quote}
    </button>
  )
}

/** Who selects has the keyboard nowhere in particular: then Tab leads here, and not to the beginning of the conversation. */
function comeNext(button: HTMLButtonElement | null): (() => void) | undefined {
  const root = button?.getRootNode()
  if (!button || !(root instanceof ShadowRoot)) return undefined
  const onKeyDown = (event: KeyboardEvent): void => {
    const { activeElement: active } = root
    const isElsewhere = active !== null ? !active.contains(button) : document.activeElement !== document.body
    if (event.key !== 'Tab' || event.shiftKey || isElsewhere) return
    event.preventDefault()
    button.focus()
  }
  document.addEventListener('keydown', onKeyDown)
  return () => document.removeEventListener('keydown', onKeyDown)
}

/** Above the selection's beginning; below it where there is no room. */
function placeBeside(button: HTMLButtonElement | null): void {
  const root = button?.getRootNode()
  const turn = button?.closest('.turn')
  if (!button || !turn || !(root instanceof ShadowRoot)) return
  const range = selectedRange(root)
  if (!range) return
  const around = turn.getBoundingClientRect()
  const selected = range.getClientRects()[0] ?? range.getBoundingClientRect()
  const above = selected.top - around.top - button.offsetHeight - gapPixels
  const below = range.getBoundingClientRect().bottom - around.top + gapPixels
  button.style.top = `${above >= 0 ? above : below}px`
  const left = Math.min(selected.left - around.left, around.width - button.offsetWidth)
  button.style.left = `${Math.max(0, left)}px`
}
