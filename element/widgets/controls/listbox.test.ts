import { describe, expect, it } from 'vitest'
import { activeAmong, isSearchable, matchingOptions, moveOption } from './listbox.ts'

const options = ['Zürich', 'Genf', 'Basel Stadt', 'Bern'].map((label, place) => ({
  value: `v${place}`,
  raw: `v${place}`,
  label,
  description: label === 'Bern' ? 'Capital' : undefined,
  isDisabled: label === 'Genf',
}))
const values = (query: string): string[] => matchingOptions(options, query).map(({ value }) => value)

describe('a list to choose from', () => {
  it('[WIDGET-41] more than fifteen options can be searched, or as the agent says', () => {
    const many = Array.from({ length: 16 }, (_, place) => ({
      value: `${place}`,
      raw: `${place}`,
      label: `${place}`,
      description: undefined,
      isDisabled: false,
    }))
    expect([isSearchable(undefined, many), isSearchable(null, many.slice(1))]).toEqual([true, false])
    expect([isSearchable(false, many), isSearchable(true, options)]).toEqual([false, true])
  })

  it('[WIDGET-41] it is searched by words, whatever their letters and accents', () => {
    expect(values('zur')).toEqual(['v0'])
    expect(values('stadt bas')).toEqual(['v2'])
    expect(values('CAPITAL')).toEqual(['v3'])
    expect(values('  ')).toHaveLength(4)
    expect(values('x')).toEqual([])
  })

  it('[WIDGET-41] the keys walk among what can be chosen, and stop at its ends', () => {
    expect(moveOption(options, 'v0', 'ArrowDown')).toBe('v2')
    expect(moveOption(options, 'v3', 'ArrowDown')).toBe('v3')
    expect(moveOption(options, 'v0', 'ArrowUp')).toBe('v0')
    expect(moveOption(options, '', 'ArrowDown')).toBe('v0')
    expect(moveOption(options, '', 'ArrowUp')).toBe('v3')
    expect(moveOption(options, 'v0', 'PageDown')).toBe('v3')
    expect(moveOption(options, 'v3', 'PageUp')).toBe('v0')
    expect(moveOption(options, 'v0', 'toString')).toBeUndefined()
    expect(moveOption([], '', 'ArrowDown')).toBeUndefined()
  })

  it('[WIDGET-41] what is active stays it while it is shown, and is the first otherwise', () => {
    expect(activeAmong(options, 'v2')).toBe('v2')
    expect(activeAmong(options, 'v1')).toBe('v0')
    expect(activeAmong([], 'v1')).toBe('')
  })
})
