import type { TargetedEvent, TargetedKeyboardEvent, VNode } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Popup } from '../../store/widgets.ts'
import { Icon } from '../../view/icons.tsx'
import { optionsOf } from '../form-values.ts'
import type { Option } from '../form-values.ts'
import { readFlag, readText } from '../read.ts'
import type { ComponentProps } from '../widget-parts.ts'
import { fieldClass, fieldOf, openerName } from './field.ts'
import type { Field } from './field.ts'
import { activeAmong, isSearchable, matchingOptions, moveOption } from './listbox.ts'
import { useLivePopup } from './live-popup.ts'
import { PopupView } from './popup.tsx'

/** The browser's own list of options, or one that can be searched where there are many. */
export function Select(props: ComponentProps): VNode {
  const { node, parts } = props
  const field = fieldOf(props)
  const options = optionsOf(node)
  const chosen = options.find(({ value }) => value === field.value)
  const placeholder = readText(node['placeholder']) ?? parts.words.choose
  const isClearable = readFlag(node['clearable']) && chosen !== undefined && !field.isDisabled
  const isOwn =
    isSearchable(node['searchable'], options) || options.some(({ description }) => description !== undefined)
  const View = isOwn ? SearchedSelect : NativeSelect
  return (
    <span className={fieldClass(props, 'select')}>
      <View {...{ field, options, chosen, placeholder, parts }} />
      {isClearable ? <ClearButton field={field} label={parts.words.clear} /> : <Icon name="chevron" />}
    </span>
  )
}

/** The keyboard goes back to the field: the button is gone when there is nothing to clear. */
export function ClearButton({ field, label }: { field: Field; label: string }): VNode {
  return (
    <button
      type="button"
      className="clear"
      aria-label={label}
      title={label}
      aria-disabled={field.isBlocked || undefined}
      onClick={(event) => {
        if (field.isBlocked) return
        const root = event.currentTarget.getRootNode()
        field.change(null)
        if (root instanceof ShadowRoot) root.getElementById(field.id)?.focus()
      }}
    >
      <Icon name="close" />
    </button>
  )
}

interface SelectViewProps extends ListProps {
  placeholder: string
}

interface ListProps {
  field: Field
  options: readonly Option[]
  chosen: Option | undefined
  parts: ComponentProps['parts']
}

function NativeSelect({ field, options, chosen, placeholder }: SelectViewProps): VNode {
  // It may be focused and read, but not changed.
  const keep = (event: TargetedEvent<HTMLSelectElement>): void => {
    if (field.isBlocked) event.preventDefault()
  }
  return (
    <select
      id={field.id}
      className={chosen === undefined ? 'unchosen' : undefined}
      value={chosen?.value ?? ''}
      disabled={field.isDisabled}
      aria-disabled={field.isBlocked || undefined}
      aria-label={field.label}
      onMouseDown={keep}
      onKeyDown={(event) => {
        if (event.key !== 'Tab') keep(event)
      }}
      onChange={(event) => field.change(event.currentTarget.value)}
    >
      {chosen === undefined ? (
        <option value="" disabled hidden>
          {placeholder}
        </option>
      ) : null}
      {options.map((option) => (
        <option key={option.value} value={option.value} disabled={option.isDisabled}>
          {option.label}
        </option>
      ))}
    </select>
  )
}

function SearchedSelect({ field, options, chosen, placeholder, parts }: SelectViewProps): VNode {
  const { popup } = parts.state
  const isOpen = popup?.field === field.key
  const open = (): void =>
    parts.host.popup({ field: field.key, query: '', active: activeAmong(options, chosen?.value ?? '') })
  return (
    <>
      <button
        type="button"
        id={field.id}
        className={chosen === undefined ? 'opener unchosen' : 'opener'}
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        aria-label={openerName(field, chosen?.label ?? placeholder)}
        disabled={field.isDisabled}
        aria-disabled={field.isBlocked || undefined}
        onClick={() => {
          if (!field.isBlocked) open()
        }}
        onKeyDown={(event) => {
          if (field.isBlocked || (event.key !== 'ArrowDown' && event.key !== 'ArrowUp')) return
          event.preventDefault()
          open()
        }}
      >
        <span dir="auto">{chosen?.label ?? placeholder}</span>
      </button>
      {isOpen ? <OptionList {...{ field, options, chosen, parts, popup }} /> : null}
    </>
  )
}

function OptionList({ field, options, chosen, parts, popup }: ListProps & { popup: Popup }): VNode {
  const list = useRef<HTMLUListElement>(null)
  const { host, words } = parts
  const live = useLivePopup(popup, host)
  const { shown, active } = found(options, popup)
  const optionId = (value: string): string => `${field.id}-${encodeURIComponent(value)}`
  useLayoutEffect(() => {
    list.current?.querySelector('.active')?.scrollIntoView({ block: 'nearest' })
  }, [active])

  function onKeyDown(event: TargetedKeyboardEvent<HTMLInputElement>, close: () => void): void {
    if (event.isComposing) return
    const now = found(options, live.read())
    const next = moveOption(now.shown, now.active, event.key)
    if (next !== undefined) live.change({ active: next })
    else if (event.key === 'Enter') choose(now.active, close)
    else return
    event.preventDefault()
  }

  function choose(value: string, close: () => void): void {
    const option = options.find((other) => other.value === value)
    if (option === undefined || option.isDisabled) return
    close()
    if (value !== chosen?.value) field.change(value)
  }

  return (
    <PopupView
      anchor={field.id}
      label={field.name}
      className="options"
      placing={{ isAsWide: true }}
      onClosed={() => host.popup(null)}
    >
      {(close) => (
        <>
          <input
            className="options-search"
            type="text"
            role="combobox"
            data-first
            aria-label={words.search}
            placeholder={words.search}
            aria-expanded="true"
            aria-controls={`${field.id}-list`}
            aria-autocomplete="list"
            aria-activedescendant={active === '' ? undefined : optionId(active)}
            autoComplete="off"
            dir="auto"
            value={popup.query}
            onInput={(event) => live.change({ query: event.currentTarget.value, active: '' })}
            onKeyDown={(event) => onKeyDown(event, close)}
          />
          <ul ref={list} id={`${field.id}-list`} role="listbox" aria-label={field.name}>
            {shown.map((option) => (
              <OptionRow
                key={option.value}
                id={optionId(option.value)}
                option={option}
                isActive={option.value === active}
                isChosen={option.value === chosen?.value}
                onChoose={() => choose(option.value, close)}
              />
            ))}
          </ul>
          <p role="status" className={shown.length === 0 ? 'options-none' : 'unseen'}>
            {shown.length === 0 ? words.nothingFound : ''}
          </p>
        </>
      )}
    </PopupView>
  )
}

/** The options that match what was typed, and the one of them that the keyboard is at. */
function found(options: readonly Option[], { query, active }: Popup): { shown: Option[]; active: string } {
  const shown = matchingOptions(options, query)
  return { shown, active: activeAmong(shown, active) }
}

interface OptionRowProps {
  id: string
  option: Option
  isActive: boolean
  isChosen: boolean
  onChoose: () => void
}

function OptionRow({ id, option, isActive, isChosen, onChoose }: OptionRowProps): VNode {
  return (
    <li
      id={id}
      role="option"
      className={isActive ? 'active' : undefined}
      aria-selected={isChosen}
      aria-disabled={option.isDisabled || undefined}
      onClick={onChoose}
    >
      <span dir="auto">
        {option.label}
        {option.description === undefined ? null : <small>{option.description}</small>}
      </span>
      {isChosen ? <Icon name="check" /> : null}
    </li>
  )
}
