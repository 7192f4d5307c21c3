/**
 * Values for the document's schemas: as they should be, off by one, and as nobody expects them. Ids that only a living server
 * knows are written as places (`⟦whose name prefix number⟧`), which are filled in when a request is sent.
 */
import fc from 'fast-check'
import type { Arbitrary } from 'fast-check'
import type { ApiDocument, Schema } from './document.ts'

/** How much of a request is wrong. */
export type Style = 'proper' | 'nearly' | 'hostile'

/** Of a hundred values, so many are not what their schema says. */
const slips: Record<Style, number> = { proper: 0, nearly: 5, hostile: 35 }

export const hostileTexts: readonly string[] = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  '\udc00\ud800',
  '\u2028\u2029',
  '\u202etxt.exe',
  '\ufeff',
  '\r\nx-injected: 1',
  '\n\nevent: finish\ndata: {}\n\n',
  '\u001b[2J',
  'null',
  'undefined',
  'true',
  '0',
  '-1',
  '1e400',
  'NaN',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'then',
  '$ne',
  '%00',
  '%2e%2e%2f',
  '../../../../etc/passwd',
  '..\\..\\windows\\win.ini',
  'file:///etc/passwd',
  'http://169.254.169.254/latest/meta-data',
  'javascript:alert(1)',
  '//evil.example',
  "'; drop table runs; --",
  "' or '1'='1",
  '1) union select null,version()--',
  '%',
  '_',
  '\\',
  '{{7*7}}',
  '${7*7}',
  '%s%n%x',
  '<script>alert(1)</script>',
  '=cmd|calc!A0',
  'thr_00000000000000000000000000',
  'run_7zzzzzzzzzzzzzzzzzzzzzzzzz',
  'msg_zzzzzzzzzzzzzzzzzzzzzzzzzz',
  '00000000-0000-0000-0000-000000000000',
  '0190f2a0-0000-7000-8000-000000000000',
  'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
  'e\u0301'.repeat(20),
  '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
  'x'.repeat(201),
  'x'.repeat(5_000),
  'ﬀ'.repeat(400),
]

const text: Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...hostileTexts) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
)

const numbers = [0, -0, -1, 1.5, 1e21, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), 1e-7, 1e308, 101, 1_000_000]

export const strange: Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: text },
  { weight: 3, arbitrary: fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [null], { $ne: 1 }, '') },
  { weight: 2, arbitrary: fc.constantFrom(...numbers) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 4 }) },
  { weight: 1, arbitrary: fc.dictionary(text, fc.jsonValue({ maxDepth: 1 }), { maxKeys: 4 }) },
  { weight: 1, arbitrary: fc.constantFrom(40, 60, 63, 64, 65, 200).map(nested) },
)

function nested(depth: number): unknown {
  let value: unknown = 'deep'
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value }
  return value
}

/** What people say: with it goes who said it, so that it is known wherever it comes up. */
export const said: Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.nat(99).map((number) => `Say ${number} of ⟦canary⟧`) },
  { weight: 1, arbitrary: fc.constant('Show me my tasks') },
  { weight: 1, arbitrary: fc.nat(99).map((number) => `Add a task: water ⟦canary⟧ ${number}`) },
)

/** Names that have ids in them; each with the beginnings that its ids have. */
const idName =
  /(?:^|_)(?:id|ids|user|after|before|cursor|attachments|device)$|Ids?$|^(?:anchor|code|state|token|link)$/

const prefixes: Readonly<Record<string, string>> = {
  thread_id: 'thr',
  run_id: 'run',
  response_id: 'run',
  item_id: 'msg',
  item_ids: 'msg',
  attachment_id: 'atc',
  attachments: 'atc',
}

/** What ids begin with behind these words of a path. */
const segments: Readonly<Record<string, string>> = {
  chats: 'uuid',
  session: 'sess',
  sessions: 'thr',
  threads: 'thr',
  conversation: 'thr',
  conversations: 'thr',
  responses: 'run',
  runs: 'run',
  files: 'atc',
  items: 'msg',
  messages: 'msg',
}

