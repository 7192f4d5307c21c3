/**
 * A reply's bytes as events, and the judgement whether the answer was complete.
 *
 *   bytes of one socket read ─▶ event stream parser ─ data ─▶ decoder ─▶ event gate ─ few events ─▶ take
 */
import { ParleyError } from '../conversation/errors.ts'
import type { ModelEvent } from '../conversation/model.ts'
import { createEventGate } from './event-gate.ts'
import { type StreamDecoder, UpstreamFailureError } from './openai-chat.ts'
import { createEventStreamParser } from './server-sent-events.ts'
import { connectionError, modelError } from './upstream-errors.ts'

export interface ReplyReader {
  /** The events in what `read` gives: everything that has arrived, or null at the end. Throws nothing: see `assertComplete`. */
  read(read: () => Uint8Array | null): ModelEvent[]
  /** Whether more is to be read. */
  isOpen(): boolean
  /** Throws what went wrong, when all that had come before it has been read. */
  assertComplete(): void
}

export function createReplyReader(decoder: StreamDecoder, lineLengthMax: number | undefined): ReplyReader {
  const gate = createEventGate()
  let eventCount = 0
  let isOpen = true
  let isComplete = false
  let failure: unknown
  const parser = createEventStreamParser({
    onEvent: (data) => {
      decoder.read(data, gate)
      eventCount += 1
    },
    ...(lineLengthMax !== undefined && { lineLengthMax }),
  })

  function push(bytes: Uint8Array | null): void {
    if (bytes !== null) parser.push(bytes)
    else endLeniently(() => parser.end())
    isOpen = bytes !== null && !decoder.isDone()
  }

  return {
    read(read) {
      try {
        push(read())
      } catch (error) {
        // What the same read brought before it went wrong has arrived, and stays.
        failure = error
        isOpen = false
      }
      if (isOpen) return gate.take()
      isComplete = !isUpstreamsWord(failure) && decoder.end(gate)
      return gate.takeRest()
    },
    isOpen: () => isOpen,
    assertComplete() {
      if (isUpstreamsWord(failure)) throw failure
      if (!isComplete) throw cutOffError(failure, eventCount)
    },
  }
}

function isUpstreamsWord(failure: unknown): failure is Error {
  return failure instanceof ParleyError || failure instanceof UpstreamFailureError
}

/** An event that the cut went through is no garbage. */
function endLeniently(end: () => void): void {
  try {
    end()
  } catch (error) {
    if (!(error instanceof ParleyError && error.code === 'model_bad_response')) throw error
  }
}

function cutOffError(failure: unknown, eventCount: number): ParleyError {
  if (failure !== undefined) return connectionError(failure, 'model_cut_off')
  if (eventCount === 0) return modelError('model_bad_response', new Error('the reply held no event'))
  return modelError('model_cut_off', new Error('the stream ended before the answer did'))
}
