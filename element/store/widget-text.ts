import type { WidgetItem } from '../../server/contracts/chatkit/wire.ts'

/** What a widget says, line by line: as its server puts it, or else all of its components' own texts. */
export function widgetLines(item: WidgetItem): string[] {
  return item.copy_text ? [item.copy_text] : widgetText(item.widget)
}

/** The properties of a widget's components that are text for a person, in reading order. */
const textProperties = ['title', 'value', 'label', 'text', 'alt', 'placeholder'] as const
const depthMax = 30

function widgetText(node: unknown, depth: number = 0): string[] {
  if (typeof node !== 'object' || node === null || depth > depthMax) return []
  if (Array.isArray(node)) return node.flatMap((child) => widgetText(child, depth + 1))
  const own = textProperties.flatMap((name) => {
    const value: unknown = Reflect.get(node, name)
    return typeof value === 'string' && value.trim() !== '' ? [value] : []
  })
  return [...own, ...widgetText(Reflect.get(node, 'children'), depth + 1)]
}
