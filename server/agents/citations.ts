/**
 * Citations in a model's own words: a marker like 【2】 becomes an annotation where it stands, and is not shown. Only what was
 * really found can be cited: a number that nobody gave out becomes nothing.
 */
import type { Source } from '../conversation/items.ts'
import type { Model, ModelEvent } from '../conversation/model.ts'

const markers = / ?【\s*(\d{1,3}(?:\s*,\s*\d{1,3})*)[^【】\n]{0,20}】/g
/** What may become a marker when more arrives. */
const unfinished = /(?: |(?: ?【[^【】\n]{0,60}))$/

export function withCitations(model: Model, sourceOf: (number: number) => Source | undefined): Model {
  return {
    name: model.name,
    async *stream(request, signal) {
      const reader = createReader(sourceOf)
      for await (const event of model.stream(request, signal)) {
        if (event.type === 'text-delta') yield* reader.read(event.text)
        else if (event.type === 'annotation' || event.type === 'usage') yield event
        else {
          yield* reader.rest()
          yield event
        }
      }
      // A stream that was cut off keeps what had come.
      yield* reader.rest()
    },
  }
}

interface Reader {
  read(text: string): Iterable<ModelEvent>
  rest(): Iterable<ModelEvent>
}

function createReader(sourceOf: (number: number) => Source | undefined): Reader {
  let held = ''
  let length = 0

  function* say(text: string): Generator<ModelEvent> {
    if (text === '') return
    length += text.length
    yield { type: 'text-delta', text }
  }

  function* read(given: string): Generator<ModelEvent> {
    const text = held + given
    let place = 0
    for (const found of text.matchAll(markers)) {
      yield* say(text.slice(place, found.index))
      place = found.index + found[0].length
      for (const number of (found[1] ?? '').split(',')) {
        const source = sourceOf(Number(number))
        if (source !== undefined)
          yield { type: 'annotation', annotation: { type: 'annotation', source, index: length } }
      }
    }
    const rest = text.slice(place)
    held = unfinished.exec(rest)?.[0] ?? ''
    yield* say(rest.slice(0, rest.length - held.length))
  }

  return {
    read,
    *rest() {
      const last = held
      held = ''
      yield* say(last)
    },
  }
}
