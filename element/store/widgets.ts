/** What a person did to a widget that its item does not say: it outlives the widget's own changes, and its being drawn again. */
export interface WidgetState {
  /** What was entered into its fields, by the field's key (see `fieldKey` in widgets/widget-parts.ts). */
  values: Readonly<Record<string, Entered>>
  /** The paths of the nodes that were unfolded: lists that show all, cards that show their body. */
  unfolded: readonly string[]
  /** The actions that are being done, by the path of the node that shows it. */
  acting: readonly Acting[]
  /** The paths of the cards whose main action was done here. */
  done: readonly string[]
  /** What is open over it: a list to choose from, or a calendar. */
  popup: Popup | null
}

/** What a field can hold: text (also dates and chosen values), or whether it is checked. Null: nothing is chosen. */
export type FieldValue = string | boolean | null

export interface Entered {
  value: FieldValue
  /** What the field held by itself when this was entered. When the agent gives it something else to hold, that counts. */
  initial: FieldValue
}

export interface Acting {
  path: string
  shows: 'self' | 'container' | 'none'
}

export interface Popup {
  /** The field's key. */
  field: string
  /** What was typed to find an option. */
  query: string
  /** The option or the day (`2026-12-31`) that the keyboard is at. */
  active: string
}

export type WidgetEvent =
  | { type: 'widget-entered'; itemId: string; field: string; entered: Entered }
  | { type: 'widget-unfolded'; itemId: string; path: string }
  | { type: 'widget-popup'; itemId: string; popup: Popup | null }
  | { type: 'widget-acting'; itemId: string; acting: Acting }
  /** `isDone`: it was the main action of the card at `path`, and it succeeded. */
  | { type: 'widget-acted'; itemId: string; path: string; doneCard: string | null }

/** By the widget's item. */
export type WidgetStates = Readonly<Record<string, WidgetState>>

export const untouchedWidget: WidgetState = { values: {}, unfolded: [], acting: [], done: [], popup: null }

/** Ids come from agents: one that every object has by itself names no widget. */
export function widgetStateOf(widgets: WidgetStates, itemId: string): WidgetState {
  return (Object.hasOwn(widgets, itemId) ? widgets[itemId] : undefined) ?? untouchedWidget
}

/** What a field holds: what was entered into it, or what it holds by itself. */
export function enteredValue(values: WidgetState['values'], field: string, initial: FieldValue): FieldValue {
  const entered = Object.hasOwn(values, field) ? values[field] : undefined
  return entered !== undefined && entered.initial === initial ? entered.value : initial
}

export function reduceWidgets(widgets: WidgetStates, event: WidgetEvent): WidgetStates {
  const before = widgetStateOf(widgets, event.itemId)
  const after = reduceWidget(before, event)
  return after === before ? widgets : { ...widgets, [event.itemId]: after }
}

function reduceWidget(widget: WidgetState, event: WidgetEvent): WidgetState {
  switch (event.type) {
    case 'widget-entered':
      return { ...widget, values: { ...widget.values, [event.field]: event.entered } }
    case 'widget-unfolded':
      return { ...widget, unfolded: withPath(widget.unfolded, event.path) }
    case 'widget-popup':
      return { ...widget, popup: event.popup }
    case 'widget-acting':
      return { ...widget, acting: [...widget.acting, event.acting] }
    case 'widget-acted':
      return acted(widget, event)
  }
}

/** Of an action that was begun before the conversation was left, nothing is known any more. */
function acted(
  widget: WidgetState,
  { path, doneCard }: Extract<WidgetEvent, { type: 'widget-acted' }>,
): WidgetState {
  if (!widget.acting.some((acting) => acting.path === path)) return widget
  return {
    ...widget,
    acting: widget.acting.filter((acting) => acting.path !== path),
    done: doneCard === null ? widget.done : withPath(widget.done, doneCard),
    unfolded: doneCard === null ? widget.unfolded : widget.unfolded.filter((other) => other !== doneCard),
  }
}

function withPath(paths: readonly string[], path: string): readonly string[] {
  return paths.includes(path) ? paths : [...paths, path]
}
