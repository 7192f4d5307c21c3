/** Fields that one writes in. */
import type { RefObject, VNode } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { readPattern } from '../checks/pattern.ts'
import { textStyle } from '../checks/styles.ts'
import { readLength } from '../checks/sizes.ts'
import { readCount, readFlag, readObject, readText, readWord } from '../read.ts'
import { fieldKey } from '../widget-parts.ts'
import type { ComponentProps } from '../widget-parts.ts'
import { fieldClass, fieldId, fieldOf } from './field.ts'

const inputTypes = ['number', 'email', 'text', 'password', 'tel', 'url'] as const
const rowsMax = 40

export function Input(props: ComponentProps): VNode {
  const { node } = props
  const field = fieldOf(props)
  const element = useRef<HTMLInputElement>(null)
  useAttention(element, props, node)
  return (
    <input
      ref={element}
      {...autofill(node)}
      {...kindOf(node)}
      id={field.id}
      className={fieldClass(props, 'text-field')}
      dir="auto"
      value={textOf(field.value)}
      disabled={field.isDisabled}
      required={readFlag(node['required'])}
      pattern={readPattern(node['pattern'], textOf(field.value))}
      placeholder={readText(node['placeholder'])}
      aria-label={field.label}
      onInput={(event) => field.enter(event.currentTarget.value)}
    />
  )
}

/** Numbers may have any fraction. */
function kindOf(node: ComponentProps['node']): Record<string, string> {
  const type = readWord(node['inputType'], inputTypes) ?? 'text'
  return type === 'number' ? { type, step: 'any' } : { type }
}

export function Textarea(props: ComponentProps): VNode {
  const { node } = props
  const field = fieldOf(props)
  const element = useRef<HTMLTextAreaElement>(null)
  const value = textOf(field.value)
  const rows = readCount(node['rows'], rowsMax) ?? 3
  const isGrowing = readFlag(node['autoResize'])
  const most = readCount(node['maxRows'], rowsMax)
  useAttention(element, props, node)
  usePattern(element, readPattern(node['pattern'], value), value)
  useLayoutEffect(() => {
    if (isGrowing) fitHeight(element.current)
  }, [value, isGrowing])
  return (
    <textarea
      ref={element}
      {...autofill(node)}
      id={field.id}
      className={fieldClass(props, 'text-field', ...(isGrowing ? ['fitting'] : []))}
      style={{
        '--rows': String(rows),
        ...(most === undefined ? {} : { '--rows-max': String(Math.max(most, rows)) }),
      }}
      rows={rows}
      dir="auto"
      value={value}
      disabled={field.isDisabled}
      required={readFlag(node['required'])}
      placeholder={readText(node['placeholder'])}
      aria-label={field.label}
      onInput={(event) => field.enter(event.currentTarget.value)}
    />
  )
}

/** A `Text` that can be changed where it stands. */
export function EditableText(props: ComponentProps): VNode {
  const { node } = props
  const editable = readObject(node['editable']) ?? {}
  const field = fieldOf(props)
  const element = useRef<HTMLInputElement>(null)
  useAttention(element, props, editable)
  const width = readLength(node['width'])
  const size = readWord(node['size'], ['xs', 'sm', 'md', 'lg', 'xl']) ?? 'md'
  return (
    <input
      ref={element}
      {...autofill(editable)}
      id={field.id}
      className={`editable text-${size}${readFlag(node['italic']) ? ' italic' : ''}`}
      style={{ ...textStyle(node), ...(width === undefined ? {} : { inlineSize: width }) }}
      dir="auto"
      value={textOf(field.value)}
      disabled={field.isDisabled}
      required={readFlag(editable['required'])}
      pattern={readPattern(editable['pattern'], textOf(field.value))}
      placeholder={readText(editable['placeholder'])}
      aria-label={field.label === undefined ? undefined : (readText(editable['placeholder']) ?? field.label)}
      onInput={(event) => field.enter(event.currentTarget.value)}
    />
  )
}

export function Label({ node, scope, parts }: ComponentProps): VNode {
  const size = readWord(node['size'], ['xs', 'sm', 'md', 'lg', 'xl']) ?? 'sm'
  const target = fieldId(parts, fieldKey(scope, readText(node['fieldName']) ?? ''))
  return (
    <label className={`label text-${size}`} style={textStyle(node)} htmlFor={target} dir="auto">
      {readText(node['value']) ?? ''}
    </label>
  )
}

function textOf(value: string | boolean | null): string {
  return typeof value === 'string' ? value : ''
}

/** Password managers and the like keep out unless they are asked in. */
function autofill(node: Readonly<Record<string, unknown>>): Record<string, string> {
  const autoComplete = readText(node['autoComplete'])
  if (readFlag(node['allowAutofillExtensions'])) return autoComplete === undefined ? {} : { autoComplete }
  return {
    autoComplete: autoComplete ?? 'off',
    'data-1p-ignore': '',
    'data-lpignore': 'true',
    'data-bwignore': 'true',
    'data-form-type': 'other',
  }
}

/** `autoFocus` is for a field that has just arrived, and takes the keyboard from nobody who is using it. */
function useAttention(
  element: RefObject<HTMLInputElement | HTMLTextAreaElement | null>,
  { parts }: ComponentProps,
  wishes: Readonly<Record<string, unknown>>,
): void {
  useLayoutEffect(() => {
    const field = element.current
    const root = field?.getRootNode()
    if (!field || !(root instanceof ShadowRoot)) return
    if (readFlag(wishes['autoFocus']) && parts.growing && isIdle(root.activeElement)) {
      field.focus({ preventScroll: true })
    }
  }, [])
  const isSelecting = readFlag(wishes['autoSelect'])
  useLayoutEffect(() => {
    const field = element.current
    if (!field || !isSelecting) return
    const select = (): void => field.select()
    field.addEventListener('focus', select)
    return () => field.removeEventListener('focus', select)
  }, [isSelecting])
}

function isIdle(active: Element | null): boolean {
  return active === null || (active instanceof HTMLTextAreaElement && active.value === '')
}

/** A text of several lines has no pattern of its own; what is wrong is said in the words that the browser has for a line. */
function usePattern(
  element: RefObject<HTMLTextAreaElement | null>,
  pattern: string | undefined,
  value: string,
): void {
  useLayoutEffect(() => {
    const field = element.current
    if (!field) return
    const line = document.createElement('input')
    if (pattern !== undefined) line.pattern = pattern
    line.value = value
    field.setCustomValidity(line.validationMessage)
  }, [pattern, value])
}

/** For browsers without `field-sizing: content`. */
function fitHeight(element: HTMLTextAreaElement | null): void {
  if (!element || CSS.supports('field-sizing', 'content')) return
  element.style.height = 'auto'
  element.style.height = `${element.scrollHeight}px`
}
