/** Recorded exchanges: their shape, and comparing an answer with one. */
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Json, JsonObject } from '../conversation/items.ts'

export interface Recording {
  name: string
  about: string
  script: {
    respond?: ScriptStep[][]
    action?: ScriptStep[][]
    sync_action?: (JsonObject | null)[]
  }
  steps: RecordedStep[]
}

/** A wire event, emitted as it is, or something that the agent does. */
export type ScriptStep = JsonObject

export interface RecordedStep {
  request: JsonObject
  response: RecordedResponse
  calls?: Json[]
}

export type RecordedResponse =
  | { kind: 'sse'; events: Json[] }
  | { kind: 'json'; body: Json }
  | { kind: 'rejected'; reason: 'invalid' | 'not_found' | 'wrong_state' }

/** A place where we answer differently on purpose. `items` are the ids of the page that we answer with. */
export interface Difference {
  recording: string
  step: number
  reason: string
  response: { kind: 'json'; items: string[] }
}

export async function readRecordings(folder: string): Promise<Recording[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).toSorted()
  return Promise.all(
    names.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) as Recording),
  )
}

/** What the recording calls `<thread:1>`, and what it is here. */
export type Bindings = Map<string, string>

const placeholder = /^<(?:thread|message|attachment):\d+>$/

/** The request with our ids in place of the recording's. */
export function withOurIds(value: Json, bindings: Bindings): Json {
  if (typeof value === 'string') return bindings.get(value) ?? value
  if (Array.isArray(value)) return value.map((entry) => withOurIds(entry, bindings))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withOurIds(entry, bindings)]))
}

/** The first difference, as a path and what was there; undefined when equal. Learns ids on the way. */
export function differenceOf(
  expected: Json,
  actual: Json,
  bindings: Bindings,
  path = '$',
): string | undefined {
  if (typeof expected === 'string') return textDifference(expected, actual, bindings, path)
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return unequal(expected, actual, path)
    return firstOf(
      expected.map(
        (entry, index) => () => differenceOf(entry, actual[index] ?? null, bindings, `${path}[${index}]`),
      ),
    )
  }
  if (typeof expected === 'object' && expected !== null) {
    if (typeof actual !== 'object' || actual === null || Array.isArray(actual))
      return unequal(expected, actual, path)
    const keys = [...new Set([...Object.keys(expected), ...Object.keys(actual)])]
    return firstOf(keys.map((key) => () => memberDifference({ expected, actual, key }, bindings, path)))
  }
  return expected === actual ? undefined : unequal(expected, actual, path)
}

function memberDifference(
  { expected, actual, key }: { expected: JsonObject; actual: JsonObject; key: string },
  bindings: Bindings,
  path: string,
): string | undefined {
  const [one, other] = [expected[key], actual[key]]
  if (one === undefined) return `${path}.${key}: not expected: ${JSON.stringify(other)}`
  if (other === undefined) return `${path}.${key}: missing, expected ${JSON.stringify(one)}`
  return differenceOf(one, other, bindings, `${path}.${key}`)
}

function textDifference(
  expected: string,
  actual: Json,
  bindings: Bindings,
  path: string,
): string | undefined {
  if (expected === '<time>') {
    const isTime = typeof actual === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(actual)
    return isTime ? undefined : unequal(expected, actual, path)
  }
  if (!placeholder.test(expected) || typeof actual !== 'string') {
    return expected === actual ? undefined : unequal(expected, actual, path)
  }
  const bound = bindings.get(expected)
  if (bound === undefined && ![...bindings.values()].includes(actual)) {
    bindings.set(expected, actual)
    return undefined
  }
  return bound === actual ? undefined : unequal(bound ?? expected, actual, path)
}

function firstOf(comparisons: (() => string | undefined)[]): string | undefined {
  for (const compare of comparisons) {
    const difference = compare()
    if (difference !== undefined) return difference
  }
  return undefined
}

function unequal(expected: Json, actual: Json | undefined, path: string): string {
  return `${path}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`
}

export async function readDifferences(file: string): Promise<Difference[]> {
  return (JSON.parse(await readFile(file, 'utf8')) as { steps: Difference[] }).steps
}

/** Events with neighbouring text deltas of one part joined: how a text is cut is nobody's promise. */
export function joinTextDeltas(events: Json[]): Json[] {
  const joined: Json[] = []
  for (const event of events) {
    const [last, next] = [deltaOf(joined.at(-1)), deltaOf(event)]
    if (last !== null && next !== null && last.place === next.place)
      last.update['delta'] = last.text + next.text
    else joined.push(structuredClone(event))
  }
  return joined
}

function deltaOf(event: Json | undefined): { place: string; text: string; update: JsonObject } | null {
  if (!isObject(event) || !isObject(event['update'])) return null
  const { update } = event
  const text = update['delta']
  if (update['type'] !== 'assistant_message.content_part.text_delta' || typeof text !== 'string') return null
  return { place: JSON.stringify([event['item_id'], update['content_index']]), text, update }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
