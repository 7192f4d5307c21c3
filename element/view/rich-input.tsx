import type { RefObject, TargetedKeyboardEvent, VNode } from 'preact'
import { useId, useLayoutEffect, useRef } from 'preact/hooks'
import { createMenuDriver } from '../chat/composer-menu.ts'
import type { MenuDriver } from '../chat/composer-menu.ts'
import { entityTag, tagEntity } from '../chat/page-messages.ts'
import type { Entity } from '../options.ts'
import { contentText, textContent } from '../store/composer.ts'
import type { ComposerMenu, MenuEntry } from '../store/composer-menu.ts'
import { sliceContent, triggerAt } from '../store/rich-text.ts'
import type { Trigger } from '../store/rich-text.ts'
import composerStyle from '../style/composer.css?inline'
import { pastedFiles } from './dropped-files.ts'
import { insertText } from './insert-text.ts'
import { RichEditor } from './rich-editor.ts'
import { tagOf } from './rich-document.ts'
import { SearchMenu, optionId } from './search-menu.tsx'
import { isSendKey } from './send-key.ts'
import type { ViewParts } from './view-parts.ts'
import type { UserContent } from '../../server/contracts/chatkit/wire.ts'

export const style: string = composerStyle

export interface InputProps extends ViewParts {
  placeholder: string
  isLocked: boolean
  onSend: () => void
  /** Whether the keyboard is in the input that this one takes the place of. */
  wasFocused: () => boolean
}

/** Where a message is written that can mention things, and be helped along by commands. */
export function View(props: InputProps): VNode {
  const { state, words, placeholder, isLocked } = props
  const input = useRef<HTMLDivElement>(null)
  const id = useId()
  const { menu, draft } = state.composer
  const isOpen = menu !== null && menu.phase !== 'dismissed'
  const desk = useDesk(input, props)
  // Drawn before the editor, which shows what is in the store, is there.
  useLayoutEffect(() => desk.current?.editor.show(draft.content), [draft.content])

  return (
    <>
      <div
        ref={input}
        id="composer"
        className="rich"
        dir={draft.content.length === 0 ? undefined : 'auto'}
        contentEditable={isLocked ? 'false' : editable}
        tabIndex={0}
        role={isOpen ? 'combobox' : 'textbox'}
        aria-multiline={isOpen ? undefined : true}
        aria-label={words.composerLabel}
        aria-placeholder={placeholder}
        data-placeholder={placeholder}
        aria-disabled={isLocked}
        aria-autocomplete="list"
        aria-expanded={isOpen ? true : undefined}
        aria-controls={isOpen ? id : undefined}
        aria-activedescendant={isOpen && menu.active !== -1 ? optionId(id, menu.active) : undefined}
        onKeyDown={(event) => onKeyDown(event, props, desk.current)}
        onClick={({ target }) => {
          const tag = tagOf(target instanceof Element ? target.closest('.tag') : null)
          if (tag?.interactive) props.options.entities?.onClick?.(tagEntity(tag))
        }}
        onBlur={() => desk.current?.driver.follow(null)}
      />
      {isOpen ? (
        <SearchMenu
          id={id}
          menu={menu}
          words={words}
          onActive={(active) => props.actions.dispatch({ type: 'composer-menu', menu: { ...menu, active } })}
          onChoose={(entry) => void choose(entry, props, desk.current)}
        />
      ) : null}
    </>
  )
}

/** Browsers that do not know it get a field that could hold more than text, and is kept from it (`rich-editor.ts`). */
const editable = knowsPlainText() ? 'plaintext-only' : 'true'

function knowsPlainText(): boolean {
  if (typeof document === 'undefined') return false
  const probe = document.createElement('div')
  try {
    probe.contentEditable = 'plaintext-only'
    return probe.contentEditable === 'plaintext-only'
  } catch {
    return false
  }
}

/** What works behind the view for as long as it is there. */
interface Desk {
  input: HTMLElement
  editor: RichEditor
  driver: MenuDriver
}

function useDesk(input: RefObject<HTMLDivElement | null>, props: InputProps): RefObject<Desk | null> {
  const desk = useRef<Desk>(null)
  const latest = useRef(props)
  latest.current = props
  // The first drawing still finds the field that this one takes the place of.
  const isFocused = useRef<boolean>(null)
  isFocused.current ??= props.wasFocused()

  useLayoutEffect(() => {
    const root = input.current
    if (root === null) return undefined
    const menu = (): ComposerMenu | null => latest.current.actions.state().composer.menu
    const driver = createMenuDriver({
      menu,
      options: () => latest.current.options,
      words: () => latest.current.words,
      dispatch: latest.current.actions.dispatch,
    })
    const editor = new RichEditor(root, {
      onContent: (content) => latest.current.actions.dispatch({ type: 'composer-set', value: { content } }),
      onCaret: () => driver.follow(currentTrigger(editor, menu(), signsOf(latest.current))),
      canClick: (tag) => tag.interactive && latest.current.options.entities?.onClick !== undefined,
    })
    // Before the editor looks at it: files that are pasted are attachments.
    const onPaste = (event: ClipboardEvent): void => {
      const { options, actions } = latest.current
      const files = options.composer?.attachments?.enabled ? pastedFiles(event.clipboardData) : []
      if (files.length === 0) return
      event.preventDefault()
      actions.chat.attach(files)
    }
    root.addEventListener('paste', onPaste, { capture: true })
    desk.current = { input: root, editor, driver }
    editor.show(latest.current.state.composer.draft.content)
    if (isFocused.current) editor.focus()
    return () => {
      driver.dispose()
      editor.dispose()
    }
  }, [])
  return desk
}

