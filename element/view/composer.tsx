import type { TargetedKeyboardEvent, VNode } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { contentText, isSendable, textContent } from '../store/composer.ts'
import { canSend, canStop } from '../store/state.ts'
import type { ChatState } from '../store/state.ts'
import type { Words } from '../words/words.ts'
import { Icon } from './icons.tsx'
import type { ViewParts } from './view-parts.ts'

/** Where a message is written. Its one button sends, and stops what it began. */
export function Composer({ state, options, words, actions }: ViewParts): VNode {
  const input = useRef<HTMLTextAreaElement>(null)
  const stopping = canStop(state) || state.phase === 'stopping'
  const locked = state.status.type !== 'active'
  const { draft } = state.composer
  const text = contentText(draft.content)
  useLayoutEffect(() => fitHeight(input.current), [text])

  function send(): void {
    // What stands in the field, not what was drawn last: somebody may type faster than the screen is drawn.
    const content = textContent(input.current?.value ?? '')
    actions.dispatch({ type: 'composer-set', value: { content } })
    actions.focusComposer()
    void actions.chat.submit()
  }

  function onKeyDown(event: TargetedKeyboardEvent<HTMLTextAreaElement>): void {
    // Enter also confirms a candidate of an input method; some browsers say so only with key code 229.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return
    event.preventDefault()
    send()
  }

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <textarea
        ref={input}
        id="composer"
        rows={1}
        dir="auto"
        value={text}
        disabled={locked}
        aria-label={words.composerLabel}
        placeholder={placeholder(state, options.composer?.placeholder, words)}
        onInput={(event) =>
          actions.dispatch({
            type: 'composer-set',
            value: { content: textContent(event.currentTarget.value) },
          })
        }
        onKeyDown={onKeyDown}
      />
      <button
        type="button"
        className="primary"
        aria-label={stopping ? words.stop : words.send}
        title={stopping ? words.stop : words.send}
        aria-disabled={stopping ? state.phase === 'stopping' : !canSend(state) || !isSendable(draft)}
        onClick={(event) => {
          // The second half of a double click on "send" is not meant to stop what the first half began.
          if (event.detail > 1) return
          if (stopping) void actions.chat.stop()
          else send()
        }}
      >
        <Icon name={stopping ? 'stop' : 'send'} />
      </button>
    </form>
  )
}

function placeholder({ status }: ChatState, own: string | undefined, words: Words): string {
  if (status.type === 'locked') return status.reason ?? words.locked
  return own ?? words.composerPlaceholder
}

/** For browsers without `field-sizing: content`: as high as the text, up to what the style sheet allows. */
function fitHeight(element: HTMLTextAreaElement | null): void {
  if (!element || CSS.supports('field-sizing', 'content')) return
  element.style.height = 'auto'
  element.style.height = `${element.scrollHeight}px`
}
