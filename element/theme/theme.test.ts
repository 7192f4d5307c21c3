import { describe, expect, it } from 'vitest'
import { themeFaces, themeProperties } from './theme.ts'
import type { ColorKnowledge, ThemeProperties } from './theme.ts'
import type { ThemeOptions } from '../options.ts'

const knowledge: ColorKnowledge = {
  isColor: (value) => /^#[\da-f]{6}$|^[a-z]+$|^rgb\(/.test(value),
  luminance: (value) => ({ '#ffffff': 1, '#fafafa': 0.95, '#111111': 0.006 })[value],
}
const propertiesOf = (theme: ThemeOptions): ThemeProperties => themeProperties(theme, knowledge)

/** What a page without a compiler may hand in. */
const unchecked = (theme: unknown): ThemeProperties => themeProperties(theme as ThemeOptions, knowledge)

/** Source: https://bottosson.github.io/posts/oklab/, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminanceOf(color: string): number {
  const [lightness = 0, chroma = 0, hue = 0] = (/oklch\((.*)\)/.exec(color)?.[1] ?? '').split(' ').map(Number)
  const a = chroma * Math.cos((hue * Math.PI) / 180)
  const b = chroma * Math.sin((hue * Math.PI) / 180)
  const l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b) ** 3
  const m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b) ** 3
  const s = (lightness - 0.089_484_177_5 * a - 1.291_485_548 * b) ** 3
  const inside = (part: number): number => Math.min(1, Math.max(0, part))
  return (
    0.2126 * inside(4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s) +
    0.7152 * inside(-1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s) +
    0.0722 * inside(-0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701 * s)
  )
}

function contrast(one: string, other: string): number {
  const [bright = 0, dark = 0] = [luminanceOf(one), luminanceOf(other)].toSorted((x, y) => y - x)
  return (bright + 0.05) / (dark + 0.05)
}

/** A property's colour in light and in dark. */
function colorsOf(properties: ThemeProperties, name: string): [light: string, dark: string] {
  const [, light = '', dark = ''] =
    /^light-dark\((.*), (.*)\)$/.exec(properties[`--theme-${name}`] ?? '') ?? []
  return [light, dark]
}

