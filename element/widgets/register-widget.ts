import type { WidgetComponent } from '../options.ts'

/** What a component of the page's own may do. */
export interface WidgetComponentHost {
  /** A language tag. */
  locale: string
  /** The item whose widget it stands in; null in a preview. */
  itemId: string | null
  /**
   * Does an action as if it had been clicked: `{ type, payload?, handler?, streaming?, loadingBehavior? }`. In a form the form's
   * values go with it.
   */
  act(action: Readonly<Record<string, unknown>>): void
  /** Where the component's `children` are drawn: to be put wherever they shall stand. */
  children: HTMLElement
  /** The address that an image may be loaded from, or undefined: whose images may be shown is for the thread to say. */
  imageUrl(address: string): string | undefined
}

/** What draws a component may give back, so that it need not be drawn anew when the component changes. */
export interface DrawnWidget {
  element: HTMLElement
  /** The component has changed. Without it, it is drawn anew. */
  update?(node: Readonly<WidgetComponent>): void
  /** It is not shown any more. */
  remove?(): void
}

/** Draws one component. `node` is a copy of it as it came from the server: check what you use. */
export type DrawWidget = (
  node: Readonly<WidgetComponent>,
  host: WidgetComponentHost,
) => HTMLElement | DrawnWidget

const registered = new Map<string, DrawWidget>()
const listeners = new Set<() => void>()

/**
 * Makes the page draw widget components of a type by itself, in all chats of the page and from now on; one that ChatKit knows,
 * too. What is given back stands in the chat's shadow root, where the page's style sheets do not reach: a custom element
 * brings its own. The last one who registers a type draws it.
 *
 * @param type As in the component's `type`, for example `"Acme.Map"`.
 */
export function registerWidget(type: string, draw: DrawWidget): void {
  registered.set(type, draw)
  for (const listener of listeners) listener()
}

export function registeredWidgets(): ReadonlyMap<string, DrawWidget> {
  return registered
}

/** Calls back when something was registered. Returns what ends that. */
export function onRegistered(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
