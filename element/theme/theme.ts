/**
 * The option `theme` as custom properties of the element (`--theme-…`, which style/tokens.css reads) and as faces of fonts.
 * What a value means is said in options.ts; what is none of its values is left out, so that the default stays.
 */
import type { ColorScheme, FontSource, ThemeOptions } from '../options.ts'

/** What only a browser knows of colours. */
export interface ColorKnowledge {
  /** Whether it is a colour in CSS. */
  isColor(value: string): boolean
  /** How light it is, 0 to 1 as WCAG has it; undefined where that cannot be said. */
  luminance(value: string): number | undefined
}

export type ThemeProperties = Record<string, string>

export function themeProperties(
  theme: ColorScheme | ThemeOptions | undefined,
  knowledge: ColorKnowledge,
): ThemeProperties {
  // Pages without a compiler also write null.
  if (theme === undefined || theme === null) return {}
  const options: ThemeOptions = typeof theme === 'string' ? { colorScheme: theme } : theme
  const { colorScheme, radius, density, typography, color } = options
  return {
    ...(colorScheme === 'light' || colorScheme === 'dark' ? { 'color-scheme': colorScheme } : {}),
    ...(radius === undefined ? {} : own(radii, radius)),
    ...(density === undefined ? {} : own(densities, density)),
    ...typographyProperties(typography),
    ...grayscaleProperties(color?.grayscale),
    ...surfaceProperties(color?.surface, knowledge),
    ...accentProperties(color?.accent, knowledge),
  }
}

const radii: Record<NonNullable<ThemeOptions['radius']>, ThemeProperties> = {
  pill: { '--theme-radius': '1rem', '--theme-radius-control': '10rem' },
  round: { '--theme-radius': '0.75rem', '--theme-radius-control': '0.625rem' },
  soft: { '--theme-radius': '0.375rem', '--theme-radius-control': '0.375rem' },
  sharp: { '--theme-radius': '0rem', '--theme-radius-control': '0rem' },
}

const densities: Record<NonNullable<ThemeOptions['density']>, ThemeProperties> = {
  compact: { '--theme-density': '0.75' },
  normal: { '--theme-density': '1' },
  spacious: { '--theme-density': '1.25' },
}

/** Options come from pages that may not be checked by a compiler. */
function own<Value>(table: Record<string, Value>, key: string): Value | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}

const sizePixels = { min: 14, max: 18 }

function typographyProperties(typography: ThemeOptions['typography']): ThemeProperties {
  if (!typography) return {}
  const { baseSize, fontFamily, fontFamilyMono } = typography
  const size = clamped(baseSize, sizePixels.min, sizePixels.max)
  return {
    // In rem, so that it still grows with what a person has told the browser.
    ...(size === undefined ? {} : { '--theme-size': `${size / 16}rem` }),
    ...(isFontFamily(fontFamily) ? { '--theme-font': fontFamily } : {}),
    ...(isFontFamily(fontFamilyMono) ? { '--theme-font-mono': fontFamilyMono } : {}),
  }
}

const fontFamilyCharactersMax = 500

function isFontFamily(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.trim() !== '' &&
    value.length <= fontFamilyCharactersMax &&
    !/[;{}<>@\\]/.test(value)
  )
}

/** A gray by its lightness in OKLCH, how much a step of the shade changes that, and its chroma at full tint. */
interface Gray {
  lightness: number
  step: number
  chroma: number
}

/** In light and in dark. Text stays readable (4.5:1) on both grounds, and strong lines visible (3:1), at every shade. */
const grays: Record<string, readonly [light: Gray, dark: Gray]> = {
  '--theme-surface': [
    { lightness: 1, step: 0.004, chroma: 0.012 },
    { lightness: 0.205, step: 0.012, chroma: 0.03 },
  ],
  '--theme-raised': [
    { lightness: 0.968, step: 0.005, chroma: 0.016 },
    { lightness: 0.262, step: 0.012, chroma: 0.034 },
  ],
  '--theme-line': [
    { lightness: 0.912, step: 0.01, chroma: 0.024 },
    { lightness: 0.345, step: 0.014, chroma: 0.038 },
  ],
  '--theme-line-strong': [
    { lightness: 0.6, step: 0.01, chroma: 0.04 },
    { lightness: 0.575, step: 0.01, chroma: 0.04 },
  ],
  '--theme-muted': [
    { lightness: 0.49, step: 0.01, chroma: 0.045 },
    { lightness: 0.735, step: 0.008, chroma: 0.035 },
  ],
  '--theme-text': [
    { lightness: 0.235, step: 0.01, chroma: 0.04 },
    { lightness: 0.935, step: 0.005, chroma: 0.015 },
  ],
}

const tintMax = 9
const shadeMax = 4

