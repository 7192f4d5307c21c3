import type { WidgetComponent } from '../widget-parts.ts'

/**
 * Forms, fields, buttons and charts by the type of their nodes. `Text.editable` is no type on the wire: it draws a `Text`
 * whose `editable` is an object.
 */
export const controls: Readonly<Record<string, WidgetComponent>> = {}
