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
import type { AllowedActions } from '../store/state.ts'
import type { Entered, Popup, WidgetState } from '../store/widgets.ts'
import type { Words } from '../words/words.ts'

/** Draws nodes of one type. A property of the node may be missing, null or of any type: read.ts and checks/ read them. */
export type WidgetComponent = (props: ComponentProps) => VNode | null

export interface ComponentProps {
  node: WidgetNode
  /** Where the node is in its widget: names it in the store, also while the widget changes around it. */
  path: string
  /** The form, the row or the widget that it stands in. */
  scope: FieldScope | null
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
  /** Which actions can be done now. */
  allowed: AllowedActions
  state: WidgetState
  host: WidgetHost
  components: ReadonlyMap<string, WidgetComponent>
}

/** What a component may ask of the element. The same object for as long as the widget is shown. */
export interface WidgetHost {
  /** Does an action, which is as it came from the wire: null and what is no action do nothing. */
  act(action: unknown, source: ActionSource): void
  /** Keeps what was entered into a field. */
  enter(field: string, entered: Entered): void
  /** Shows all of a node that showed only a part. */
  unfold(path: string): void
  /** Opens a list or a calendar over the widget; null closes it. */
  popup(popup: Popup | null): void
  /** The address an image may be loaded from, or undefined if it may not. Relative ones are the page's. */
  image(source: unknown): string | undefined
  /** Copies a text of the widget. */
  copy(text: string): void
}

/** What a person used. */
export interface ActionSource {
  node: WidgetNode
  path: string
  scope: FieldScope | null
  kind: 'click' | 'submit' | 'change' | 'confirm' | 'cancel'
}

/** What keeps the names of fields apart: a form, a card that is one, the row of a list, or the widget. */
export interface FieldScope {
  /** The scope's own path. */
  path: string
  node: WidgetNode
  /** Whether its fields' values go with every action in it. */
  isForm: boolean
}

/** The name under which a field's value is kept: forms and rows of one widget may use the same names. */
export function fieldKey(scope: FieldScope | null, name: string): string {
  return `${scope?.path ?? ''}#${name}`
}
