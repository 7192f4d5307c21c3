/**
 * ChatKit's widgets and contract D's: two spellings of one tree, and nothing is lost on the way, in either direction.
 *
 *   {type: 'Title', id, value: 'Your Tasks'}  ◀──▶  {id, type: 'headline', props: {text: 'Your Tasks'}}
 *
 * Each component is translated by itself, in the plain way that the tables of names say. Where the plain way would not lead
 * back, what was there is kept beside it: of a ChatKit component in D's `metadata.chatkit`, of one of D's in ChatKit's `respond`.
 * A reader who knows neither sees the plain translation.
 */
import { isDeepStrictEqual } from 'node:util'
import { ParleyError } from '../../conversation/errors.ts'
import type { WidgetNode } from '../../conversation/items.ts'
import { chatKitType, propNames, respondType } from './widget-names.ts'
import { widgetSchema } from './wire.ts'
import type { RespondWidget } from './wire.ts'

type Properties = Record<string, unknown>

/** A component without its children. `one` is a lone child that stands in no list: ChatKit's `Transition`. */
interface ChatKitPart {
  node: WidgetNode
  children: 'none' | 'one' | 'many'
}
interface RespondPart {
  node: Omit<RespondWidget, 'children'>
  children: 'none' | 'many'
}

/** Where a component stands, as far as it matters. */
interface Place {
  isInList: boolean
  /** D's components all have ids: those without one get this, which is the same each time. */
  id: string
  childCount: number
}

const rootId = 'widget'

/** ChatKit's widget as D's. */
export function toRespondWidget(widget: WidgetNode): RespondWidget {
  return encodeNode(widget, { isInList: false, id: rootId })
}

/** D's widget as ChatKit's. */
export function toChatKitWidget(widget: RespondWidget): WidgetNode {
  return decodeNode(widget, { isInList: false, id: rootId })
}