/** `own`: of whoever asks. `foreign`: of somebody whose things they must not see. `secret` ones are never foreign. */
function place(given: string): Arbitrary<string> {
  const name = given.split('/').at(-1) ?? ''
  const known = given.includes('/') ? segments[given.split('/')[0] ?? ''] : prefixes[name]
  const whose = fc.oneof(
    { weight: 6, arbitrary: fc.constant('own') },
    { weight: /^(?:link|token|cursor|code|state)$/.test(name) ? 0 : 4, arbitrary: fc.constant('foreign') },
  )
  const kind = fc.oneof(
    { weight: 5, arbitrary: fc.constant(known ?? `=${name}`) },
    { weight: 3, arbitrary: fc.constant('door') },
    { weight: 1, arbitrary: fc.constant('any') },
  )
  return fc
    .tuple(whose, kind, fc.nat(9_999))
    .map(([owner, wanted, number]) => `⟦${owner} ${wanted} ${number}⟧`)
}

/** Values of a schema. One set is made for each operation and style, since making one costs more than drawing from it. */
export function createValues(
  { resolve }: ApiDocument,
  style: Style,
): (schema: Schema, name: string) => Arbitrary<unknown> {
  const wrong = slips[style]

  function valueOf(given: Schema, name: string, depth = 0): Arbitrary<unknown> {
    const schema = resolve(given)
    const proper = depth > 12 ? fc.constant(null) : properOf(schema, name, depth)
    if (wrong === 0) return proper
    // The whole is to be there mostly, for what is in it to be looked at.
    const share = depth === 0 ? Math.ceil(wrong / 10) : wrong
    return fc.oneof(
      { weight: 100 - share, arbitrary: proper },
      { weight: Math.ceil(share / 2), arbitrary: edgeOf(schema) },
      { weight: Math.ceil(share / 2), arbitrary: strange },
    )
  }

  function properOf(schema: Schema, name: string, depth: number): Arbitrary<unknown> {
    const { const: only, enum: listed, anyOf, oneOf, allOf } = schema as Alternatives
    if (only !== undefined) return fc.constant(only)
    if (listed !== undefined) return fc.constantFrom(...listed)
    const choices = anyOf ?? oneOf
    if (choices !== undefined) return fc.oneof(...choices.map((each) => valueOf(each, name, depth)))
    if (allOf !== undefined) return fc.tuple(...allOf.map((each) => valueOf(each, name, depth))).map(joined)
    const { type } = schema as { type?: string | string[] }
    const types = Array.isArray(type) ? type : [type ?? 'anything']
    return fc.oneof(...types.map((each) => typed(each, schema, name, depth)))
  }

  function typed(type: string, schema: Schema, name: string, depth: number): Arbitrary<unknown> {
    switch (type) {
      case 'string':
        return stringOf(schema, name)
      case 'integer':
      case 'number':
        return numberOf(schema, type)
      case 'boolean':
        return fc.boolean()
      case 'null':
        return fc.constant(null)
      case 'array':
        return listOf(schema, name, depth)
      case 'object':
        return objectOf(schema, depth)
      default:
        return fc.oneof(fc.jsonValue({ maxDepth: 2 }), said)
    }
  }

  function listOf(schema: Schema, name: string, depth: number): Arbitrary<unknown> {
    const { items = {}, minItems = 0, maxItems = 5 } = schema as { items?: Schema } & Record<string, number>
    const maxLength = Math.max(minItems, Math.min(maxItems, 3))
    return fc.array(valueOf(items, name, depth + 1), { minLength: minItems, maxLength })
  }

  function objectOf(schema: Schema, depth: number): Arbitrary<unknown> {
    const { properties = {}, required = [], additionalProperties } = schema as ObjectSchema
    const entries = Object.entries(properties)
    const record = fc.record(
      Object.fromEntries(entries.map(([key, each]) => [key, valueOf(each, key, depth + 1)])),
      {
        requiredKeys:
          wrong === 0 ? [...required] : entries.map(([key]) => key).filter((key) => required.includes(key)),
      },
    )
    const free = typeof additionalProperties === 'object' && entries.length === 0
    const whole = free
      ? fc.dictionary(
          fc.constantFrom('a', 'b', 'page', 'deep'),
          valueOf(additionalProperties, 'a', depth + 1),
          { maxKeys: 3 },
        )
      : record
    if (wrong === 0) return whole
    return fc.oneof(
      { weight: 100 - wrong, arbitrary: whole },
      { weight: wrong, arbitrary: fc.tuple(whole, changes).map(([value, change]) => changed(value, change)) },
    )
  }

  return (schema, name) => valueOf(schema, name)
}

