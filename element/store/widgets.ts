/** What a person did to a widget that its item does not say: it outlives the widget's own changes, and its being drawn again. */
export interface WidgetState {
  /** What was entered into its fields, by the field's key (see `fieldKey` in widgets/widget-parts.ts). */
  values: Readonly<Record<string, FieldValue>>
  /** The paths of the nodes that were unfolded: lists that show all, cards that show their body. */
  unfolded: readonly string[]
}

/** What a field can hold: text (also dates and chosen values), or whether it is checked. Null: emptied on purpose. */
export type FieldValue = string | boolean | null

export type WidgetEvent =
  | { type: 'widget-entered'; itemId: string; field: string; value: FieldValue }
  | { type: 'widget-unfolded'; itemId: string; path: string }

/** By the widget's item. */
export type WidgetStates = Readonly<Record<string, WidgetState>>

export const untouchedWidget: WidgetState = { values: {}, unfolded: [] }

export function reduceWidgets(widgets: WidgetStates, event: WidgetEvent): WidgetStates {
  const widget = widgets[event.itemId] ?? untouchedWidget
  switch (event.type) {
    case 'widget-entered':
      return {
        ...widgets,
        [event.itemId]: { ...widget, values: { ...widget.values, [event.field]: event.value } },
      }
    case 'widget-unfolded':
      if (widget.unfolded.includes(event.path)) return widgets
      return { ...widgets, [event.itemId]: { ...widget, unfolded: [...widget.unfolded, event.path] } }
  }
}
