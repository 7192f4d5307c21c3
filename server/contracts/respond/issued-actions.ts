/**
 * Which actions a widget of ours offers, and which of them a client asks for.
 *
 *   sent {type, widget_id, payload} ─▶ the offers of that component ─▶ the one that fits ─▶ the action as *we* have issued it
 *
 * What a client sends chooses among what the server has said; it adds nothing but the values of the form around it.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Action } from '../../conversation/agent.ts'
import type { Json, JsonObject, WidgetNode } from '../../conversation/items.ts'
import { formFieldsOf } from './form-fields.ts'
import type { FormField } from './form-fields.ts'
import { componentsOf } from './widgets.ts'
import type { Component } from './widgets.ts'
import type { ClientAction } from './wire.ts'

export interface Offer {
  /** The ids of the component and of all that it lies in. */
  within: readonly string[]
  componentId: string
  /** What is done to the component: `button_click`. */
  deed: string
  action: Action
  /** The agent answers at once, also while another answer is being written. */
  isAnsweredAtOnce: boolean
  /** What the person may have filled in. */
  fields: readonly FormField[]
}

/** Where components have their actions, and what one does to them. */
const places: readonly { find(node: Component['node']): unknown; verb: string }[] = [
  { find: (node) => node['onClickAction'], verb: 'click' },
  { find: (node) => node['onSubmitAction'], verb: 'submit' },
  { find: (node) => node['onChangeAction'], verb: 'change' },
  { find: (node) => actionIn(node['confirm']), verb: 'confirm' },
  { find: (node) => actionIn(node['cancel']), verb: 'cancel' },
]

export function offersOf(widget: WidgetNode): Offer[] {
  return collect(componentsOf(widget), [], [])
}

function collect(component: Component, outside: readonly string[], around: readonly FormField[]): Offer[] {
  const { node, id, type, children } = component
  const within = [...outside, id]
  const isForm = node['type'] === 'Form' || (node['type'] === 'Card' && node['asForm'] === true)
  const fields = isForm ? [...around, ...formFieldsOf(component)] : around
  const own = places.flatMap(({ find, verb }): Offer[] => {
    const config = find(node)
    // What a page handles by itself is never sent.
    if (!isObject(config) || typeof config['type'] !== 'string' || config['handler'] === 'client') return []
    const action = { type: config['type'], payload: config['payload'] ?? null }
    return [
      {
        within,
        componentId: id,
        deed: `${type}_${verb}`,
        action,
        isAnsweredAtOnce: config['streaming'] === false,
        fields: verb === 'change' ? [...fields, ...formFieldsOf({ ...component, children: [] })] : fields,
      },
    ]
  })
  return [...own, ...children.flatMap((child) => collect(child, within, fields))]
}

/** The action as it was issued, with the form's values. Null: none fits. `several`: it is not clear which. */
export function chooseAction(
  offers: readonly Offer[],
  sent: Pick<ClientAction, 'type' | 'widget_id' | 'payload'>,
  isWholeWidget: boolean,
): { action: Action; isAnsweredAtOnce: boolean } | 'several' | null {
  const fitting = offers.flatMap((offer) => {
    if (!isWholeWidget && !offer.within.includes(sent.widget_id)) return []
    const action = fit(offer, sent)
    return action === null ? [] : [{ action, isAnsweredAtOnce: offer.isAnsweredAtOnce }]
  })
  const [first] = fitting
  if (first === undefined) return null
  return fitting.every(({ action }) => isDeepStrictEqual(action, first.action)) ? first : 'several'
}

function fit(offer: Offer, sent: Pick<ClientAction, 'type' | 'widget_id' | 'payload'>): Action | null {
  const { action, deed, componentId, fields } = offer
  const isDeed = sent.type === deed && sent.widget_id === componentId
  if (sent.type !== action.type && !isDeed) return null
  if (sent.payload === null || sent.payload === undefined) return action
  if (!isObject(sent.payload) || (action.payload !== null && !isObject(action.payload))) {
    return isDeepStrictEqual(sent.payload, action.payload) ? action : null
  }
  const issued = action.payload ?? {}
  const values: JsonObject = {}
  for (const [name, value] of Object.entries(sent.payload)) {
    if (Object.hasOwn(issued, name)) {
      if (!isDeepStrictEqual(issued[name], value)) return null
    } else if (!(isDeed && name === 'action' && namesType(action.type, value))) {
      if (!isFilledIn(fields, name, value)) return null
      values[name] = value
    }
  }
  const isAsIssued = Object.keys(values).length === 0
  return isAsIssued ? action : { ...action, payload: { ...values, ...issued } }
}

/** `complete` names `task_complete`: contract D's example has it beside what the button's action carries. */
function namesType(type: string, value: unknown): boolean {
  return typeof value === 'string' && (type === value || type.endsWith(`_${value}`))
}

/** Names with dots nest: `todo.title` is `{todo: {title}}`. */
function isFilledIn(fields: readonly FormField[], name: string, value: Json): boolean {
  const field = fields.find((each) => each.name === name)
  if (field !== undefined) return field.accepts(value)
  const inner = fields.flatMap((each) =>
    each.name.startsWith(`${name}.`) ? [{ ...each, name: each.name.slice(name.length + 1) }] : [],
  )
  if (inner.length === 0 || !isObject(value)) return false
  return Object.entries(value).every(([key, entry]) => isFilledIn(inner, key, entry))
}

function actionIn(holder: unknown): unknown {
  return isObject(holder) ? holder['action'] : undefined
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
