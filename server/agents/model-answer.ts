/** One answer of a language model: what of it people see, and what it wants done before the next. */
import type { RunContext } from '../conversation/agent.ts'
import { ParleyError } from '../conversation/errors.ts'
import type { RunEvent } from '../conversation/events.ts'
import type { ModelEvent, ModelToolCall } from '../conversation/model.ts'
import { type AnswerWriter, createAnswerWriter } from './answer-writer.ts'

export interface ModelAnswer {
  /** What the event shows. */
  read(event: ModelEvent): RunEvent[]
  /** What is to be shown when nothing more comes. Throws when the answer was cut off, and, at last, when there is none. */
  end(): Iterable<RunEvent>
  text(): string
  readonly calls: ModelToolCall[]
}

export function createModelAnswer(
  context: Pick<RunContext, 'createId' | 'now' | 'thread' | 'countUsage'>,
): ModelAnswer {
  const writer = createAnswerWriter(context)
  const calls: ModelToolCall[] = []
  let text = ''
  let end: ModelEnd | undefined
  return {
    calls,
    text: () => text,
    read(event) {
      switch (event.type) {
        case 'text-delta':
          text += event.text
          return writer.text(event.text)
        case 'reasoning-delta':
          return writer.thought(event.text)
        case 'annotation':
          return writer.annotation(event.annotation)
        case 'tool-call':
          calls.push(event.call)
          return []
        case 'usage':
          context.countUsage(event.usage)
          return []
        case 'end':
          end = event.reason
          return []
      }
    },
    end: () => lastEvents(writer, end, text !== '' || calls.length > 0),
  }
}

function* lastEvents(
  writer: AnswerWriter,
  end: ModelEnd | undefined,
  hasAnswer: boolean,
): Generator<RunEvent> {
  if (end === undefined) throw cutOff()
  yield* writer.close()
  yield* endNotices(end, hasAnswer)
}

type ModelEnd = Extract<ModelEvent, { type: 'end' }>['reason']

/** What has to be said about the end of an answer, if anything. Throws when there is no answer. */
function endNotices(end: ModelEnd, hasAnswer: boolean): RunEvent[] {
  if (end === 'length')
    return [warning('The answer reached its greatest length and ends here. Ask for the rest to read on.')]
  if (end === 'content-filter')
    return [warning('The model’s content filter stopped this answer. Try to ask differently.')]
  if (hasAnswer) return []
  throw new ParleyError('model_bad_response', 'The language model gave an empty answer. Please try again.', {
    retryable: true,
  })
}

function cutOff(): ParleyError {
  return new ParleyError('model_cut_off', 'The answer broke off before it was complete. Please try again.', {
    retryable: true,
  })
}

function warning(message: string): RunEvent {
  return { type: 'notice', level: 'warning', message }
}
