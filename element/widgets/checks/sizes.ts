/**
 * Sizes from the wire. Only what is known to be a size gets through: nothing that names another resource, a variable of the
 * page, or moves something out of its place (no value is negative).
 */
import { readNumber, readObject } from '../read.ts'

/** In px: no part of a widget is made larger than this by a number. */
const pxMax = 4096
/** In spacing units of 4 px. */
const spaceMax = 128
const borderPxMax = 32
const textLengthMax = 80
const partsMax = 4

const keywords = new Set(['auto', 'min-content', 'max-content', 'fit-content', 'none'])
const units = 'px|rem|em|ex|ch|lh|rlh|%|vw|vh|dvw|dvh|svh|lvh|vmin|vmax|cqw|cqh|cqi|cqb|cm|mm|in|pt|pc'
const plainLength = new RegExp(`^(?:\\d{1,4}(?:\\.\\d{1,6})?|\\.\\d{1,6})(?:${units})$`)
const functions = new Set(['calc', 'min', 'max', 'clamp', 'fit-content', ''])
const formula = /^(?:calc|min|max|clamp|fit-content)\([\w\s.,%+*/()-]*\)$/
const plainNumber = /^\d{1,5}(?:\.\d{1,6})?$/

/** A size: a number is px (said in rem, so that it grows with the reader's letters), a text is CSS. */
export function readLength(value: unknown): string | undefined {
  return readSize(value, 1 / 16, pxMax)
}

/** A distance: a number is spacing units of 4 px, a text is CSS. */
export function readSpace(value: unknown): string | undefined {
  return readSize(value, 1 / 4, spaceMax)
}

function readSize(value: unknown, remEach: number, max: number): string | undefined {
  const number = readNumber(value) ?? (isPlainNumber(value) ? Number(value) : undefined)
  if (number !== undefined) return number < 0 ? undefined : `${round(Math.min(number, max) * remEach)}rem`
  return typeof value === 'string' ? checkedSize(value) : undefined
}

function isPlainNumber(value: unknown): boolean {
  return typeof value === 'string' && plainNumber.test(value.trim())
}

function checkedSize(text: string): string | undefined {
  const size = text.trim().toLowerCase()
  if (size.length > textLengthMax) return undefined
  if (keywords.has(size) || plainLength.test(size)) return size
  if (!formula.test(size)) return undefined
  return Array.from(size.matchAll(/([\w-]*)\(/g)).every(([, name]) => functions.has(name ?? ''))
    ? size
    : undefined
}

function round(number: number): number {
  return Math.round(number * 10_000) / 10_000
}

/** One side each, as CSS says it for either direction of writing: left is where lines begin. */
const sides = {
  top: 'BlockStart',
  bottom: 'BlockEnd',
  left: 'InlineStart',
  right: 'InlineEnd',
} as const
type Side = keyof typeof sides
const sideNames: readonly Side[] = ['top', 'bottom', 'left', 'right']

/** What an object says about a side: itself, or its pair (`x`, `y`). */
function ofSide(value: Readonly<Record<string, unknown>>, side: Side): unknown {
  return value[side] ?? value[side === 'top' || side === 'bottom' ? 'y' : 'x']
}

/** Padding or margin: one distance, several as CSS writes them, or an object of sides. */
export function readSpacing(name: 'padding' | 'margin', value: unknown): Record<string, string> {
  const bySide = readObject(value)
  if (bySide === undefined) {
    const all = readSpace(value) ?? readSeveral(value)
    return all === undefined ? {} : { [name]: all }
  }
  const style: Record<string, string> = {}
  for (const side of sideNames) {
    const space = readSpace(ofSide(bySide, side))
    if (space !== undefined) style[`${name}${sides[side]}`] = space
  }
  return style
}

function readSeveral(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const parts = value.trim().split(/\s+/)
  if (parts.length > partsMax) return undefined
  const checked = parts.map((part) => (part === '0' ? '0' : checkedSize(part)))
  return checked.every((part) => part !== undefined) ? checked.join(' ') : undefined
}

const borderStyles = ['solid', 'dashed', 'dotted', 'double', 'groove', 'ridge', 'inset', 'outset'] as const

/** A border all around, or side by side. `colour` reads the colour of one. */
export function readBorder(value: unknown, colour: (value: unknown) => string): Record<string, string> {
  const all = readEdge(value, colour)
  if (all !== undefined) return { border: all }
  const bySide = readObject(value)
  if (bySide === undefined) return {}
  const style: Record<string, string> = {}
  for (const side of sideNames) {
    const edge = readEdge(ofSide(bySide, side), colour)
    if (edge !== undefined) style[`border${sides[side]}`] = edge
  }
  return style
}

function readEdge(value: unknown, colour: (value: unknown) => string): string | undefined {
  const edge = readObject(value) ?? { size: value }
  const size = readNumber(edge['size'])
  if (size === undefined || size < 0) return undefined
  const style = borderStyles.find((known) => known === edge['style']) ?? 'solid'
  return `${round(Math.min(size, borderPxMax))}px ${style} ${colour(edge['color'])}`
}

/** Parts of the radius that the theme sets. */
const radii: Readonly<Record<string, string>> = {
  none: '0',
  '2xs': 'calc(var(--radius) * 0.15)',
  xs: 'calc(var(--radius) * 0.3)',
  sm: 'calc(var(--radius) * 0.45)',
  md: 'calc(var(--radius) * 0.6)',
  lg: 'calc(var(--radius) * 0.85)',
  xl: 'calc(var(--radius) * 1.15)',
  '2xl': 'calc(var(--radius) * 1.45)',
  '3xl': 'calc(var(--radius) * 1.7)',
  '4xl': 'calc(var(--radius) * 2.3)',
  full: '624rem',
  '100%': '100%',
}

export function readRadius(value: unknown): string | undefined {
  return typeof value === 'string' && Object.hasOwn(radii, value) ? radii[value] : undefined
}

const ratio = /^\d{1,5}(?:\.\d{1,6})?(?:\s*\/\s*\d{1,5}(?:\.\d{1,6})?)?$/

export function readRatio(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value
  return typeof text === 'string' && ratio.test(text.trim()) ? text.trim() : undefined
}

const flexNumber = /^\d{1,4}(?:\.\d{1,4})?$/

/** How a child grows, shrinks and begins: `1`, `"1 1 0%"`, `"none"`. */
export function readFlex(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string') return undefined
  const parts = text.trim().split(/\s+/)
  if (parts.length > 3) return undefined
  const fits = parts.every((part) => flexNumber.test(part) || checkedSize(part) !== undefined)
  return fits ? parts.join(' ') : undefined
}
