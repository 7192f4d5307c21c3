/** What is looked at. */
import type { TargetedEvent, VNode } from 'preact'
import { View as NamedIcon } from '../../icons/icon-view.tsx'
import { surfaceColours, readPaint } from '../checks/colours.ts'
import { readFlex } from '../checks/sizes.ts'
import { blockStyle, textColour } from '../checks/styles.ts'
import type { Style } from '../checks/styles.ts'
import { readFlag, readText, readWord } from '../read.ts'
import type { ComponentProps } from '../widget-parts.ts'

const iconSizes = ['xs', 'sm', 'md', 'lg', 'xl', '2xl', '3xl'] as const

export function Icon({ node }: ComponentProps): VNode {
  const size = readWord(node['size'], iconSizes) ?? 'md'
  const colour = textColour(node['color'])
  return (
    <span className={`widget-icon icon-size-${size}`} style={colour === undefined ? {} : { color: colour }}>
      <NamedIcon name={readText(node['name']) ?? ''} />
    </span>
  )
}

const fits = ['cover', 'contain', 'fill', 'scale-down', 'none'] as const
const positions = [
  'top left',
  'top',
  'top right',
  'left',
  'center',
  'right',
  'bottom left',
  'bottom',
  'bottom right',
] as const

export function Image({ node, parts }: ComponentProps): VNode {
  const address = parts.host.image(node['src'])
  const description = readText(node['alt'])?.trim() ?? ''
  const classes = [
    'picture',
    ...(readFlag(node['frame']) ? ['framed'] : []),
    ...(readFlag(node['flush']) ? ['flush'] : []),
  ]
  if (address === undefined) {
    const said = description === '' ? parts.words.imageNotLoaded : description
    return (
      <span
        className={[...classes, 'missing'].join(' ')}
        style={pictureStyle(node)}
        role="img"
        aria-label={said}
      >
        <NamedIcon name="square-image" />
      </span>
    )
  }
  return (
    <img
      className={classes.join(' ')}
      style={pictureStyle(node)}
      src={address}
      alt={description}
      loading="lazy"
      decoding="async"
      referrerpolicy="no-referrer"
      onError={showBroken}
      onLoad={showBroken}
    />
  )
}

/** One that could not be loaded keeps a place in which its description can be read. */
function showBroken({ type, currentTarget }: TargetedEvent<HTMLImageElement>): void {
  currentTarget.classList.toggle('broken', type === 'error')
}

function pictureStyle(node: ComponentProps['node']): Style {
  const style = blockStyle(node)
  // What has a size of its own keeps it beside others that have none.
  if (typeof (node['width'] ?? node['size']) === 'number') style['flexShrink'] = '0'
  const paint = readPaint(node['background'], surfaceColours)
  const flex = readFlex(node['flex'])
  const fit = readWord(node['fit'], fits)
  const position = readWord(node['position'], positions)
  if (paint !== undefined) style['background'] = paint
  if (flex !== undefined) style['flex'] = flex
  if (fit !== undefined) style['objectFit'] = fit
  if (position !== undefined) style['objectPosition'] = position
  return style
}
