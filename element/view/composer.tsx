import type { TargetedKeyboardEvent, VNode } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { ChatOptions } from '../options.ts'
import { contentText, isSendable, textContent } from '../store/composer.ts'
import type { Draft } from '../store/composer.ts'
import { canSend, canStop } from '../store/state.ts'
import type { ChatState } from '../store/state.ts'
import type { Words } from '../words/words.ts'
import { pastedFiles } from './dropped-files.ts'
import { Icon } from './icons.tsx'
import { lazyPart } from './lazy.tsx'
import type { InputProps } from './rich-input.tsx'
import { isSendKey } from './send-key.ts'
import type { ViewParts } from './view-parts.ts'

const ComposerHead = lazyPart<ViewParts>(() => import('./composer-head.tsx'))
const ComposerBar = lazyPart<ViewParts>(() => import('./composer-bar.tsx'))
const RichInput = lazyPart<InputProps>(() => import('./rich-input.tsx'))

/**
 * Where a message is written:
 *
 *   head    quotation, files           when there are any
 *   input   text, or text and mentions
 *   bar     tools, models, microphone  when the page has any; its one button sends, and stops what it began
 */
export function Composer(parts: ViewParts): VNode {
  const { state, options, words, actions } = parts
  const form = useRef<HTMLFormElement>(null)
  const { draft, editing } = state.composer
  const hasHead = draft.quote !== null || draft.attachments.length > 0 || editing !== null
  const hasBar = needsBar(options)
  const input: InputProps = {
    ...parts,
    placeholder: placeholder(state, options, words),
    isLocked: state.status.type !== 'active',
    onSend: send,
    wasFocused: () => activeElement(form.current)?.id === 'composer',
  }

  function send(): void {
    actions.focusComposer()
    void actions.chat.submit()
  }

  return (
    <form
      ref={form}
      className={hasBar ? 'composer roomy' : 'composer'}
      part="composer"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      {hasHead ? <ComposerHead {...parts} fallback={null} /> : null}
      {needsRichInput(options, draft) ? (
        <RichInput {...input} fallback={<PlainInput {...input} />} />
      ) : (
        <PlainInput {...input} />
      )}
      {hasBar ? <ComposerBar {...parts} fallback={null} /> : null}
      <SendButton {...parts} onSend={send} />
    </form>
  )
}

function SendButton({ state, words, actions, onSend }: ViewParts & { onSend: () => void }): VNode {
  const stopping = canStop(state) || state.phase === 'stopping'
  const label = stopping ? words.stop : words.send
  return (
    <button
      type="button"
      className="primary"
      part="send"
      aria-label={label}
      title={label}
      aria-disabled={
        stopping ? state.phase === 'stopping' : !canSend(state) || !isSendable(state.composer.draft)
      }
      onClick={(event) => {
        // The second half of a double click on "send" is not meant to stop what the first half began.
        if (event.detail > 1) return
        if (stopping) void actions.chat.stop()
        else onSend()
      }}
    >
      <Icon name={stopping ? 'stop' : 'send'} />
    </button>
  )
}

/** Where nothing can be mentioned, the browser's own field is the best one. */
function PlainInput({
  state,
  options,
  words,
  actions,
  placeholder: hint,
  isLocked,
  onSend,
}: InputProps): VNode {
  const input = useRef<HTMLTextAreaElement>(null)
  const text = contentText(state.composer.draft.content)
  useLayoutEffect(() => fitHeight(input.current), [text])

  function write(written: string): void {
    actions.dispatch({ type: 'composer-set', value: { content: textContent(written) } })
  }

  function onKeyDown(event: TargetedKeyboardEvent<HTMLTextAreaElement>): void {
    if (!isSendKey(event)) return
    event.preventDefault()
    // What stands in the field, not what was drawn last: somebody may type faster than the screen is drawn.
    write(event.currentTarget.value)
    onSend()
  }

  return (
    <textarea
      ref={input}
      id="composer"
      rows={1}
      // While it is empty, its hint is written in the language of the page.
      dir={text === '' ? undefined : 'auto'}
      value={text}
      disabled={isLocked}
      aria-label={words.composerLabel}
      placeholder={hint}
      onInput={(event) => write(event.currentTarget.value)}
      onKeyDown={onKeyDown}
      onPaste={(event) => {
        const files = options.composer?.attachments?.enabled ? pastedFiles(event.clipboardData) : []
        if (files.length === 0) return
        event.preventDefault()
        actions.chat.attach(files)
      }}
    />
  )
}

function needsBar({ composer, entities }: ChatOptions): boolean {
  const { attachments, tools = [], models = [], dictation } = composer ?? {}
  const hasMentions = entities?.showComposerMenu === true && entities.onTagSearch !== undefined
  const hasChoice = tools.length > 0 || models.length > 0
  return attachments?.enabled === true || dictation?.enabled === true || hasMentions || hasChoice
}

/** A mention in the draft, which a page can put there, too, is more than a text field can show. */
function needsRichInput({ entities, commands }: ChatOptions, { content }: Draft): boolean {
  const hasMenu = entities?.onTagSearch !== undefined || commands?.enabled === true
  return hasMenu || content.some(({ type }) => type === 'input_tag')
}

function placeholder({ status, composer }: ChatState, options: ChatOptions, words: Words): string {
  if (status.type === 'locked') return status.reason ?? words.locked
  const tool = options.composer?.tools?.find(({ id }) => id === composer.toolId)
  return tool?.placeholderOverride ?? options.composer?.placeholder ?? words.composerPlaceholder
}

function activeElement(form: HTMLFormElement | null): Element | null {
  const root = form?.getRootNode()
  return root instanceof ShadowRoot ? root.activeElement : null
}

/** For browsers without `field-sizing: content`: as high as the text, up to what the style sheet allows. */
function fitHeight(element: HTMLTextAreaElement | null): void {
  if (!element || CSS.supports('field-sizing', 'content')) return
  element.style.height = 'auto'
  element.style.height = `${element.scrollHeight}px`
}
