/** Where a theme meets the document: the only place that sets custom properties of the element, and that adds fonts to the page. */
import type { ThemeSetter } from './follow-theme.ts'
import { themeFaces, themeProperties } from './theme.ts'
import type { ColorKnowledge, Face } from './theme.ts'

/** Returns what sets a theme in the place of the one before. */
export function createThemeSetter(style: CSSStyleDeclaration): ThemeSetter {
  let names: string[] = []
  return (theme) => {
    for (const name of names) style.removeProperty(name)
    const properties = Object.entries(themeProperties(theme, colorKnowledge()))
    names = properties.map(([name]) => name)
    for (const [name, value] of properties) style.setProperty(name, value)
    for (const face of themeFaces(theme, document.baseURI)) addFace(face)
  }
}

/** Fonts belong to the document, not to a shadow root: each face is added once, whoever asks for it. */
const added = new Set<string>()

function addFace({ family, source, descriptors }: Face): void {
  const key = JSON.stringify([family, source, descriptors])
  if (added.has(key)) return
  added.add(key)
  // One that cannot be had, or is none, is replaced by the next family, as everywhere in CSS.
  document.fonts.add(new FontFace(family, source, descriptors))
}

function colorKnowledge(): ColorKnowledge {
  const canvas = document.createElement('canvas').getContext('2d')
  return {
    isColor: (value) => CSS.supports('color', value),
    luminance(value) {
      if (!canvas) return undefined
      // A canvas tells a colour as `#rrggbb` whatever it was written as, if it is opaque and one of sRGB.
      canvas.fillStyle = '#000'
      canvas.fillStyle = value
      const [, hex] = /^#([\da-f]{6})$/.exec(canvas.fillStyle) ?? []
      return hex === undefined ? undefined : luminanceOf(Number.parseInt(hex, 16))
    },
  }
}

/** Source: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminanceOf(color: number): number {
  const [red = 0, green = 0, blue = 0] = [color >> 16, (color >> 8) & 255, color & 255].map((channel) => {
    const part = channel / 255
    return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