function grayscaleProperties(grayscale: NonNullable<ThemeOptions['color']>['grayscale']): ThemeProperties {
  const hue = clamped(grayscale?.hue, 0, 360)
  const tint = clamped(grayscale?.tint, 0, tintMax)
  if (hue === undefined || tint === undefined) return {}
  const shade = clamped(grayscale?.shade, -shadeMax, shadeMax) ?? 0
  const shown = ({ lightness, step, chroma }: Gray): string => {
    const light = Math.min(1, lightness + step * shade)
    return `oklch(${rounded(light)} ${rounded((chroma * tint) / tintMax)} ${rounded(hue)})`
  }
  return Object.fromEntries(
    Object.entries(grays).map(([name, [light, dark]]) => [
      name,
      `light-dark(${shown(light)}, ${shown(dark)})`,
    ]),
  )
}

/** Below it, a foreground cannot be meant as the colour of text. */
const contrastMin = 3

/**
 * What lies between the two is mixed from them. A foreground that could not be read on the background is taken for that of
 * raised parts, as which some pages use it.
 */
function surfaceProperties(
  surface: NonNullable<ThemeOptions['color']>['surface'],
  knowledge: ColorKnowledge,
): ThemeProperties {
  const background = checkedColor(surface?.background, knowledge)
  if (background === undefined) return {}
  const foreground = checkedColor(surface?.foreground, knowledge)
  const mixed = (percent: number): string => `color-mix(in oklab, var(--text) ${percent}%, var(--surface))`
  const between = {
    '--theme-surface': background,
    '--theme-raised': mixed(5),
    '--theme-line': mixed(13),
    '--theme-line-strong': mixed(52),
    '--theme-muted': mixed(72),
  }
  if (foreground === undefined) return between
  const contrast = contrastOf(knowledge.luminance(background), knowledge.luminance(foreground))
  if (contrast !== undefined && contrast < contrastMin) return { ...between, '--theme-raised': foreground }
  return { ...between, '--theme-text': foreground }
}

/** Source: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrastOf(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return undefined
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
}

/** How much of the page shows the accent: only outlines and links, the send button, a breath of it behind questions, all of it. */
const levels: readonly ThemeProperties[] = [
  {
    '--theme-action': 'var(--text)',
    '--theme-on-action': 'var(--surface)',
    '--theme-bubble': 'var(--raised)',
  },
  { '--theme-bubble': 'var(--raised)' },
  { '--theme-bubble': 'var(--accent-soft)' },
  { '--theme-bubble': 'var(--accent-ground)', '--theme-on-bubble': 'var(--on-accent)' },
]

function accentProperties(
  accent: NonNullable<ThemeOptions['color']>['accent'],
  knowledge: ColorKnowledge,
): ThemeProperties {
  const primary = checkedColor(accent?.primary, knowledge)
  if (primary === undefined) return {}
  const level = Math.round(clamped(accent?.level, 0, levels.length - 1) ?? 1)
  return { '--theme-accent': primary, ...levels[level] }
}

function checkedColor(value: unknown, { isColor }: ColorKnowledge): string | undefined {
  return typeof value === 'string' && !/[;{}]|url\(/i.test(value) && isColor(value) ? value : undefined
}

function clamped(value: unknown, min: number, max: number): number | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined
  return Math.min(max, Math.max(min, value))
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000
}

/** As the constructor `FontFace` takes it. */
export interface Face {
  family: string
  source: string
  descriptors: FontFaceDescriptors
}

const fontSourcesMax = 40

/** The faces that the theme names, each by an address that the page itself has written. */
export function themeFaces(theme: ColorScheme | ThemeOptions | undefined, baseUrl: string): Face[] {
  const sources = typeof theme === 'object' ? theme.typography?.fontSources : undefined
  return (sources ?? []).slice(0, fontSourcesMax).flatMap((source) => {
    const url = fontUrl(source.src, baseUrl)
    if (url === undefined || !isFontFamily(source.family)) return []
    return [{ family: source.family, source: `url("${url}")`, descriptors: descriptorsOf(source) }]
  })
}

function descriptorsOf({ weight, style, display, unicodeRange }: FontSource): FontFaceDescriptors {
  return {
    ...(weight === undefined ? {} : { weight: String(weight) }),
    ...(style === undefined ? {} : { style }),
    ...(unicodeRange === undefined ? {} : { unicodeRange }),
    display: display ?? 'swap',
  }
}

/** What may stand between the quotes of `url("…")`, or undefined if no font can be there. */
function fontUrl(source: unknown, baseUrl: string): string | undefined {
  if (typeof source !== 'string' || !URL.canParse(source, baseUrl)) return undefined
  const { href, protocol } = new URL(source, baseUrl)
  const isFont = /^(?:https?|blob):$/.test(protocol) || /^data:(?:font|application)\//i.test(href)
  return isFont ? href.replace(/["\\\n\r\f]/g, encodeURIComponent) : undefined
}
