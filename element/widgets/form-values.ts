/**
 * What a form sends with its actions: the values of its fields by their names.
 *
 *   form node ──fieldsOf──▶ name, type, default ──+ what was entered──▶ [name, value] ──mergeValues──▶ the action's payload
 */
import type { Json, JsonObject, WidgetNode } from '../../server/contracts/chatkit/wire.ts'
import { enteredValue } from '../store/widgets.ts'
import type { FieldValue, WidgetState } from '../store/widgets.ts'
import { readFlag, readNodes, readObject, readText } from './read.ts'

export type FormValue = readonly [name: string, value: Json]

/** The fields of a form, without those of forms in it. Of fields with the same name the last one counts, as their value is one. */
export function formValues(form: WidgetNode, path: string, values: WidgetState['values']): FormValue[] {
  const found = new Map<string, Json>()
  for (const node of fieldsIn(form)) {
    const name = fieldName(node)
    if (name === undefined || readFlag(node['disabled'])) continue
    const value = fieldValue(node, `${path}#${name}`, values)
    if (value !== undefined) found.set(name, value)
  }
  return [...found]
}

function fieldsIn(node: WidgetNode): WidgetNode[] {
  return readNodes(node['children']).flatMap((child) => [child, ...(isForm(child) ? [] : fieldsIn(child))])
}

export function isForm(node: WidgetNode): boolean {
  return node.type === 'Form' || (node.type === 'Card' && readFlag(node['asForm']))
}

/** Undefined for a node that is no field: an icon has a name, too, but nothing is ever entered into it. */
export function fieldName(node: WidgetNode): string | undefined {
  const holder = node.type === 'Text' ? readObject(node['editable']) : node
  const name = readText(holder?.['name'])
  return name === '' ? undefined : name
}

/** What a field holds before anything is entered: null for nothing chosen. */
export function initialValue(node: WidgetNode): FieldValue {
  switch (node.type) {
    case 'Checkbox':
      return readFlag(node['defaultChecked'])
    case 'Select':
    case 'RadioGroup':
      return readText(node['defaultValue']) ?? null
    case 'Text':
      return readText(node['value']) ?? ''
    case 'Input':
    case 'Textarea':
    case 'DatePicker':
      return readText(node['defaultValue']) ?? ''
    // A component of the page's own: it says by `enter` what it holds.
    default:
      return null
  }
}

/** What a field sends. Undefined: nothing, because nothing is chosen. `key` is the field's, see `fieldKey`. */
export function fieldValue(node: WidgetNode, key: string, values: WidgetState['values']): Json | undefined {
  const value = enteredValue(values, key, initialValue(node))
  switch (node.type) {
    case 'Checkbox':
      return value === true
    case 'Input':
      return node['inputType'] === 'number' ? numberIn(value) : (value ?? '')
    case 'Textarea':
    case 'DatePicker':
    case 'Text':
      return value ?? ''
    case 'Select':
    case 'RadioGroup': {
      const chosen = optionsOf(node).find((option) => option.value === value && !option.isDisabled)
      // What was chosen and then cleared is said to be nothing.
      return chosen?.raw ?? (Object.hasOwn(values, key) && value === null ? null : undefined)
    }
    default:
      return Object.hasOwn(values, key) ? value : undefined
  }
}

/** What is no number yet is sent as it was typed. */
function numberIn(value: FieldValue): Json {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN
  return Number.isFinite(number) ? number : (value ?? '')
}

export interface Option {
  value: string
  /** As the wire has it: what is sent is what was offered. */
  raw: string | number
  label: string
  description: string | undefined
  isDisabled: boolean
}

export function optionsOf(node: WidgetNode): Option[] {
  const options: unknown = node['options']
  return (Array.isArray(options) ? options : []).flatMap((given: unknown): Option[] => {
    const option = readObject(given)
    const raw = option?.['value']
    const value = readText(raw)
    if (option === undefined || value === undefined || (typeof raw !== 'string' && typeof raw !== 'number'))
      return []
    return [
      {
        value,
        raw,
        label: readText(option['label']) ?? value,
        description: readText(option['description']),
        isDisabled: readFlag(option['disabled']),
      },
    ]
  })
}

/**
 * The payload with the values in it; dots in names nest (`todo.title` is `{todo: {title}}`). What the payload has already stays,
 * and the names of the values for which there was no room are given back.
 */
export function mergeValues(
  payload: Json,
  values: readonly FormValue[],
): { payload: Json; dropped: string[] } {
  if (payload !== null && !isObject(payload)) return { payload, dropped: values.map(([name]) => name) }
  const dropped: string[] = []
  let merged: JsonObject | null = payload
  for (const [name, value] of values) {
    const next = withValue(merged ?? {}, name.split('.'), value)
    if (next === undefined) dropped.push(name)
    else merged = next
  }
  return { payload: merged, dropped }
}

function withValue(holder: JsonObject, steps: readonly string[], value: Json): JsonObject | undefined {
  const [step = '', ...further] = steps
  const own = Object.hasOwn(holder, step) ? holder[step] : undefined
  if (further.length === 0) return own === undefined ? withOwn(holder, step, value) : undefined
  if (own !== undefined && !isObject(own)) return undefined
  const inner = withValue(own ?? {}, further, value)
  return inner && withOwn(holder, step, inner)
}

/** A computed key is always the object's own, also `__proto__`. */
function withOwn(holder: JsonObject, key: string, value: Json): JsonObject {
  return { ...holder, [key]: value }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
