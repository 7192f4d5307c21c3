import type { Style } from '../checks/styles.ts'

const names = ['--flush-top', '--flush-end', '--flush-bottom', '--flush-start'] as const

/**
 * How far something that is `flush` must reach to get to the edge of the container it stands in: the container's padding,
 * as variables that its children read. A container without padding of its own leaves them as they were around it.
 */
export function flushStyle(style: Style): Style {
  const { padding } = style
  if (padding !== undefined) {
    const [top = '0px', end = top, bottom = top, start = end] = sidesOf(padding)
    return variables([top, end, bottom, start])
  }
  return variables([
    style['paddingBlockStart'],
    style['paddingInlineEnd'],
    style['paddingBlockEnd'],
    style['paddingInlineStart'],
  ])
}

/** A formula has blanks, too, and then it is the only value (see `readSpacing`). */
function sidesOf(padding: string): string[] {
  return padding.includes('(') ? [padding] : padding.split(' ')
}

function variables(values: readonly (string | undefined)[]): Style {
  const style: Style = {}
  names.forEach((name, place) => {
    const value = values[place]
    if (value !== undefined) style[name] = value === '0' ? '0px' : value
  })
  return style
}