interface Alternatives {
  const?: unknown
  enum?: unknown[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
}

interface ObjectSchema {
  properties?: Record<string, Schema>
  required?: readonly string[]
  additionalProperties?: boolean | Schema
}

function joined(parts: unknown[]): unknown {
  return Object.assign({}, ...parts.filter((part) => typeof part === 'object')) as unknown
}

function stringOf(schema: Schema, name: string): Arbitrary<string> {
  const {
    format,
    pattern,
    minLength = 0,
    maxLength = 500,
  } = schema as {
    format?: string
    pattern?: string
    minLength?: number
    maxLength?: number
  }
  if (format === 'binary') return fc.constant('bytes of ⟦canary⟧')
  if (format === 'email' || /email/i.test(name))
    return fc.nat(9).map((number) => `person${number}.⟦canary⟧@example.org`)
  if (/password/i.test(name)) return fc.constantFrom('long enough 1', 'long enough 2')
  if (pattern !== undefined && /^\^?\\d|^\^?\[0-9\]/.test(pattern)) return fc.nat(30).map(String)
  if ((idName.test(name) || name.includes('/')) && maxLength >= 30) return place(name)
  if (/fileData|base64/i.test(name)) return said.map((words) => Buffer.from(words).toString('base64'))
  if (/mime|fileType/i.test(name)) return fc.constantFrom('text/plain', 'image/png', 'text/html')
  if (pattern !== undefined) return fc.constantFrom('mallory', 'victor', 'a', 'x'.repeat(200))
  if (name === 'content' && minLength === 0) return said
  const fitting = said.map((words) => words.slice(0, maxLength).padEnd(minLength, 'x'))
  const whole = fc.constant('x'.repeat(Math.min(maxLength, 2_000)))
  return fc.oneof({ weight: 19, arbitrary: fitting }, { weight: 1, arbitrary: whole })
}

function numberOf(schema: Schema, type: string): Arbitrary<number> {
  const { minimum = 0, maximum = 1_000 } = schema as { minimum?: number; maximum?: number }
  const [min, max] = [Math.max(minimum, -1e6), Math.min(maximum, 1e6)]
  const within = type === 'integer' ? fc.integer({ min, max }) : fc.double({ min, max, noNaN: true })
  return fc.oneof(
    { weight: 3, arbitrary: within },
    { weight: 1, arbitrary: fc.constantFrom(minimum, maximum) },
  )
}

/** Just within and just beyond what the schema says. */
function edgeOf(schema: Schema): Arbitrary<unknown> {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems } = schema as Record<
    string,
    number | undefined
  >
  const edges: unknown[] = []
  for (const bound of [minimum, maximum])
    if (bound !== undefined) edges.push(bound - 1, bound, bound + 1, bound + 0.5)
  for (const bound of [minLength, maxLength]) {
    if (bound === undefined || bound > 250_000) continue
    for (const length of [bound - 1, bound, bound + 1]) if (length >= 0) edges.push('y'.repeat(length))
  }
  for (const bound of [minItems, maxItems]) {
    if (bound === undefined || bound > 300) continue
    for (const length of [bound - 1, bound, bound + 1])
      if (length >= 0) edges.push(Array.from({ length }, () => 'z'))
  }
  return edges.length === 0 ? strange : fc.constantFrom(...edges)
}

type Change = { kind: 'without'; at: number } | { kind: 'with'; key: string; value: unknown }

/** Fields that servers trust, and names that are in every object anyway. */
const extraKeys = [
  '__proto__',
  'constructor',
  'prototype',
  'toJSON',
  'then',
  'id',
  'user',
  'userId',
  'user_id',
  'tenant',
  'tenantId',
  'tenant_id',
  'sub',
  'role',
  'roles',
  'admin',
  'isAdmin',
  'owner',
  'createdAt',
  'created_at',
  'status',
  'filepath',
  'file',
  'files',
  'path',
  'url',
  '$where',
  '',
  '\0',
  '\ud800',
  'k'.repeat(300),
]

const changes: Arbitrary<Change> = fc.oneof(
  fc.nat(20).map((at): Change => ({ kind: 'without', at })),
  fc
    .tuple(
      fc.constantFrom(...extraKeys),
      fc.oneof(
        strange,
        fc.constantFrom<unknown>('victor', 'elsewhere', 'admin', ['admin'], { polluted: true }),
      ),
    )
    .map(([key, value]): Change => ({ kind: 'with', key, value })),
)

function changed(value: unknown, change: Change): unknown {
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  if (change.kind === 'without')
    return Object.fromEntries(entries.filter((_, index) => index !== change.at % entries.length))
  // Defined, not set: `__proto__` is to be a key like any other.
  const copy: Record<string, unknown> = Object.fromEntries(entries)
  Object.defineProperty(copy, change.key, {
    value: change.value,
    enumerable: true,
    configurable: true,
    writable: true,
  })
  return copy
}
