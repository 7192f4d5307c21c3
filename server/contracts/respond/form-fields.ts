/** What a person may fill in: the controls of a form that have a name, and which values each can have. */
import type { Component } from './widgets.ts'

export interface FormField {
  name: string
  accepts(value: unknown): boolean
}

/** In UTF-16 code units. */
const fieldLengthMax = 20_000

/** Of the component and all below it. */
export function formFieldsOf({ node, children }: Pick<Component, 'node' | 'children'>): FormField[] {
  const own = fieldOf(node)
  return [...(own === null ? [] : [own]), ...children.flatMap(formFieldsOf)]
}

function fieldOf(node: Component['node']): FormField | null {
  const { type, editable } = node
  // A text that can be edited in its place.
  const name = type === 'Text' ? nameIn(editable) : nameIn(node)
  if (name === undefined || typeof type !== 'string' || node['disabled'] === true) return null
  if (type === 'Input' || type === 'Textarea' || type === 'DatePicker' || type === 'Text') {
    return { name, accepts: (value) => isText(value) || typeof value === 'number' }
  }
  if (type === 'Checkbox') return { name, accepts: (value) => typeof value === 'boolean' }
  if (type !== 'Select' && type !== 'RadioGroup') return null
  const values = optionsOf(node['options'])
  const mayBeEmpty = type === 'Select' && node['clearable'] === true
  return { name, accepts: (value) => values.includes(value) || (mayBeEmpty && value === null) }
}

function nameIn(holder: unknown): string | undefined {
  const name: unknown =
    typeof holder === 'object' && holder !== null ? Reflect.get(holder, 'name') : undefined
  return typeof name === 'string' && name !== '' ? name : undefined
}

function optionsOf(options: unknown): unknown[] {
  if (!Array.isArray(options)) return []
  return options.flatMap((option: unknown) => {
    if (typeof option !== 'object' || option === null || Reflect.get(option, 'disabled') === true) return []
    return [Reflect.get(option, 'value')]
  })
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.length <= fieldLengthMax
}
