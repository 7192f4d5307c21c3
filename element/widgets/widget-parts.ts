/**
 * The seam between a widget and its components:
 *
 *   item.widget ──WidgetView──▶ root node ──NodeView──▶ components.get(node.type)
 *                                   ▲                         │ Children (node.children)
 *                                   └─────────────────────────┘
 *
 * A component is a function of its node and of what is in here. It holds no state: what is entered lies in the store.
 */
import type { VNode } from 'preact'
import type { WidgetNode } from '../../server/contracts/chatkit/wire.ts'
import type { FieldValue, WidgetState } from '../store/widgets.ts'
import type { Words } from '../words/words.ts'

/** Draws nodes of one type. A property of the node may be missing, null or of any type: read.ts and checks/ read them. */
export type WidgetComponent = (props: ComponentProps) => VNode | null

export interface ComponentProps {
  node: WidgetNode
  /** Where the node is in its widget: names it in the store, also while the widget changes around it. */
  path: string
  /** The form it stands in. */
  scope: FormScope | null
  /** The same object until something about the widget has changed. */
  parts: WidgetParts
}

/** What all components of one widget get. */
export interface WidgetParts {
  /** Null for a widget that is no item: a preview. */
  itemId: string | null
  words: Words
  /** Whether the run that may still change the widget is going on. */
  growing: boolean
  state: WidgetState
  host: WidgetHost
  components: ReadonlyMap<string, WidgetComponent>
}

/** What a component may ask of the element. The same object for as long as the widget is shown. */
export interface WidgetHost {
  /** Does an action, which is as it came from the wire: null and what is no action do nothing. */
  act(action: unknown, source: ActionSource): void
  /** Keeps what was entered into a field. */
  enter(field: string, value: FieldValue): void
  /** Shows all of a node that showed only a part. */
  unfold(path: string): void
  /** The address an image may be loaded from, or undefined if it may not. Relative ones are the page's. */
  image(source: unknown): string | undefined
  /** Copies a text of the widget. */
  copy(text: string): void
}

/** What a person used. */
export interface ActionSource {
  node: WidgetNode
  path: string
  scope: FormScope | null
  kind: 'click' | 'submit' | 'change' | 'confirm' | 'cancel'
}

/** A form, or a card that is one. */
export interface FormScope {
  /** The form's own path. */
  path: string
}

/** The name under which a field's value is kept: forms of one widget may use the same names. */
export function fieldKey(scope: FormScope | null, name: string): string {
  return `${scope?.path ?? ''}#${name}`
}
