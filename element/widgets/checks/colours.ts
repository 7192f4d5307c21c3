/**
 * Colours from the wire: a token, a primitive (`red-100`), a CSS colour, or one for each scheme. Nothing that gets through
 * can name another resource or read a variable of the page.
 */
import { readObject, readText } from '../read.ts'

export type Tokens = Readonly<Record<string, string>>

export const textColours: Tokens = {
  prose: 'var(--text)',
  primary: 'var(--text)',
  emphasis: 'var(--emphasis)',
  secondary: 'var(--muted)',
  tertiary: 'var(--faint)',
  success: 'var(--success)',
  warning: 'var(--warning)',
  danger: 'var(--danger)',
}

export const surfaceColours: Tokens = {
  surface: 'var(--surface)',
  'surface-secondary': 'var(--raised)',
  'surface-tertiary': 'var(--raised-more)',
  'surface-elevated': 'var(--elevated)',
  'surface-elevated-secondary': 'var(--raised)',
}

export const borderColours: Tokens = {
  default: 'var(--line)',
  subtle: 'var(--line-subtle)',
  strong: 'var(--line-strong)',
}

/** Of the shade 500, as OKLCH has them: hue in degrees, chroma, lightness. */
const hues: Readonly<Record<string, readonly [hue: number, chroma: number, lightness: number]>> = {
  gray: [260, 0.006, 0.62],
  red: [26, 0.21, 0.63],
  orange: [49, 0.18, 0.69],
  yellow: [90, 0.165, 0.8],
  green: [150, 0.17, 0.68],
  blue: [256, 0.19, 0.62],
  purple: [296, 0.21, 0.6],
  pink: [354, 0.2, 0.66],
}

const primitive = /^([a-z]{3,6})-(\d{1,4})$/
const textLengthMax = 200
const hex = /^#(?:[\da-f]{3,4}|[\da-f]{6}|[\da-f]{8})$/
const named = /^[a-z]{3,24}$/
const colourFunctions = [
  'rgb',
  'rgba',
  'hsl',
  'hsla',
  'hwb',
  'lab',
  'lch',
  'oklab',
  'oklch',
  'color',
  'color-mix',
]
const gradients = ['linear', 'radial', 'conic'].flatMap((kind) => [
  `${kind}-gradient`,
  `repeating-${kind}-gradient`,
])
const innerFunctions = new Set([...colourFunctions, 'calc', ''])
const paintFunctions = new Set([...innerFunctions, ...gradients])
const harmless = /^[\w\s.,%#/+*()-]+$/
const begins = (names: readonly string[]): RegExp => new RegExp(`^(?:${names.join('|')})\\(`)
const beginsAsColour = begins(colourFunctions)
const beginsAsGradient = begins(gradients)

/** A colour as CSS says it, or undefined. */
export function readColour(value: unknown, tokens: Tokens): string | undefined {
  return inSchemes(value, (text) => oneColour(text, tokens), lightDark)
}

/** What is painted behind something: a colour or gradients. */
export function readPaint(value: unknown, tokens: Tokens): string | undefined {
  return inSchemes(
    value,
    (text) => oneColour(text, tokens) ?? oneGradient(text),
    (light, dark) =>
      // `light-dark()` knows only colours; of these two variables always just one is empty (see widgets.css).
      [light, dark].some((paint) => beginsAsGradient.test(paint))
        ? `var(--in-light, ${light}) var(--in-dark, ${dark})`
        : lightDark(light, dark),
  )
}

function lightDark(light: string, dark: string): string {
  return `light-dark(${light}, ${dark})`
}

function inSchemes(
  value: unknown,
  read: (text: string) => string | undefined,
  join: (light: string, dark: string) => string,
): string | undefined {
  const schemes = readObject(value)
  if (schemes === undefined) return typeof value === 'string' ? read(value) : undefined
  const light = readText(schemes['light'])
  const dark = readText(schemes['dark'])
  const [lightPaint, darkPaint] = [light, dark].map((text) => (text === undefined ? undefined : read(text)))
  if (lightPaint === undefined || darkPaint === undefined) return lightPaint ?? darkPaint
  return join(lightPaint, darkPaint)
}

function oneColour(value: string, tokens: Tokens): string | undefined {
  if (Object.hasOwn(tokens, value)) return tokens[value]
  const text = value.trim().toLowerCase()
  if (text.length > textLengthMax) return undefined
  if (hex.test(text) || named.test(text)) return text
  const known = primitive.exec(text)
  if (known) return shade(known[1] ?? '', Number(known[2]))
  return beginsAsColour.test(text) && calls(text, innerFunctions) ? text : undefined
}

function oneGradient(value: string): string | undefined {
  const text = value.trim().toLowerCase()
  if (text.length > textLengthMax * 4) return undefined
  return beginsAsGradient.test(text) && calls(text, paintFunctions) ? text : undefined
}

/** Whether it consists of harmless characters and calls nothing but these functions, its brackets in pairs. */
function calls(text: string, functions: ReadonlySet<string>): boolean {
  if (!harmless.test(text) || text.includes('/*')) return false
  let open = 0
  for (const character of text) {
    if (character === '(') open += 1
    if (character === ')') open -= 1
    if (open < 0) return false
  }
  return open === 0 && Array.from(text.matchAll(/([\w-]*)\(/g)).every(([, name]) => functions.has(name ?? ''))
}

/** `red-500`: from 0, white, over 500, the colour at its strongest, to 1000, nearly black. `alpha-70`: the text's colour, thinner. */
function shade(name: string, step: number): string | undefined {
  if (name === 'alpha')
    return step <= 100 ? `color-mix(in srgb, var(--text) ${step}%, transparent)` : undefined
  const hue = hues[name]
  if (hue === undefined || !Object.hasOwn(hues, name) || step > 1000) return undefined
  const [degrees, strongest, middle] = hue
  const share = step / 500
  const lightness = share <= 1 ? 1 - (1 - middle) * share : middle - (middle - 0.16) * (share - 1)
  const chroma = strongest * (share <= 1 ? share ** 0.8 : 1 - (share - 1) * 0.6)
  return `oklch(${lightness.toFixed(3)} ${chroma.toFixed(4)} ${degrees})`
}
