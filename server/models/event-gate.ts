/**
 * The last thing the adapters do to what they read: text of one socket read becomes one event, and nothing passes that Postgres
 * or JSON could not carry. A surrogate pair may be split over two deltas, so a high half waits for its other half.
 */
import type { ModelEvent } from '../conversation/model.ts'
import { cleanJson, cleanText } from '../conversation/text.ts'

export interface EventGate {
  text(piece: string): void
  reasoning(piece: string): void
  event(event: ModelEvent): void
  /** The events since the last `take`. */
  take(): ModelEvent[]
  /** The same, when nothing more will come: a half that still waits becomes U+FFFD. */
  takeRest(): ModelEvent[]
}

type DeltaType = 'text-delta' | 'reasoning-delta'

export function createEventGate(): EventGate {
  let events: ModelEvent[] = []
  let openType: DeltaType = 'text-delta'
  let openText = ''
  const halves: Record<DeltaType, string> = { 'text-delta': '', 'reasoning-delta': '' }

  function add(type: DeltaType, piece: string): void {
    if (piece === '') return
    if (type !== openType) close()
    openType = type
    openText += piece
  }

  function close(): void {
    if (openText === '') return
    const whole = halves[openType] + openText
    openText = ''
    const last = whole.charCodeAt(whole.length - 1)
    const keep = last >= 0xd800 && last <= 0xdbff ? whole.length - 1 : whole.length
    halves[openType] = whole.slice(keep)
    if (keep > 0) events.push({ type: openType, text: cleanText(whole.slice(0, keep)) })
  }

  function closeHalves(): void {
    close()
    for (const type of ['reasoning-delta', 'text-delta'] as const) {
      if (halves[type] !== '') events.push({ type, text: '\uFFFD' })
      halves[type] = ''
    }
  }

  function take(): ModelEvent[] {
    close()
    const taken = events
    events = []
    return taken
  }

  return {
    text: (piece) => add('text-delta', piece),
    reasoning: (piece) => add('reasoning-delta', piece),
    event(event) {
      if (event.type === 'end') closeHalves()
      else close()
      events.push(cleanJson(event))
    },
    take,
    takeRest() {
      closeHalves()
      return take()
    },
  }
}
