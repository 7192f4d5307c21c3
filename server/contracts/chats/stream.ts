/**
 * A run's events as the AI SDK's UI message stream, which the document's own client reads as well: every frame has its type both
 * as `event:` and in its data. Sources: contract E, https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol
 *
 *   nothing ─ first thought or text ─▶ start ─▶ parts: start, delta …, end ─▶ run-ended ─▶ finish ─▶ [DONE]
 *
 * A frame's id is the place behind it. The last frame of event 7 is `<run>:7`; those before it are `<run>:6.1`, `<run>:6.2`, …:
 * the event is to be read again, and so many of its frames are known. An event is never divided otherwise, and pieces of text,
 * which the log may join differently each time, are always the last frame of theirs. So a reader who comes back with any id
 * misses nothing and reads nothing twice.
 */
import type { RunEvent, SequencedEvent } from '../../conversation/events.ts'
import { createAnswerFrames } from './answer-frames.ts'
import type { ContinuedMessage } from './answer-frames.ts'

/** How far a reader has come in a run. */
export interface StreamPlace {
  /** The last event that was read to its end. 0: none. */
  after: number
  /** How many frames behind it were read, too. */
  frames: number
}

export const streamBeginning: StreamPlace = { after: 0, frames: 0 }

const idPattern = /^(run_[0-9a-z]{26}):(\d{1,15})(?:\.(\d{1,4}))?$/

/** Of `Last-Event-ID`. Null for what is none of our ids. */
export function readStreamPlace(id: string | null): { runId: string; place: StreamPlace } | null {
  const [, runId, after, frames = '0'] = idPattern.exec(id ?? '') ?? []
  if (runId === undefined || after === undefined) return null
  return { runId, place: { after: Number(after), frames: Number(frames) } }
}

export interface StreamEncoder {
  /** What was read before the place, for what follows to fit. An event counts that reaches beyond it, too. */
  recall(event: RunEvent): void
  /** The frames of a batch in one piece. */
  encode(batch: readonly SequencedEvent[]): string
}

/** @param continued The message that the answer goes on with. Default: it begins one. */
export function createStreamEncoder(
  runId: string,
  place: StreamPlace,
  continued: ContinuedMessage = { before: [] },
): StreamEncoder {
  const answer = createAnswerFrames(continued)
  let { after, frames: known } = place
  return {
    recall(event) {
      answer.read(event)
    },
    encode(batch) {
      let text = ''
      for (const { seq, event } of batch) {
        const frames = answer.read(event)
        for (const [index, frame] of frames.entries()) {
          if (index < known) continue
          const id = index === frames.length - 1 ? `${seq}` : `${after}.${index + 1}`
          text += `${frame.type === null ? '' : `event: ${frame.type}\n`}id: ${runId}:${id}\ndata: ${frame.data}\n\n`
        }
        known = 0
        after = seq
      }
      return text
    },
  }
}
