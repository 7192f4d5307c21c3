/** Neighbouring pieces of one text are one piece: what a reader who was away gets is small. */
import { createTextDelta, textDelta } from './events.ts'
import type { SequencedEvent } from './events.ts'

/** How long a merged piece may become, in UTF-16 code units: what is sent to a slow reader at once stays small. */
export const mergedTextLengthMax: number = 16 * 1024

/** Text deltas of the same item and part that follow each other become one, which carries the last number it covers. */
export function mergeTextDeltas(events: readonly SequencedEvent[]): SequencedEvent[] {
  const merged: SequencedEvent[] = []
  let growing: ReturnType<typeof textDelta>
  for (const { seq, event } of events) {
    const delta = textDelta(event)
    if (
      delta !== undefined &&
      growing?.itemId === delta.itemId &&
      growing.index === delta.index &&
      growing.text.length + delta.text.length <= mergedTextLengthMax
    ) {
      growing = { ...delta, text: growing.text + delta.text }
      merged.pop()
      merged.push({ seq, event: createTextDelta(growing.itemId, growing.text, growing.index) })
    } else {
      growing = delta
      merged.push({ seq, event })
    }
  }
  return merged
}