describe('the option theme', () => {
  it('[THEME-1] each of its options becomes properties', () => {
    expect(themeProperties('dark', knowledge)).toEqual({ 'color-scheme': 'dark' })
    expect(
      propertiesOf({
        colorScheme: 'light',
        radius: 'sharp',
        density: 'compact',
        typography: { baseSize: 14, fontFamily: 'Inter, sans-serif', fontFamilyMono: '"JetBrains Mono"' },
        color: { accent: { primary: '#ff0000', level: 3 } },
      }),
    ).toEqual({
      'color-scheme': 'light',
      '--theme-radius': '0rem',
      '--theme-radius-control': '0rem',
      '--theme-density': '0.75',
      '--theme-size': '0.875rem',
      '--theme-font': 'Inter, sans-serif',
      '--theme-font-mono': '"JetBrains Mono"',
      '--theme-accent': '#ff0000',
      '--theme-bubble': 'var(--accent-ground)',
      '--theme-on-bubble': 'var(--on-accent)',
    })
  })

  it('[THEME-1] without a theme, or an empty one, everything stays at its default', () => {
    expect(themeProperties(undefined, knowledge)).toEqual({})
    expect(propertiesOf({})).toEqual({})
    expect(propertiesOf({ typography: {}, color: {} })).toEqual({})
  })

  it('[THEME-1] what is none of an option’s values is left out, and numbers are kept within their bounds', () => {
    const nothing = [
      'auto',
      null,
      { colorScheme: 'system', radius: 'constructor', density: '__proto__' },
      { typography: { baseSize: '16', fontFamily: 'x; } * { color: red', fontFamilyMono: '' } },
      { typography: { baseSize: Number.NaN, fontFamily: 7, fontFamilyMono: 'x'.repeat(501) } },
      { color: { grayscale: { hue: 'red', tint: 3 }, accent: { primary: 'url(//evil)', level: 1 } } },
      {
        color: {
          accent: { primary: '#12', level: 1 },
          surface: { background: 'no colour!', foreground: 'red' },
        },
      },
    ]
    for (const theme of nothing) expect(unchecked(theme), JSON.stringify(theme)).toEqual({})
    expect(propertiesOf({ typography: { baseSize: 99 } })).toEqual({ '--theme-size': '1.125rem' })
    expect(propertiesOf({ typography: { baseSize: 2 } })).toEqual({ '--theme-size': '0.875rem' })
    expect(unchecked({ color: { accent: { primary: 'red', level: 9 } } })['--theme-bubble']).toBe(
      'var(--accent-ground)',
    )
  })

  it('[THEME-1] the level of the accent says how much of the page shows it', () => {
    const bubbleAt = (level: number): string | undefined =>
      propertiesOf({ color: { accent: { primary: 'red', level } } })['--theme-bubble']
    expect([0, 1, 2, 3].map(bubbleAt)).toEqual([
      'var(--raised)',
      'var(--raised)',
      'var(--accent-soft)',
      'var(--accent-ground)',
    ])
    expect(propertiesOf({ color: { accent: { primary: 'red', level: 0 } } })['--theme-action']).toBe(
      'var(--text)',
    )
  })

  it('[THEME-2] text can be read on both grounds, and strong lines be seen, at every hue, tint and shade', () => {
    const hues = Array.from({ length: 24 }, (_, place) => place * 15)
    const shades = [-4, -2, 0, 2, 4]
    const grounds = ['surface', 'raised']
    const tooLow = hues.flatMap((hue) =>
      [0, 5, 9].flatMap((tint) =>
        shades.flatMap((shade) => {
          const properties = propertiesOf({ color: { grayscale: { hue, tint, shade } } })
          const check = (name: string, ground: string, least: number): string[] =>
            [0, 1].flatMap((scheme) => {
              const found = contrast(
                colorsOf(properties, name)[scheme] ?? '',
                colorsOf(properties, ground)[scheme] ?? '',
              )
              return found >= least ? [] : [`${name} on ${ground}, ${hue}/${tint}/${shade}: ${found}`]
            })
          return [
            ...grounds.flatMap((ground) => [...check('text', ground, 7), ...check('muted', ground, 4.5)]),
            ...check('line-strong', 'surface', 3),
          ]
        }),
      ),
    )
    expect(tooLow).toEqual([])
  })

  it('[THEME-2] a foreground that could not be read on its background is taken for a raised ground', () => {
    const surface = (background: string, foreground: string): ThemeProperties =>
      propertiesOf({ color: { surface: { background, foreground } } })
    expect(surface('#ffffff', '#111111')['--theme-text']).toBe('#111111')
    const similar = surface('#ffffff', '#fafafa')
    expect([similar['--theme-text'], similar['--theme-raised']]).toEqual([undefined, '#fafafa'])
    expect(surface('#ffffff', 'red')['--theme-text']).toBe('red')
  })

  it('[THEME-3] fonts come from where the page says, and from nowhere that is no place for a font', () => {
    const faceOf = (src: string): string | undefined =>
      themeFaces({ typography: { fontSources: [{ family: 'Own', src }] } }, 'https://page.test/chat/')[0]
        ?.source
    expect(faceOf('own.woff2')).toBe('url("https://page.test/chat/own.woff2")')
    expect(faceOf('https://fonts.test/a".woff2')).toBe('url("https://fonts.test/a%22.woff2")')
    expect(faceOf('data:font/woff2;base64,AA"==')).toBe('url("data:font/woff2;base64,AA%22==")')
    expect(
      ['javascript:alert(1)', 'file:///etc/passwd', 'data:text/html,x', 'https://', 'ftp://x/y'].map(faceOf),
    ).toEqual([undefined, undefined, undefined, undefined, undefined])
  })

  it('[THEME-3] a face keeps its weight, style and range, and text is shown while it is loaded', () => {
    const theme: ThemeOptions = {
      typography: {
        fontSources: [
          { family: 'Own', src: '/a.woff2', weight: 700, style: 'italic', unicodeRange: 'U+0-7F' },
          { family: 'Own', src: '/b.woff2', display: 'block' },
          { family: 'x}', src: '/c.woff2' },
        ],
      },
    }
    expect(themeFaces(theme, 'https://page.test/').map(({ descriptors }) => descriptors)).toEqual([
      { weight: '700', style: 'italic', unicodeRange: 'U+0-7F', display: 'swap' },
      { display: 'block' },
    ])
    expect(themeFaces('dark', 'https://page.test/')).toEqual([])
  })
})
