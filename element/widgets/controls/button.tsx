import type { TargetedMouseEvent, VNode } from 'preact'
import { View as NamedIcon } from '../../icons/icon-view.tsx'
import { readFlag, readText, readWord } from '../read.ts'
import type { ComponentProps, WidgetParts } from '../widget-parts.ts'
import { isActing, isWaiting } from './acting.ts'
import { controlSize, isAllowed, shapeClasses } from './field.ts'
import { mainAction } from './form.tsx'

const colours = [
  'primary',
  'secondary',
  'info',
  'discovery',
  'success',
  'caution',
  'warning',
  'danger',
] as const
const variants = ['solid', 'soft', 'outline', 'ghost'] as const
const iconSizes = ['sm', 'md', 'lg', 'xl', '2xl'] as const

export function Button(props: ComponentProps): VNode {
  const { node, path, scope, parts } = props
  const isSubmit = readFlag(node['submit'])
  const main = isSubmit && scope !== null ? mainAction(scope) : undefined
  const action = main ?? node['onClickAction']

  function onClick(event: TargetedMouseEvent<HTMLButtonElement>): void {
    // A form with an action of its own hears of it from the browser.
    if (main !== undefined) return
    event.preventDefault()
    const { form } = event.currentTarget
    if (isSubmit && form !== null && !form.reportValidity()) return
    parts.host.act(action, { node, path, scope, kind: 'click' })
  }

  return (
    <PlainButton
      type={isSubmit ? 'submit' : 'button'}
      className={buttonClasses(node)}
      path={path}
      isDisabled={readFlag(node['disabled'])}
      isBlocked={isBlocked(parts, action)}
      isBusy={isActing(parts, path)}
      label={readText(node['label']) ?? ''}
      iconStart={readText(node['iconStart'])}
      iconEnd={readText(node['iconEnd'])}
      isUniform={readFlag(node['uniform'])}
      onClick={onClick}
    />
  )
}

/** An action that cannot be done now blocks its button, without taking the keyboard from it. */
export function isBlocked(parts: WidgetParts, action: unknown): boolean {
  return !isAllowed(parts, action) || isWaiting(parts)
}

/** `style` is a short way to say colour and variant; what is said itself wins. */
function buttonClasses(node: ComponentProps['node']): string {
  const style = readWord(node['style'], ['primary', 'secondary'])
  const colour = readWord(node['color'], colours) ?? style ?? 'secondary'
  const variant = readWord(node['variant'], variants) ?? (colour === 'secondary' ? 'outline' : 'solid')
  const iconSize = readWord(node['iconSize'], iconSizes)
  return [
    `button hue-${colour} button-${variant}`,
    controlSize(node),
    ...shapeClasses(node),
    ...(readFlag(node['uniform']) ? ['uniform'] : []),
    ...(iconSize === undefined ? [] : [`button-icon-${iconSize}`]),
  ].join(' ')
}

export interface PlainButtonProps {
  type: 'button' | 'submit'
  className: string
  path: string
  isDisabled: boolean
  isBlocked: boolean
  isBusy: boolean
  label: string
  iconStart?: string | undefined
  iconEnd?: string | undefined
  /** As wide as high: only its icon is seen. */
  isUniform?: boolean
  onClick?: (event: TargetedMouseEvent<HTMLButtonElement>) => void
}

export function PlainButton(props: PlainButtonProps): VNode {
  const {
    type,
    className,
    path,
    isDisabled,
    isBlocked: blocked,
    isBusy,
    label,
    iconStart,
    iconEnd,
    onClick,
  } = props
  const icon = iconStart ?? iconEnd
  const isIconOnly = icon !== undefined && (label === '' || props.isUniform === true)
  const isOff = blocked || isBusy
  return (
    <button
      type={type}
      className={className}
      data-path={path}
      disabled={isDisabled}
      aria-disabled={isOff || undefined}
      aria-busy={isBusy || undefined}
      aria-label={isIconOnly ? (label === '' ? iconWords(icon) : label) : undefined}
      title={isIconOnly && label !== '' ? label : undefined}
      onClick={(event) => {
        if (isOff) event.preventDefault()
        else onClick?.(event)
      }}
    >
      {isBusy ? <span className="spinner" /> : null}
      {iconStart === undefined ? null : <NamedIcon name={iconStart} />}
      {isIconOnly ? null : <span dir="auto">{label}</span>}
      {iconEnd === undefined || (isIconOnly && iconStart !== undefined) ? null : <NamedIcon name={iconEnd} />}
    </button>
  )
}

/** Of a button that says nothing else: `book-open` is “book open”. */
function iconWords(name: string): string {
  return name.replace(/^\w+:/, '').replaceAll('-', ' ')
}
