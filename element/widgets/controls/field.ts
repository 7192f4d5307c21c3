import { enteredValue } from '../../store/widgets.ts'
import type { FieldValue } from '../../store/widgets.ts'
import { fieldName, initialValue } from '../form-values.ts'
import { readFlag, readNodes, readText, readWord } from '../read.ts'
import { fieldKey } from '../widget-parts.ts'
import type { ComponentProps, FieldScope, WidgetParts } from '../widget-parts.ts'
import { readAction } from './action-config.ts'

/** What all fields have in common. */
export interface Field {
  /** Of its element; what says its name refers to it. */
  id: string
  key: string
  /** What it is called. */
  name: string
  /** The same where no `Label` says it. Undefined: one does. */
  label: string | undefined
  value: FieldValue
  isDisabled: boolean
  /** Whether its action cannot be done now, so that it cannot be changed either. */
  isBlocked: boolean
  enter: (value: FieldValue) => void
  /** Enters the value, and does `onChangeAction`. */
  change: (value: FieldValue) => void
}

export function fieldOf(props: ComponentProps): Field {
  const { node, path, scope, parts } = props
  const name = fieldName(node)
  const key = fieldKey(scope, name ?? path)
  const initial = initialValue(node)
  const said = labelText(scope, name)
  const own = ownLabel(props, name)
  const enter = (value: FieldValue): void => parts.host.enter(key, { value, initial })
  return {
    id: fieldId(parts, key),
    key,
    name: said ?? own,
    label: said === undefined ? own : undefined,
    value: enteredValue(parts.state.values, key, initial),
    isDisabled: readFlag(node['disabled']) || parts.allowed === 'none',
    isBlocked: !isAllowed(parts, node['onChangeAction']),
    enter,
    change(value) {
      enter(value)
      parts.host.act(node['onChangeAction'], { node, path, scope, kind: 'change' })
    },
  }
}

/** Ids have no spaces, which names may have. */
export function fieldId({ itemId }: WidgetParts, key: string): string {
  return `field-${encodeURIComponent(itemId ?? 'preview')}-${encodeURIComponent(key)}`
}

/** Whether an action can be done now; what is no action forbids nothing. */
export function isAllowed({ allowed }: WidgetParts, action: unknown): boolean {
  const config = readAction(action)
  if (config === null || allowed === 'all') return true
  return allowed === 'at-once' && config.handler !== 'run'
}

function ownLabel({ node }: ComponentProps, name: string | undefined): string {
  return readText(node['ariaLabel']) ?? readText(node['placeholder']) ?? name ?? node.type
}

/** What the field's `Label` in the same form or row says. */
function labelText(scope: FieldScope | null, name: string | undefined): string | undefined {
  if (scope === null || name === undefined) return undefined
  return findLabel(readNodes(scope.node['children']), name)
}

/** What a button is called that opens what the field is chosen from: the field, and what is chosen. */
export function openerName({ name }: Field, text: string): string {
  return name === text ? name : `${name}: ${text}`
}

function findLabel(nodes: ReturnType<typeof readNodes>, name: string): string | undefined {
  for (const node of nodes) {
    if (node.type === 'Label' && readText(node['fieldName']) === name) return readText(node['value'])
    const inner = findLabel(readNodes(node['children']), name)
    if (inner !== undefined) return inner
  }
  return undefined
}

const sizes = ['3xs', '2xs', 'xs', 'sm', 'md', 'lg', 'xl', '2xl', '3xl'] as const
const variants = ['outline', 'soft', 'solid', 'ghost'] as const
const gutters = ['2xs', 'xs', 'sm', 'md', 'lg', 'xl'] as const

/** The classes that say how a field looks. */
export function fieldClass({ node }: ComponentProps, ...more: string[]): string {
  const gutter = readWord(node['gutterSize'], gutters)
  return [
    'field',
    `size-${readWord(node['size'], sizes) ?? 'md'}`,
    `field-${readWord(node['variant'], variants) ?? 'outline'}`,
    ...(gutter === undefined ? [] : [`gutter-${gutter}`]),
    ...shapeClasses(node),
    ...more,
  ].join(' ')
}

/** Round or not, as wide as there is room or as what it says. */
export function shapeClasses(node: ComponentProps['node']): string[] {
  const pill = node['pill']
  return [
    ...(pill === true ? ['pill'] : []),
    ...(pill === false ? ['no-pill'] : []),
    ...(readFlag(node['block']) ? ['block'] : []),
  ]
}

export function controlSize(node: ComponentProps['node']): string {
  return `size-${readWord(node['size'], sizes) ?? 'md'}`
}
