/** Requests for an operation of the document, from proper to hostile, as plain values that fast-check can make smaller. */
import fc from 'fast-check'
import type { Arbitrary } from 'fast-check'
import type { ApiDocument, Operation } from './document.ts'
import { createValues, hostileTexts, strange } from './values.ts'
import type { Style } from './values.ts'

export interface Asking {
  operation: string
  style: Style
  /** Who asks, by number. */
  principal: number
  method: string
  /** With its query. */
  path: string
  headers: readonly (readonly [string, string])[]
  body: AskedBody
  /** Whether the client leaves before the answer is there. */
  leaves: boolean
}

export type AskedBody =
  | { kind: 'none' }
  | { kind: 'json'; value: unknown; tampering: Tampering; type: string }
  | { kind: 'form'; fields: readonly FormField[]; tampering: FormTampering }
  | { kind: 'bytes'; text: string; type: string }

export interface FormField {
  name: string
  value: string
  /** A file's: its name, its type and which of the sample files it is. */
  file?: { name: string; type: string; sample: number }
}

export type Tampering = (typeof tamperings)[number]
export type FormTampering = (typeof formTamperings)[number]

export const tamperings = [
  'none',
  'twice',
  'cut',
  'more behind',
  'bom',
  'utf-16',
  'nul',
  'deep',
  'very deep',
  'comment',
  'single quotes',
  'huge number',
  'nan',
  'surrogate',
  'no utf-8',
  'many keys',
  'prototype escaped',
  'empty',
  'too large',
  'white space',
] as const

export const formTamperings = [
  'none',
  'no end',
  'other boundary',
  'no boundary',
  'bare lines',
  'no name',
  'as json',
  'nothing',
] as const

const jsonTypes = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-16',
  'application/json; charset=latin1',
  'application/json;charset="UTF-8"',
  'APPLICATION/JSON',
  'application/json\t; x=1',
  'application/json, text/plain',
  'application/jsonp',
  'application/vnd.api+json',
  'application/octet-stream',
  'text/html',
  '*/*',
  '/',
  ';',
  '',
]

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'post', 'X']

/** Share of a style: of a hundred requests so many. */
const share = (style: Style, nearly: number, hostile: number): number =>
  style === 'proper' ? 0 : style === 'nearly' ? nearly : hostile

function sometimes<Value>(
  weight: number,
  usual: Arbitrary<Value>,
  unusual: Arbitrary<Value>,
): Arbitrary<Value> {
  if (weight === 0) return usual
  return fc.oneof({ weight: 100 - weight, arbitrary: usual }, { weight, arbitrary: unusual })
}

/** Every operation of the document as often as it has to say something. */
export function createRequests(document: ApiDocument, principals: number): Arbitrary<Asking> {
  return fc.oneof(
    ...document.operations.map((operation) => ({
      weight: weightOf(operation),
      arbitrary: fc.oneof(
        { weight: 4, arbitrary: requestsFor(document, operation, { style: 'proper', principals }) },
        { weight: 5, arbitrary: requestsFor(document, operation, { style: 'nearly', principals }) },
        { weight: 3, arbitrary: requestsFor(document, operation, { style: 'hostile', principals }) },
      ),
    })),
  )
}

/** A body of many shapes is as many operations. Passwords are hashed slowly on purpose. */
function weightOf({ bodies, path, door, method }: Operation): number {
  const shapes = bodies.some(({ schema }) => JSON.stringify(schema).includes('ChatKitRequest')) ? 16 : 1
  if (/sign-(?:in|up)\/email|change-password/.test(path)) return 1
  return 2 * shapes * (door === 'Accounts' || method === 'DELETE' ? 1 : 2)
}

/** For one operation. */
export function requestsFor(
  document: ApiDocument,
  operation: Operation,
  { style, principals }: { style: Style; principals: number },
): Arbitrary<Asking> {
  const valueOf = createValues(document, style)
  return fc.record({
    operation: fc.constant(operation.name),
    style: fc.constant(style),
    principal: fc.nat(principals - 1),
    method: sometimes(share(style, 2, 6), fc.constant(operation.method), fc.constantFrom(...methods)),
    path: pathsOf(operation, style, valueOf),
    headers: headersOf(style),
    body: bodiesOf(operation, style, valueOf),
    leaves: sometimes(3, fc.constant(false), fc.constant(true)),
  })
}

type ValueOf = ReturnType<typeof createValues>

