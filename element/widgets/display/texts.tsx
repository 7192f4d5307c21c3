/** What is read. */
import type { VNode } from 'preact'
import { MarkdownView } from '../../view/markdown-view.tsx'
import { readLength } from '../checks/sizes.ts'
import { textStyle } from '../checks/styles.ts'
import type { Style } from '../checks/styles.ts'
import { readFlag, readObject, readText, readWord } from '../read.ts'
import type { ComponentProps } from '../widget-parts.ts'

const textSizes = ['xs', 'sm', 'md', 'lg', 'xl'] as const
const titleSizes = ['sm', 'md', 'lg', 'xl', '2xl', '3xl', '4xl', '5xl'] as const
const captionSizes = ['sm', 'md', 'lg'] as const

export function Text(props: ComponentProps): VNode | null {
  const { node, parts } = props
  const Editable = parts.components.get('Text.editable')
  if (Editable !== undefined && readObject(node['editable']) !== undefined) return <Editable {...props} />
  const value = readText(node['value']) ?? ''
  const isGrowing = readFlag(node['streaming']) && parts.growing
  if (value === '' && !isGrowing && node['minLines'] === undefined) return null
  const width = readLength(node['width'])
  const style: Style = { ...textStyle(node), ...(width === undefined ? {} : { inlineSize: width }) }
  const size = readWord(node['size'], textSizes) ?? 'md'
  const classes = [
    `text text-${size}`,
    ...lineClasses(props),
    ...(readFlag(node['italic']) ? ['italic'] : []),
    ...(isGrowing ? ['growing'] : []),
  ]
  return (
    <p className={classes.join(' ')} style={style} dir="auto">
      {readFlag(node['lineThrough']) ? <s>{value}</s> : value}
    </p>
  )
}

export function Title(props: ComponentProps): VNode | null {
  const { node } = props
  const value = readText(node['value']) ?? ''
  if (value.trim() === '') return null
  const size = readWord(node['size'], titleSizes) ?? 'md'
  return (
    <h3
      className={['text', `title-${size}`, ...lineClasses(props)].join(' ')}
      style={textStyle(node)}
      dir="auto"
    >
      {value}
    </h3>
  )
}

export function Caption(props: ComponentProps): VNode | null {
  const { node } = props
  const value = readText(node['value']) ?? ''
  if (value === '') return null
  const size = readWord(node['size'], captionSizes) ?? 'md'
  return (
    <p
      className={['text', `caption-${size}`, ...lineClasses(props)].join(' ')}
      style={textStyle(node)}
      dir="auto"
    >
      {value}
    </p>
  )
}

function lineClasses({ node }: ComponentProps): string[] {
  if (readFlag(node['truncate'])) return ['truncated']
  return node['maxLines'] === undefined ? [] : ['clamped']
}

export function Markdown({ node, parts }: ComponentProps): VNode {
  return (
    <MarkdownView
      text={readText(node['value']) ?? ''}
      growing={readFlag(node['streaming']) && parts.growing}
      words={parts.words}
      copied={null}
      onCopy={parts.host.copy}
    />
  )
}

const badgeColours = ['secondary', 'success', 'danger', 'warning', 'info', 'discovery'] as const
const badgeVariants = ['solid', 'soft', 'outline'] as const

export function Badge({ node }: ComponentProps): VNode | null {
  const label = readText(node['label']) ?? ''
  if (label === '') return null
  const colour = readWord(node['color'], badgeColours) ?? 'secondary'
  const variant = readWord(node['variant'], badgeVariants) ?? 'soft'
  const size = readWord(node['size'], captionSizes) ?? 'sm'
  const pill = node['pill'] === undefined || readFlag(node['pill']) ? ' pill' : ''
  return (
    <span className={`badge badge-${variant} tone-${colour} badge-${size}${pill}`} dir="auto">
      {label}
    </span>
  )
}
