import type { WidgetParts } from '../widget-parts.ts'

/** Whether the action of this node is being done, and shows it there. */
export function isActing({ state }: WidgetParts, path: string): boolean {
  return state.acting.some((acting) => acting.path === path && acting.shows === 'self')
}

/** Whether the whole widget waits for an action. */
export function isWaiting({ state }: Pick<WidgetParts, 'state'>): boolean {
  return state.acting.some(({ shows }) => shows === 'container')
}