function pathsOf(operation: Operation, style: Style, valueOf: ValueOf): Arbitrary<string> {
  const inPath = operation.parameters.filter((each) => each.in === 'path')
  const inQuery = operation.parameters.filter((each) => each.in === 'query')
  const path = fc
    .tuple(...inPath.map(({ name, schema }) => valueOf(schema, nameIn(operation.path, name))))
    .map((values) =>
      inPath.reduce(
        (text, { name }, index) => text.replace(`{${name}}`, () => encoded(values[index])),
        operation.path,
      ),
    )
  const query = fc
    .tuple(
      ...inQuery.map(({ name, schema, isRequired }) =>
        (isRequired
          ? valueOf(schema, name)
          : fc.oneof(
              { weight: rareness(name), arbitrary: fc.constant(undefined) },
              { weight: 1, arbitrary: valueOf(schema, name) },
            )
        ).map((value) => (value === undefined ? [] : [`${name}=${encoded(value)}`])),
      ),
    )
    .map((parts) => parts.flat())
  const asTold = fc
    .tuple(path, query)
    .map(([address, parts]): readonly [string, string] => [address, parts.join('&')])
  // What is signed for an address is of use at that address alone.
  const signed = fc
    .nat(99)
    .map((number): readonly [string, string] => [`/files/⟦own =file link ${number}⟧`, ''])
  const isSigned = inQuery.some(({ name, isRequired }) => name === 'link' && isRequired)
  const whole = isSigned ? fc.oneof(asTold, signed) : asTold
  const odd = fc
    .tuple(whole, fc.constantFrom(...pathTricks), fc.constantFrom(...queryTricks), fc.nat(3))
    .map(([[address, parts], trick, more, which]): readonly [string, string] => [
      which === 0 ? address : trick(address),
      which === 1 ? parts : [parts, more, which === 2 ? parts : ''].filter((each) => each !== '').join('&'),
    ])
  return sometimes(share(style, 4, 15), whole, odd).map(([address, parts]) =>
    parts === '' ? address : `${address}?${parts}`,
  )
}

/** A page that begins somewhere is asked for less often than the first one. */
const rareness = (name: string): number => (/^(?:cursor|after|before)$/.test(name) ? 5 : 1)

/** `/api/chats/{id}` is about a chat. What stands before it says so of any `id`. */
function nameIn(path: string, name: string): string {
  const before = path.split(`/{${name}}`)[0]?.split('/').at(-1) ?? ''
  return name === 'id' || /^\w+Id$/.test(name) ? `${before}/${name}` : name
}

/** Places are filled in later, and their marks are no text that needs escapes. */
function encoded(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return encodeURIComponent(text.toWellFormed()).replaceAll(
    /%E2%9F%A6(.*?)%E2%9F%A7/g,
    (_, inner: string) => `⟦${decodeURIComponent(inner)}⟧`,
  )
}

/** The same address in another spelling, or nearly. */
export const pathTricks: readonly ((path: string) => string)[] = [
  (path) => `/${path}`,
  (path) => path.replaceAll('/', '//'),
  (path) => `${path}/`,
  (path) => `/.${path}`,
  (path) => `/x/..${path}`,
  (path) => `/x/%2e%2e${path}`,
  (path) => `${path}/%2e%2e/%2e%2e`,
  (path) => `${path}%00`,
  (path) => `${path}%2f`,
  (path) => `${path}%252e%252e%252f`,
  (path) => `${path};x=1`,
  (path) => `${path}.css`,
  (path) => `${path}%20`,
  (path) => `${path}%ff`,
  (path) => `${path}%`,
  (path) => `${path}%zz`,
  (path) => `${path}%EF%BC%8F`,
  (path) => path.replace('/', '\\'),
  (path) => path.toUpperCase(),
  (path) => path.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
  (path) => `${path}/${'a'.repeat(3_000)}`,
  (path) => `${path}/${'../'.repeat(40)}etc/passwd`,
  (path) => `http://elsewhere.example${path}`,
  (path) => `${path}#x`,
]

const queryTricks = [
  '',
  'limit=1&limit=-1',
  '__proto__[a]=1',
  '__proto__=1',
  'constructor=1',
  'limit[$ne]=1',
  'limit[]=1',
  '%00=%00',
  '=',
  '&&&',
  'a=%',
  'a=%ff',
  'cursor=%00',
  `cursor=${'A'.repeat(4_000)}`,
  'after=⟦foreign any 7⟧',
  'user=victor',
  'tenant=elsewhere',
  'access_token=⟦foreign any 3⟧',
  '_method=DELETE',
]

