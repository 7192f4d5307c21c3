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
  const text = textDelta(event)?.text
  return { seq, event, bytes: text === undefined ? bytesOf(event) : Buffer.byteLength(text) }
}

/** Of what is short, a code unit counts as a byte. Writing the JSON only to measure it took as long as storing it. */
function bytesOf(value: unknown): number {
  if (typeof value === 'string') return value.length < 256 ? value.length : Buffer.byteLength(value)
  if (typeof value !== 'object' || value === null) return 4
  let bytes = 2
  for (const key of Object.keys(value)) bytes += key.length + 4 + bytesOf(Reflect.get(value, key))
  return bytes
}

/** The first of the events behind `start`, as many as `followBytesMax` allows; one always. */
export function firstBatch(events: SizedEvent[], start = 0): SequencedEvent[] {
  let bytes = 0
  let end = start
  for (; end < events.length; end += 1) {
    bytes += events[end]?.bytes ?? 0
    if (bytes > followBytesMax && end > start) break
  }
  return events.slice(start, end)
}
