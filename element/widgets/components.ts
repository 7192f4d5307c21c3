import { controls } from './controls/controls.ts'
import type { WidgetComponent } from './widget-parts.ts'

/** ChatKit's components by the type of their nodes. */
export const components: ReadonlyMap<string, WidgetComponent> = new Map(Object.entries(controls))
