/** The prop groups that several components share, as checked styles. They are set through the CSSOM, one property at a time. */
import type { WidgetNode } from '../../../server/contracts/chatkit/wire.ts'
import { readCount, readWord } from '../read.ts'
import { borderColours, readColour, readPaint, surfaceColours, textColours } from './colours.ts'
import { readBorder, readFlex, readLength, readRadius, readRatio, readSpace, readSpacing } from './sizes.ts'

export type Style = Record<string, string>

/** Only what is there. */
function styleOf(values: Record<string, string | undefined>): Style {
  const style: Style = {}
  for (const [name, value] of Object.entries(values)) if (value !== undefined) style[name] = value
  return style
}

/** Sizes, proportions, corners and margin. `size` sets both sides; what says more wins. */
export function blockStyle(node: WidgetNode): Style {
  const read = (name: string, both: string): string | undefined => readLength(node[name] ?? node[both])
  return {
    ...styleOf({
      inlineSize: read('width', 'size'),
      blockSize: read('height', 'size'),
      minInlineSize: read('minWidth', 'minSize'),
      minBlockSize: read('minHeight', 'minSize'),
      maxInlineSize: read('maxWidth', 'maxSize'),
      maxBlockSize: read('maxHeight', 'maxSize'),
      aspectRatio: readRatio(node['aspectRatio']),
      borderRadius: readRadius(node['radius']),
    }),
    ...readSpacing('margin', node['margin']),
  }
}

const alignments = ['start', 'center', 'end', 'baseline', 'stretch'] as const
const justifications = {
  start: 'flex-start',
  center: 'center',
  end: 'flex-end',
  between: 'space-between',
  around: 'space-around',
  evenly: 'space-evenly',
  stretch: 'stretch',
} as const
const justificationNames = Object.keys(justifications) as (keyof typeof justifications)[]
const wraps = ['nowrap', 'wrap', 'wrap-reverse'] as const

/** How children are laid out. */
export function layoutStyle(node: WidgetNode): Style {
  const align = readWord(node['align'], alignments)
  const justify = readWord(node['justify'], justificationNames)
  return styleOf({
    alignItems: align === 'start' || align === 'end' ? `flex-${align}` : align,
    justifyContent: justify && justifications[justify],
    flexWrap: readWord(node['wrap'], wraps),
    gap: readSpace(node['gap']),
  })
}

/** A container: its layout, sizes, padding, border and what is painted behind it. */
export function boxStyle(node: WidgetNode): Style {
  return {
    ...blockStyle(node),
    ...layoutStyle(node),
    ...styleOf({ flex: readFlex(node['flex']) }),
    ...frameStyle(node),
  }
}

/** Padding, border and background. */
export function frameStyle(node: WidgetNode): Style {
  return {
    ...readSpacing('padding', node['padding']),
    ...readBorder(node['border'], borderColour),
    ...styleOf({ background: readPaint(node['background'], surfaceColours) }),
  }
}

function borderColour(value: unknown): string {
  return readColour(value, borderColours) ?? 'var(--line)'
}

/** The colour of a line. */
export function lineColour(value: unknown): string | undefined {
  return readColour(value, borderColours)
}

/** The colour of text or of an icon. */
export function textColour(value: unknown): string | undefined {
  return readColour(value, textColours)
}

const weights = { normal: '400', medium: '500', semibold: '600', bold: '700' } as const
const weightNames = Object.keys(weights) as (keyof typeof weights)[]
const textAlignments = ['start', 'center', 'end'] as const
const linesMax = 1000

/** Colour, weight, alignment and the number of lines. `maxLines` needs the class `clamped` beside it. */
export function textStyle(node: WidgetNode): Style {
  const weight = readWord(node['weight'], weightNames)
  const minLines = readCount(node['minLines'], linesMax)
  const maxLines = readCount(node['maxLines'], linesMax)
  return styleOf({
    color: textColour(node['color']),
    fontWeight: weight && weights[weight],
    textAlign: readWord(node['textAlign'], textAlignments),
    minBlockSize: minLines === undefined ? undefined : `${minLines}lh`,
    WebkitLineClamp: maxLines === undefined ? undefined : String(maxLines),
  })
}