const usualHeaders: Arbitrary<readonly [string, string]> = fc.oneof(
  fc.constantFrom<[string, string][]>(
    ['accept', 'text/event-stream'],
    ['accept', 'application/json'],
    ['parley-stream', '1'],
    ['parley-page', '1'],
    ['idempotency-key', 'key-1'],
    ['idempotency-key', 'key-2'],
    ['x-request-id', 'known'],
    ['last-event-id', '1'],
    ['last-event-id', '⟦own any 1⟧'],
    ['last-event-id', '⟦foreign any 1⟧'],
    ['range', 'bytes=0-3'],
    ['if-none-match', '*'],
    ['sec-fetch-site', 'same-origin'],
  ),
)

const oddHeaderNames = [
  'accept',
  'accept-encoding',
  'accept-language',
  'access-control-request-method',
  'cookie',
  'content-encoding',
  'content-length',
  'forwarded',
  'host',
  'idempotency-key',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'last-event-id',
  'origin',
  'parley-page',
  'parley-stream',
  'range',
  'referer',
  'sec-fetch-dest',
  'sec-fetch-site',
  'user-agent',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-http-method-override',
  'x-middleware-subrequest',
  'x-original-url',
  'x-real-ip',
  'x-request-id',
  'x-rewrite-url',
  'x-tenant-id',
  'x-user-id',
  '__proto__',
  'constructor',
]

const oddHeaderValues = [
  '',
  '*',
  'null',
  'https://evil.example',
  'https://shop.example.org',
  'https://shop.example.org.evil.example',
  '127.0.0.1',
  '::1',
  '10.0.0.1, 127.0.0.1',
  'GET',
  'DELETE',
  'gzip',
  'gzip, br, zstd',
  'same-origin',
  'cross-site',
  'document',
  '/api/chats',
  '/v1/chatkit/threads',
  'bytes=0-',
  'bytes=-1',
  'bytes=5-1',
  `bytes=${'0-0,'.repeat(300)}1-1`,
  'bytes=99999999999999999999-',
  '-1',
  '0',
  '1e9',
  '99999999999999999999',
  '⟦own any 5⟧',
  '⟦foreign any 5⟧',
  '⟦foreign run 1⟧:1',
  'victor',
  'elsewhere',
  'parley_guest=x; parley_session=y; nuxt-session=z; better-auth.session_token=w',
  `${'a=b; '.repeat(200)}`,
  '"; x="',
  'Sun, 06 Nov 1994 08:49:37 GMT',
  "' or 1=1 --",
  '\u00ff\u00fe',
  'x'.repeat(3_000),
  'middleware:middleware:middleware:middleware:middleware',
  '{"__proto__":1}',
]

function headersOf(style: Style): Arbitrary<(readonly [string, string])[]> {
  const usual = fc.array(usualHeaders, { maxLength: 2 })
  const odd = fc.array(
    fc.oneof(
      fc.tuple(fc.constantFrom(...oddHeaderNames), fc.constantFrom(...oddHeaderValues)),
      usualHeaders,
      fc.tuple(
        fc.constantFrom(...oddHeaderNames),
        fc.constantFrom(...hostileTexts).filter((text) => /^[\x20-\x7e]*$/.test(text)),
      ),
    ),
    { maxLength: 4 },
  )
  const credential = fc.constantFrom<[string, string]>(
    ['authorization', 'Bearer '],
    ['authorization', 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ2aWN0b3IifQ.'],
    ['authorization', 'Basic dmljdG9yOng='],
    ['authorization', 'Bearer null'],
    ['authorization', `Bearer ${'x'.repeat(9_000)}`],
    ['authorization', "Bearer ' or 1=1 --"],
    ['authorization', 'Bearer ⟦own token 1⟧'],
    ['x-api-key', '⟦own token 2⟧'],
  )
  const all = sometimes(share(style, 20, 50), usual, odd)
  return sometimes(
    share(style, 2, 10),
    all,
    fc.tuple(all, credential).map(([most, one]) => [...most, one]),
  )
}

function bodiesOf(operation: Operation, style: Style, valueOf: ValueOf): Arbitrary<AskedBody> {
  const none: Arbitrary<AskedBody> = fc.constant({ kind: 'none' })
  const proper = operation.bodies.map(({ type, schema }) => {
    if (type === 'application/json') return jsonOf(valueOf(schema, ''), style)
    if (type === 'multipart/form-data') return formOf(operation, style)
    return fc
      .constantFrom(...samples.keys())
      .map((sample): AskedBody => ({ kind: 'bytes', text: `⟦sample ${sample}⟧`, type }))
  })
  const anything = fc.oneof(
    none,
    jsonOf(strange, 'hostile'),
    formOf(operation, 'hostile'),
    fc
      .tuple(fc.constantFrom(...hostileTexts), fc.constantFrom(...jsonTypes))
      .map(([text, type]): AskedBody => ({ kind: 'bytes', text, type })),
  )
  return sometimes(share(style, 3, 12), proper.length === 0 ? none : fc.oneof(...proper), anything)
}

function jsonOf(value: Arbitrary<unknown>, style: Style): Arbitrary<AskedBody> {
  return fc.record({
    kind: fc.constant('json' as const),
    value,
    tampering: sometimes(share(style, 4, 20), fc.constant<Tampering>('none'), fc.constantFrom(...tamperings)),
    type: sometimes(share(style, 2, 10), fc.constant('application/json'), fc.constantFrom(...jsonTypes)),
  })
}

/** Their beginnings are what says of which type they are. */
export const samples: ReadonlyMap<number, Buffer> = new Map(
  [
    Buffer.from('A note of ⟦canary⟧'),
    // A picture of one pixel.
    Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    ),
    Buffer.from('<html><script>alert(1)</script>'),
    Buffer.from('%PDF-1.4\n%%EOF'),
    Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
    Buffer.from('3026b2758e66cf11a6d900aa0062ce6c0000000000000000000000000000000000', 'hex'),
    Buffer.from('PK\u0003\u0004'),
    Buffer.from('\u0089PNG\r\n\u001a\n', 'latin1'),
    Buffer.from('GIF89a/*<svg onload=alert(1)>*/=1;'),
    Buffer.from([0xff, 0xfe, 0x00, 0xd8, 0x00]),
    Buffer.from(''),
    Buffer.from('x'.repeat(70_000)),
  ].entries(),
)

