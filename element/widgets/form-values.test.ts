import { describe, expect, it } from 'vitest'
import type { WidgetNode } from '../../server/contracts/chatkit/wire.ts'
import type { Entered } from '../store/widgets.ts'
import { formValues, mergeValues, optionsOf } from './form-values.ts'

const options = [
  { value: 'a', label: 'A' },
  { value: 'b', label: 'B', disabled: true },
]

function form(...children: WidgetNode[]): WidgetNode {
  return { type: 'Form', children: [{ type: 'Col', children }] }
}

function valuesOf(node: WidgetNode, entered: Record<string, Entered> = {}): Record<string, unknown> {
  return Object.fromEntries(formValues(node, '/f', entered))
}

describe('the values of a form', () => {
  it('[WIDGET-30] fields send what they hold by themselves until something is entered', () => {
    const node = form(
      { type: 'Input', name: 'title', defaultValue: 'Milk' },
      { type: 'Textarea', name: 'notes' },
      { type: 'Text', value: 'Shop', editable: { name: 'place' } },
      { type: 'Checkbox', name: 'urgent', defaultChecked: true },
      { type: 'Checkbox', name: 'done' },
      { type: 'Select', name: 'size', options, defaultValue: 'a' },
      { type: 'DatePicker', name: 'day', defaultValue: '2026-03-01T00:00:00Z' },
      { type: 'Transition', children: { type: 'Input', name: 'inner', defaultValue: 'x' } },
    )
    expect(valuesOf(node)).toEqual({
      title: 'Milk',
      notes: '',
      place: 'Shop',
      urgent: true,
      done: false,
      size: 'a',
      day: '2026-03-01T00:00:00Z',
      inner: 'x',
    })
    expect(valuesOf(node, { '/f#title': { value: 'Bread', initial: 'Milk' } })).toMatchObject({
      title: 'Bread',
    })
  })

  it('[WIDGET-30] numbers are numbers, and options are sent as they were offered', () => {
    const node = form(
      { type: 'Input', name: 'count', inputType: 'number', defaultValue: '12.5' },
      { type: 'Input', name: 'none', inputType: 'number' },
      { type: 'RadioGroup', name: 'pick', options: [{ value: 3, label: 'Three' }], defaultValue: '3' },
    )
    expect(valuesOf(node)).toEqual({ count: 12.5, none: '', pick: 3 })
  })

  it('[WIDGET-30] what is not chosen, is switched off or is no field is left out; what was cleared is null', () => {
    const node = form(
      { type: 'Select', name: 'open', options },
      { type: 'Select', name: 'cleared', options, defaultValue: 'a', clearable: true },
      { type: 'Select', name: 'gone', options, defaultValue: 'z' },
      { type: 'Select', name: 'off', options, defaultValue: 'b' },
      { type: 'Input', name: 'disabled', defaultValue: 'x', disabled: true },
      { type: 'Icon', name: 'star' },
      { type: 'Input', defaultValue: 'nameless' },
      { type: 'Text', value: 'Not editable', editable: false },
    )
    expect(valuesOf(node, { '/f#cleared': { value: null, initial: 'a' } })).toEqual({ cleared: null })
  })

  it('[WIDGET-30] a form in a form keeps its fields to itself', () => {
    const inner: WidgetNode = { type: 'Card', asForm: true, children: [{ type: 'Input', name: 'inner' }] }
    expect(valuesOf(form({ type: 'Input', name: 'outer' }, inner))).toEqual({ outer: '' })
    expect(valuesOf(inner)).toEqual({ inner: '' })
    const card: WidgetNode = { type: 'Card', children: [{ type: 'Input', name: 'in' }] }
    expect(valuesOf(form(card))).toEqual({ in: '' })
  })

  it('[WIDGET-30] options that are none are passed over', () => {
    const node = { type: 'Select', options: [null, 'x', { label: 'no value' }, { value: 'y' }] }
    expect(optionsOf(node)).toMatchObject([{ value: 'y', label: 'y', isDisabled: false }])
    expect(optionsOf({ type: 'Select' })).toEqual([])
  })
})

describe('a payload with the values in it', () => {
  it('[WIDGET-30] dots in names nest, also into what the payload has', () => {
    const given = mergeValues({ id: 1, todo: { id: 7 } }, [
      ['todo.title', 'Milk'],
      ['todo.when.day', '2026-01-01'],
      ['a', true],
    ])
    expect(given).toEqual({
      payload: { id: 1, todo: { id: 7, title: 'Milk', when: { day: '2026-01-01' } }, a: true },
      dropped: [],
    })
    expect(mergeValues(null, [])).toEqual({ payload: null, dropped: [] })
    expect(mergeValues(null, [['a', 1]])).toEqual({ payload: { a: 1 }, dropped: [] })
  })

  it('[WIDGET-31] what is there stays, and what has no room is named', () => {
    const payload = { id: 1, name: null, todo: 'text' }
    const values = [
      ['id', 2],
      ['name', 'x'],
      ['todo.title', 'y'],
      ['fits', 'z'],
      ['fits.not', 'w'],
    ] as const
    expect(mergeValues(payload, values)).toEqual({
      payload: { ...payload, fits: 'z' },
      dropped: ['id', 'name', 'todo.title', 'fits.not'],
    })
    expect(mergeValues(['list'], [['a', 1]])).toEqual({ payload: ['list'], dropped: ['a'] })
    expect(payload).toEqual({ id: 1, name: null, todo: 'text' })
  })

  it('[WIDGET-31] a name that every object has by itself is a name like any other', () => {
    const { payload, dropped } = mergeValues({}, [
      ['__proto__.polluted', true],
      ['constructor', 'c'],
      ['toString.x', 1],
    ])
    expect(dropped).toEqual([])
    expect(JSON.stringify(payload)).toBe(
      '{"__proto__":{"polluted":true},"constructor":"c","toString":{"x":1}}',
    )
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })
})
