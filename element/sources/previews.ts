/** Asks the page what to show of an entity, when somebody stays with the mark that stands for it. */
import type { EntitiesOptions, Entity } from '../options.ts'
import type { Actions } from '../view/view-parts.ts'

/** How long one has to stay with a mark, and how long the way from it to its preview may take. */
const stayMilliseconds = 150
const leaveMilliseconds = 300

/** One thing at a time is waited for in an element; the next takes its place. */
const waits = new WeakMap<Actions, ReturnType<typeof setTimeout>>()

function after(actions: Actions, milliseconds: number, work: () => void): void {
  clearTimeout(waits.get(actions))
  waits.set(actions, setTimeout(work, milliseconds))
}

/** Stays with what is there. */
export function keepPreview(actions: Actions): void {
  clearTimeout(waits.get(actions))
}

export function leavePreview(actions: Actions): void {
  after(actions, leaveMilliseconds, () => {
    if (actions.state().preview !== null) actions.dispatch({ type: 'preview-closed' })
  })
}

export interface PreviewRequest {
  place: string
  entity: Entity
  entities: EntitiesOptions
}

export function askPreview(actions: Actions, { place, entity, entities }: PreviewRequest): void {
  const { onRequestPreview } = entities
  if (!onRequestPreview) return
  keepPreview(actions)
  if (actions.state().preview?.place === place) return
  after(actions, stayMilliseconds, () => {
    actions.dispatch({ type: 'preview-asked', place, entity })
    onRequestPreview(entity).then(
      ({ preview }) => actions.dispatch({ type: 'preview-arrived', place, widget: preview }),
      // The page's own mistake: it has been told by its own console, and there is nothing to show.
      () => actions.dispatch({ type: 'preview-arrived', place, widget: null }),
    )
  })
}