const fileNames = [
  'note.txt',
  'dot.png',
  '',
  '../../../etc/passwd',
  '..\\..\\x',
  'a\u0000b.txt',
  'a\r\nx-injected: 1.txt',
  '"; filename="x.html',
  'x.html',
  'CON',
  '\u202egnp.exe',
  'n'.repeat(5_000),
  '%2e%2e%2f',
  '\ud83d\ude00.txt',
]

function formOf({ path, bodies }: Operation, style: Style): Arbitrary<AskedBody> {
  const schema = bodies.find(({ type }) => type === 'multipart/form-data')?.schema
  const wantsSession = JSON.stringify(schema ?? {}).includes('SupportFile') || path.includes('/chat/')
  const file = fc
    .tuple(
      sometimes(share(style, 10, 40), fc.constant('note.txt'), fc.constantFrom(...fileNames)),
      sometimes(
        share(style, 10, 40),
        fc.constant('text/plain'),
        fc.constantFrom('image/png', 'text/html', '', 'x', 'image/svg+xml'),
      ),
      sometimes(share(style, 10, 60), fc.constantFrom(0, 1), fc.constantFrom(...samples.keys())),
      sometimes(
        share(style, 2, 10),
        fc.constant('file'),
        fc.constantFrom('files', '__proto__', '', 'file[]', 'a[b][c]', 'filepath'),
      ),
    )
    .map(([name, type, sample, field]): FormField => ({
      name: field,
      value: '',
      file: { name, type, sample },
    }))
  const session = fc
    .constantFrom('⟦own thr 1⟧', '⟦own thr 2⟧', '⟦own door 3⟧', '⟦foreign thr 1⟧', '⟦foreign door 2⟧', '')
    .map((value): FormField => ({ name: 'sessionId', value }))
  const others = fc
    .tuple(
      fc.constantFrom('messageId', 'tenantId', '__proto__', 'filepath', 'x'),
      fc.constantFrom('⟦own msg 1⟧', '⟦foreign msg 1⟧', 'elsewhere', '/etc/passwd', ''),
    )
    .map(([name, value]): FormField => ({ name, value }))
  const fields = fc
    .tuple(
      wantsSession ? fc.array(session, { minLength: 1, maxLength: 1 }) : fc.constant([]),
      fc.array(others, { maxLength: 1 }),
      fc.array(file, { minLength: 1, maxLength: style === 'hostile' ? 3 : 1 }),
    )
    .map((parts) => parts.flat())
  return fc.record({
    kind: fc.constant('form' as const),
    fields,
    tampering: sometimes(
      share(style, 4, 25),
      fc.constant<FormTampering>('none'),
      fc.constantFrom(...formTamperings),
    ),
  })
}
