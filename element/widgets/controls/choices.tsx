/** Boxes to check and options of which one is chosen. */
import type { VNode } from 'preact'
import { optionsOf } from '../form-values.ts'
import { readFlag, readText, readWord } from '../read.ts'
import type { ComponentProps } from '../widget-parts.ts'
import { fieldOf } from './field.ts'

export function Checkbox(props: ComponentProps): VNode {
  const { node } = props
  const field = fieldOf(props)
  const label = readText(node['label'])
  return (
    <label className="choice">
      <input
        id={field.id}
        type="checkbox"
        checked={field.value === true}
        disabled={field.isDisabled}
        aria-disabled={field.isBlocked || undefined}
        required={readFlag(node['required'])}
        aria-label={label === undefined ? field.label : undefined}
        onClick={(event) => {
          if (field.isBlocked) event.preventDefault()
        }}
        onChange={(event) => field.change(event.currentTarget.checked)}
      />
      {label === undefined ? null : <span dir="auto">{label}</span>}
    </label>
  )
}

export function RadioGroup(props: ComponentProps): VNode {
  const { node } = props
  const field = fieldOf(props)
  const direction = readWord(node['direction'], ['row', 'col']) ?? 'col'
  return (
    <div
      className={`choices ${direction}`}
      role="radiogroup"
      aria-label={readText(node['ariaLabel']) ?? field.name}
    >
      {optionsOf(node).map((option, place) => (
        <label key={option.value} className="choice">
          <input
            id={place === 0 ? field.id : undefined}
            type="radio"
            name={field.id}
            value={option.value}
            checked={field.value === option.value}
            disabled={field.isDisabled || option.isDisabled}
            aria-disabled={field.isBlocked || undefined}
            required={readFlag(node['required'])}
            onClick={(event) => {
              if (field.isBlocked) event.preventDefault()
            }}
            onChange={() => field.change(option.value)}
          />
          <span dir="auto">{option.label}</span>
        </label>
      ))}
    </div>
  )
}