/** For whoever builds widgets in D's schema: throws `invalid_request` for what is none, or too large. */
export function readRespondWidget(given: unknown): WidgetNode {
  refuseLarge(given)
  const result = widgetSchema.safeParse(given)
  if (result.success) return toChatKitWidget(result.data)
  const [issue] = result.error.issues
  throw new ParleyError('invalid_request', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'Invalid'}`)
}

export const widgetNodesMax = 10_000
export const widgetDepthMax = 64

/** Before anything follows its nodes. */
function refuseLarge(given: unknown): void {
  let level = [given]
  for (let depth = 0, nodes = 0; level.length > 0; depth += 1) {
    nodes += level.length
    if (nodes > widgetNodesMax) throw tooLarge(`${widgetNodesMax} components (widgetNodesMax)`)
    if (depth >= widgetDepthMax) throw tooLarge(`${widgetDepthMax} levels (widgetDepthMax)`)
    level = level.flatMap((node) =>
      isObject(node) && Array.isArray(node['children']) ? node['children'] : [],
    )
  }
}

function tooLarge(limit: string): ParleyError {
  return new ParleyError('invalid_request', `A widget has at most ${limit}.`)
}

/** A component of a widget, in both spellings of its name. */
export interface Component {
  node: Properties
  /** D's, made up where it has none. */
  id: string
  /** D's. */
  type: string
  children: Component[]
}

export function componentsOf(widget: WidgetNode): Component {
  return visit(widget, { isInList: false, id: rootId })
}

type Standing = Omit<Place, 'childCount'>

function visit(widget: WidgetNode, standing: Standing): Component {
  const { part, children } = splitChatKit(widget)
  const { node } = encodePart(part, { ...standing, childCount: children.length })
  return {
    node: widget,
    id: node.id,
    type: node.type,
    children: children.map((child, index) => visit(child, below(part, node.id, index))),
  }
}

function encodeNode(widget: WidgetNode, standing: Standing): RespondWidget {
  const { part, children } = splitChatKit(widget)
  const own = encodePart(part, { ...standing, childCount: children.length })
  if (own.children === 'none') return own.node
  return {
    ...own.node,
    children: children.map((child, index) => encodeNode(child, below(part, own.node.id, index))),
  }
}

function decodeNode(widget: RespondWidget, standing: Standing): WidgetNode {
  const { children = [], ...node } = widget
  const part = decodePart(
    { node, children: widget.children === undefined ? 'none' : 'many' },
    { ...standing, childCount: children.length },
  )
  const decoded = children.map((child, index) => decodeNode(child, below(part, node.id, index)))
  if (part.children === 'none') return part.node
  return { ...part.node, children: part.children === 'one' ? decoded[0] : decoded }
}

const below = ({ node }: ChatKitPart, parentId: string, index: number): Standing => ({
  isInList: node.type === 'ListView',
  id: `${parentId}.${index}`,
})

/** Children that are no components stay where they are. */
function splitChatKit(widget: WidgetNode): { part: ChatKitPart; children: WidgetNode[] } {
  const { children, ...node } = widget
  if (Array.isArray(children) && children.every(isNode)) return { part: { node, children: 'many' }, children }
  if (isNode(children)) return { part: { node, children: 'one' }, children: [children] }
  return { part: { node: widget, children: 'none' }, children: [] }
}

/** The first that leads back. The last always does. */
function encodePart(part: ChatKitPart, place: Place): RespondPart {
  const leadsBack = (candidate: RespondPart): boolean => isDeepStrictEqual(decodePart(candidate, place), part)
  const kept = part.node['respond']
  if (isRespondPart(kept) && leadsBack(kept)) return kept
  const plain = encodePlain(part, place)
  return leadsBack(plain) ? plain : encodeKeeping(part, place)
}

function encodeKeeping(part: ChatKitPart, place: Place): RespondPart {
  const { node, children } = encodePlain(part, place)
  return { node: { ...node, metadata: { ...node.metadata, chatkit: { ...part } } }, children }
}

function decodePart(part: RespondPart, place: Place): ChatKitPart {
  const kept = part.node.metadata?.['chatkit']
  if (isChatKitPart(kept, place) && isDeepStrictEqual(encodeKeeping(kept, place), part)) return kept
  const plain = decodePlain(part, place)
  if (isDeepStrictEqual(encodePlain(plain, place), part)) return plain
  return { ...plain, node: { ...plain.node, respond: { ...part } } }
}

/** ChatKit's own defaults, which D's `{type, payload}` does not say. */
const actionDefaults: Properties = { handler: 'server', loadingBehavior: 'auto', streaming: true }

function encodePlain({ node, children }: ChatKitPart, { isInList, id: givenId }: Place): RespondPart {
  const { type, id, children: _noComponents, metadata, ...own } = node
  const names = propNames(type)
  const props = Object.fromEntries(
    Object.entries(own).map(([name, value]) => [names.get(name) ?? name, value]),
  )
  const { action, settings } = splitAction(props['action'])
  const notes: Properties = {
    ...(isObject(metadata) ? metadata : {}),
    ...(typeof id === 'string' ? {} : { generated_id: true }),
    ...(Object.keys(settings).length === 0 ? {} : { action: settings }),
  }
  return {
    node: {
      id: typeof id === 'string' ? id : givenId,
      type: respondType(type, isInList),
      ...(Object.keys(props).length === 0
        ? {}
        : { props: action === undefined ? props : { ...props, action } }),
      ...(isObject(metadata) || Object.keys(notes).length > 0 ? { metadata: notes } : {}),
    },
    children: children === 'none' ? 'none' : 'many',
  }
}

function decodePlain({ node, children }: RespondPart, { isInList, childCount }: Place): ChatKitPart {
  const type = chatKitType(node.type, isInList)
  const names = new Map(Array.from(propNames(type), ([chatKit, respond]) => [respond, chatKit]))
  const { generated_id: isGenerated, action: settings, ...metadata } = node.metadata ?? {}
  const { children: _reserved, ...props } = node.props ?? {}
  if (isAction(props['action'])) {
    props['action'] = { ...actionDefaults, ...props['action'], ...(isObject(settings) ? settings : {}) }
  }
  const hadNotes = isGenerated !== undefined || settings !== undefined
  return {
    node: {
      ...Object.fromEntries(Object.entries(props).map(([name, value]) => [names.get(name) ?? name, value])),
      ...(node.metadata === undefined || (hadNotes && Object.keys(metadata).length === 0)
        ? {}
        : { metadata }),
      ...(isGenerated === true ? {} : { id: node.id }),
      type,
    },
    children: children === 'none' ? 'none' : type === 'Transition' && childCount === 1 ? 'one' : 'many',
  }
}

/** D's action says what, the settings how, as far as that is not how it always is. */
function splitAction(value: unknown): { action?: Properties; settings: Properties } {
  if (!isAction(value)) return { settings: {} }
  const entries = Object.entries(value)
  const isSetting = ([name]: [string, unknown]): boolean => Object.hasOwn(actionDefaults, name)
  return {
    action: Object.fromEntries(entries.filter((entry) => !isSetting(entry))),
    settings: Object.fromEntries(
      entries.filter((entry) => isSetting(entry) && entry[1] !== actionDefaults[entry[0]]),
    ),
  }
}

function isObject(value: unknown): value is Properties {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isNode(value: unknown): value is WidgetNode {
  return isObject(value) && typeof value['type'] === 'string'
}

function isAction(value: unknown): value is Properties {
  return isObject(value) && typeof value['type'] === 'string'
}

function isRespondPart(value: unknown): value is RespondPart {
  if (!isObject(value) || !isNode(value['node'])) return false
  const { id, props = {}, metadata = {}, children } = value['node']
  const isPart = typeof id === 'string' && isObject(props) && isObject(metadata) && children === undefined
  return isPart && isFamily(value['children'])
}

function isChatKitPart(value: unknown, { childCount }: Place): value is ChatKitPart {
  if (!isObject(value) || !isNode(value['node'])) return false
  return isFamily(value['children']) || (value['children'] === 'one' && childCount === 1)
}

function isFamily(value: unknown): value is 'none' | 'many' {
  return value === 'none' || value === 'many'
}
