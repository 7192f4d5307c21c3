import type { WidgetNode } from '../../server/contracts/chatkit/wire.ts'
import type { Entity } from '../options.ts'

/** What is shown of an entity beside the mark that stands for it. */
export interface EntityPreview {
  /** Names the mark. */
  place: string
  entity: Entity
  /** Null until the page has said what to show. */
  widget: WidgetNode | null
}

export type PreviewEvent =
  | { type: 'preview-asked'; place: string; entity: Entity }
  | { type: 'preview-arrived'; place: string; widget: WidgetNode | null }
  | { type: 'preview-closed' }

/** A preview that comes when nobody waits for it any more changes nothing. */
export function reducePreview(preview: EntityPreview | null, event: PreviewEvent): EntityPreview | null {
  switch (event.type) {
    case 'preview-asked':
      return { place: event.place, entity: event.entity, widget: null }
    case 'preview-arrived':
      if (preview?.place !== event.place) return preview
      return event.widget === null ? null : { ...preview, widget: event.widget }
    case 'preview-closed':
      return null
  }
}
