import type { VNode } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { pickerKinds } from '../chat/check-files.ts'
import { chosenModel } from '../chat/outgoing.ts'
import { NamedIcon } from '../icons/named-icon.tsx'
import type { ToolOption } from '../options.ts'
import composerStyle from '../style/composer.css?inline'
import { ComposerIcon } from './composer-icons.tsx'
import { Icon } from './icons.tsx'
import { insertText } from './insert-text.ts'
import { Menu } from './menu.tsx'
import type { MenuItem } from './menu.tsx'
import type { ViewParts } from './view-parts.ts'

export const style: string = composerStyle

/** What stands below the text: files, mentions and tools at its beginning, the model and the microphone at its end. */
export function View(parts: ViewParts): VNode {
  const { state, options, words } = parts
  const { composer = {}, entities } = options
  const isListening = state.composer.dictation !== 'off'
  return (
    <div className="composer-bar">
      <AddMenu {...parts} />
      {entities?.showComposerMenu && entities.onTagSearch ? (
        <button
          type="button"
          className="round"
          aria-label={words.mention}
          title={words.mention}
          onClick={(event) => insertText(event.currentTarget, '@')}
        >
          <ComposerIcon name="mention" />
        </button>
      ) : null}
      {isListening ? null : <ToolButtons {...parts} />}
      <span className="composer-gap" />
      {isListening ? null : <ModelMenu {...parts} />}
      {composer.dictation?.enabled ? <Dictation {...parts} /> : null}
    </div>
  )
}

/** One button for files and for tools: it is the picker itself where there is nothing else to choose. */
function AddMenu({ state, options: { composer = {} }, words, actions }: ViewParts): VNode | null {
  const picker = useRef<HTMLInputElement>(null)
  const { attachments, tools = [] } = composer
  const { toolId } = state.composer
  const hasFiles = attachments?.enabled === true
  const inMenu = tools.filter(({ pinned }) => pinned !== true)
  if (!hasFiles && inMenu.length === 0) return null
  const pick = (): void => picker.current?.click()
  const files: MenuItem[] = hasFiles
    ? [{ key: 'attach', label: words.attach, picture: <ComposerIcon name="attach" />, onChoose: pick }]
    : []
  const choices = inMenu.map(({ id, label, icon }): MenuItem => ({
    key: `tool ${id}`,
    label,
    picture: <NamedIcon name={icon} />,
    isChosen: id === toolId,
    onChoose() {
      actions.dispatch({ type: 'composer-set', value: { toolId: id === toolId ? null : id } })
      actions.focusComposer()
    },
  }))
  return (
    <>
      {choices.length === 0 ? (
        <button type="button" className="round" aria-label={words.attach} title={words.attach} onClick={pick}>
          <ComposerIcon name="attach" />
        </button>
      ) : (
        <Menu className="round" label={hasFiles ? words.more : words.tools} items={[...files, ...choices]}>
          <ComposerIcon name="plus" />
        </Menu>
      )}
      {hasFiles ? (
        <input
          ref={picker}
          type="file"
          id="composer-files"
          multiple
          hidden
          accept={pickerKinds(attachments)}
          onChange={({ currentTarget }) => {
            actions.chat.attach([...(currentTarget.files ?? [])])
            // The same file may be chosen once more.
            currentTarget.value = ''
            actions.focusComposer()
          }}
        />
      ) : null}
    </>
  )
}

/** The pinned tools, and the one that was chosen from the menu. */
function ToolButtons({ state, options: { composer = {} }, words, actions }: ViewParts): VNode {
  const { toolId } = state.composer
  const shown = (composer.tools ?? []).filter(({ id, pinned }) => pinned === true || id === toolId)
  const toggle = ({ id, pinned }: ToolOption): void => {
    actions.dispatch({ type: 'composer-set', value: { toolId: id === toolId ? null : id } })
    // The button of one that is not pinned goes with its choice.
    if (pinned !== true) actions.focusComposer()
  }
  return (
    <>
      {shown.map((tool) => {
        const { id, label, shortLabel = label, icon, pinned } = tool
        const isChosen = id === toolId
        return (
          <button
            key={id}
            type="button"
            className={isChosen ? 'choice choice-chosen' : 'choice'}
            aria-label={isChosen ? words.stopUsingTool(label) : words.useTool(label)}
            title={label}
            onClick={() => toggle(tool)}
          >
            <NamedIcon name={icon} />
            <span className="choice-label">{shortLabel}</span>
            {isChosen && pinned !== true ? <Icon name="close" /> : null}
          </button>
        )
      })}
    </>
  )
}

function ModelMenu({ state, options: { composer = {} }, words, actions }: ViewParts): VNode | null {
  const { models = [] } = composer
  const chosen = chosenModel(state.composer, composer)
  if (chosen === undefined) return null
  const items = models.map(({ id, label, description, disabled = false }): MenuItem => ({
    key: id,
    label,
    isDisabled: disabled,
    isChosen: id === chosen.id,
    onChoose() {
      actions.dispatch({ type: 'composer-set', value: { modelId: id } })
      actions.focusComposer()
    },
    ...(description === undefined ? {} : { description }),
  }))
  return (
    <Menu className="choice" label={`${words.model}: ${chosen.label}`} items={items} atEnd isRadio>
      <span className="choice-label">{chosen.label}</span>
      <ComposerIcon name="open" />
    </Menu>
  )
}

/** Speaking instead of writing. The button that begins it ends it, too, so the keyboard stays on it. */
function Dictation({ state, words, actions }: ViewParts): VNode {
  const { dictation } = state.composer
  // Whoever cannot see that the microphone is on, cannot turn it off.
  useLayoutEffect(() => () => actions.chat.cancelDictation(), [])
  const isRecording = dictation === 'recording'
  const isGoing = isRecording || dictation === 'writing'
  const label = isRecording ? words.stopDictation : words.dictate
  return (
    <>
      {isGoing ? (
        <p className="dictation" role="status">
          <span className={isRecording ? 'dictation-sign' : 'spinner'} />
          {isRecording ? words.dictating : words.transcribing}
        </p>
      ) : null}
      {isGoing ? (
        <button
          type="button"
          className="round"
          aria-label={words.cancel}
          title={words.cancel}
          onClick={() => {
            actions.chat.cancelDictation()
            actions.focusComposer()
          }}
        >
          <Icon name="close" />
        </button>
      ) : null}
      <button
        key="dictate"
        type="button"
        className={isRecording ? 'round dictation-finish' : 'round'}
        aria-label={label}
        title={label}
        aria-disabled={dictation === 'asking' || dictation === 'writing'}
        onClick={({ currentTarget }) => {
          if (isRecording) return actions.chat.finishDictation()
          if (dictation === 'off') actions.chat.dictate((text) => insertText(currentTarget, text))
          return undefined
        }}
      >
        {isRecording ? <Icon name="check" /> : <ComposerIcon name="microphone" />}
      </button>
    </>
  )
}
