/** Finding and walking through the options of a list. Pure. */
import type { Option } from '../form-values.ts'

/** So many and more can be searched, if the agent does not say otherwise. */
const searchedFrom = 16
const pageLength = 8

export function isSearchable(asked: unknown, options: readonly Option[]): boolean {
  return typeof asked === 'boolean' ? asked : options.length >= searchedFrom
}

/** Those that have all of the words, wherever; in their own order. */
export function matchingOptions(options: readonly Option[], query: string): Option[] {
  const words = plain(query)
    .split(/\s+/)
    .filter((word) => word !== '')
  return options.filter(({ label, description = '' }) => {
    const text = plain(`${label} ${description}`)
    return words.every((word) => text.includes(word))
  })
}

/** Small letters without accents. */
function plain(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
}

/** The option that a key leads to from the one that is active; undefined for a key that leads nowhere. */
export function moveOption(options: readonly Option[], active: string, key: string): string | undefined {
  const enabled = options.filter(({ isDisabled }) => !isDisabled)
  const place = enabled.findIndex(({ value }) => value === active)
  const last = enabled.length - 1
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: place + 1,
    ArrowUp: place === -1 ? last : place - 1,
    PageDown: place + pageLength,
    PageUp: place - pageLength,
  }
  const step = Object.hasOwn(steps, key) ? steps[key] : undefined
  return step === undefined ? undefined : enabled[Math.max(0, Math.min(last, step))]?.value
}

/** The option that is active when what is shown has changed: still the same one, or the first. */
export function activeAmong(options: readonly Option[], active: string): string {
  const enabled = options.filter(({ isDisabled }) => !isDisabled)
  return (enabled.find(({ value }) => value === active) ?? enabled[0])?.value ?? ''
}
