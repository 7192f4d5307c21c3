/** What a follower is given at once, so that one that stalls holds little. */
import { textDelta } from '../conversation/events.ts'
import type { SequencedEvent } from '../conversation/events.ts'

/** How much that is: all that a slow follower holds, beside its socket's own buffer. */
export const followBytesMax: number = 64 * 1024

export interface SizedEvent extends SequencedEvent {
  bytes: number
}

/** With about what it takes on the wire. */
export function sized({ seq, event }: SequencedEvent): SizedEvent {
  return { seq, event, bytes: Buffer.byteLength(textDelta(event)?.text ?? JSON.stringify(event)) }
}

/** The first of the events, as many as `followBytesMax` allows; one always. */
export function firstBatch(events: SizedEvent[]): SequencedEvent[] {
  let bytes = 0
  const tooMany = events.findIndex((each) => (bytes += each.bytes) > followBytesMax)
  return tooMany === -1 ? events : events.slice(0, Math.max(tooMany, 1))
}