function signsOf({ options: { entities, commands } }: InputProps): string {
  return `${entities?.onTagSearch === undefined ? '' : '@'}${commands?.enabled === true ? '/' : ''}`
}

/** In the menu of a command no sign stands before what is typed. */
function currentTrigger(editor: RichEditor, menu: ComposerMenu | null, signs: string): Trigger | null {
  const caret = editor.caret
  if (menu === null || menu.commands === null) return triggerAt(editor.content, caret, signs)
  const { sign, start } = menu.trigger
  const query = contentText(sliceContent(editor.content, start, caret))
  return caret < start || /\s/.test(query) ? null : { sign, start, query }
}

function onKeyDown(event: TargetedKeyboardEvent<HTMLElement>, props: InputProps, desk: Desk | null): void {
  const { menu } = props.actions.state().composer
  if (
    menu !== null &&
    menu.phase !== 'dismissed' &&
    desk !== null &&
    onMenuKey(event, { menu, props, desk })
  ) {
    event.preventDefault()
  } else if (isSendKey(event)) {
    event.preventDefault()
    props.onSend()
  }
}

interface OpenMenu {
  menu: ComposerMenu
  props: InputProps
  desk: Desk
}

/** Whether the key was meant for the menu. */
function onMenuKey(event: KeyboardEvent, { menu, props, desk }: OpenMenu): boolean {
  if (event.isComposing || event.keyCode === 229 || event.shiftKey) return false
  const { driver } = desk
  if (event.key === 'Escape') driver.dismiss()
  else if (event.key === 'ArrowDown') driver.move(1)
  else if (event.key === 'ArrowUp') driver.move(-1)
  else if (event.key === 'Enter' || event.key === 'Tab') {
    const entry = menu.entries[menu.active]
    // While it is looked for, Enter waits; where nothing was found, it is the message that is meant.
    if (entry === undefined) return event.key === 'Enter' && menu.phase === 'searching'
    void choose(entry, props, desk)
  } else return false
  return true
}

/** Does what was chosen, in the place of what was typed to find it. */
async function choose(
  entry: MenuEntry,
  { actions, options, words }: InputProps,
  desk: Desk | null,
): Promise<void> {
  const { menu, toolId } = actions.state().composer
  if (desk === null || menu === null || entry.disabled) return
  const { input, editor, driver } = desk
  const { choice } = entry
  const typed = [menu.trigger.start, editor.caret] as const
  // What is typed in the menu of a command has no sign before it, so the menu ends before its text goes.
  actions.dispatch({ type: 'composer-menu', menu: null })
  if (choice.type === 'entity') return editor.replace(...typed, mention(choice.entity))
  editor.replace(...typed, choice.type === 'mention' ? textContent('@') : [])
  switch (choice.type) {
    case 'mention':
      return undefined
    case 'attach':
      return pickFiles(input)
    case 'dictate':
      return actions.chat.dictate((text) => insertText(input, text))
    case 'tool': {
      const next = choice.toolId === toolId ? null : choice.toolId
      return actions.dispatch({ type: 'composer-set', value: { toolId: next } })
    }
    case 'model':
      return actions.dispatch({ type: 'composer-set', value: { modelId: choice.modelId } })
    case 'command':
      try {
        const answer = await options.commands?.onSelect?.(choice.command)
        if (answer?.type === 'entity') editor.replace(editor.caret, editor.caret, mention(answer.entity))
        if (answer?.type !== 'menu') return undefined
        return driver.offer({ sign: '/', start: editor.caret, query: '' }, answer.commands)
      } catch {
        return actions.dispatch({ type: 'problem', message: words.actionFailed })
      }
  }
}

/** Something that is mentioned, and the space behind it. */
function mention(entity: Entity): UserContent[] {
  return [entityTag(entity), { type: 'input_text', text: ' ' }]
}

function pickFiles(near: HTMLElement): void {
  const root = near.getRootNode()
  if (root instanceof ShadowRoot) root.querySelector<HTMLElement>('#composer-files')?.click()
}
