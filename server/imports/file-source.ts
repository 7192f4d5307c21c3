/**
 * A file in which somebody has kept what the API said: one of its own objects a line, each thread (`chatkit.thread`) before its
 * items (`chatkit.thread_item`), all in the order in which they came to be.
 */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { isObject, shown, textOf } from './json-reading.ts'
import { linesOf } from './lines.ts'
import type { Line } from './lines.ts'
import type { SourcePart, SourceStep, ThreadSource } from './source.ts'

export interface FileSourceOptions {
  path: string
  /** Default 32 MiB. */
  lineBytesMax?: number
}

export const lineBytesMaxDefault = 33_554_432
/** What is held before it is written: items of one thread. */
const partBytesMax = 8_388_608
const partItemsMax = 100

export function createFileSource({
  path,
  lineBytesMax = lineBytesMaxDefault,
}: FileSourceOptions): ThreadSource {
  return {
    async *steps(target, signal) {
      const { size } = await stat(path)
      const parts = createParts()
      let isWanted = false
      async function* stepsOf(part: SourcePart, progress: number): AsyncGenerator<SourceStep> {
        if (part.isFirst) isWanted = (await target.standing(part.thread)) !== 'skip'
        if (isWanted) yield { kind: 'part', part, progress }
      }
      for await (const line of linesOf(createReadStream(path), lineBytesMax)) {
        signal.throwIfAborted()
        const progress = size === 0 ? 1 : Math.min(1, line.bytesRead / size)
        for (const part of parts.take(line, lineBytesMax)) {
          if ('sentence' in part) yield { kind: 'failed', sentence: part.sentence }
          else yield* stepsOf(part, progress)
        }
      }
      for (const part of parts.rest()) yield* stepsOf(part, 1)
      yield { kind: 'place', place: null }
    },
  }
}

interface Parts {
  /** What the line completes, or what is wrong with it. */
  take(line: Line, lineBytesMax: number): (SourcePart | { sentence: string })[]
  rest(): SourcePart[]
}

function createParts(): Parts {
  /** The thread that stands above; null before the first, and behind one that could not be read. */
  let thread: Record<string, unknown> | null = null
  let items: unknown[] = []
  let itemBytes = 0
  let isFirst = true

  function rest(): SourcePart[] {
    if (thread === null || (items.length === 0 && !isFirst)) return []
    const part = { thread, items, isFirst }
    items = []
    itemBytes = 0
    isFirst = false
    return [part]
  }

  return {
    rest,
    take(line, lineBytesMax) {
      if (line.text !== null && line.text.trim() === '') return []
      const wrong = (words: string): { sentence: string }[] => [{ sentence: `Line ${line.number} ${words}` }]
      if (line.text === null) return wrong(`has more than ${lineBytesMax} bytes (lineBytesMax).`)
      const object = parse(line.text)
      if (object === null)
        return wrong(
          line.isEnded ? 'is no JSON object: each line holds one thread or one item.' : 'is cut off.',
        )
      if (object['object'] === 'chatkit.thread') {
        const before = rest()
        thread = object
        isFirst = true
        return before
      }
      if (object['object'] !== 'chatkit.thread_item')
        return wrong('is neither a chatkit.thread nor a chatkit.thread_item.')
      const threadId = textOf(object['thread_id'])
      if (thread === null || threadId === undefined || threadId !== thread['id']) {
        return wrong(`is an item of ${shown(threadId ?? 'no thread')}, which is not the thread above it.`)
      }
      items.push(object)
      itemBytes += line.text.length
      return items.length >= partItemsMax || itemBytes >= partBytesMax ? rest() : []
    },
  }
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}
