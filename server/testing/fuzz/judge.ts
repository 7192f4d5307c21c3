/** What is wrong with an answer, whatever was asked: judged by the document and by what must never be told. */
import { z } from 'zod'
import type { ApiDocument, Operation } from './document.ts'
import { canaryPattern } from './people.ts'
import type { Person } from './people.ts'
import type { Answer, Sent } from './sending.ts'

export interface Verdict {
  /** The same for the same mistake: faults are counted by it. */
  kind: string
  detail: string
}

export interface Judge {
  judge(asked: Judged): Verdict[]
}

export interface Judged {
  operation: Operation
  person: Person
  sent: Sent
  answer: Answer
}

/** Answers that are meant: what this server, or its agent, cannot do. */
const meantStatuses = new Set([501])
/** A little less than a transaction waits for its turn at most. */
const waitMilliseconds = 14_000
/** Given by the listener or the front, before any door is reached. */
const generalStatuses = new Set([400, 404, 405, 408, 413, 414, 415, 421, 431])

const general = z.strictObject({
  error: z.strictObject({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string(),
  }),
})

const leaks: readonly [string, RegExp][] = [
  ['a stack', /\n\s+at |\bat [\w.<>]+ \(|node:internal|\.[jt]s:\d+:\d+/],
  [
    'SQL',
    /\b(?:syntax error at|duplicate key value|violates (?:foreign|unique|check|row)|relation "\w+"|column "\w+" (?:of|does)|invalid input syntax|SQLSTATE|parley_(?:app|engine|accounts))/i,
  ],
  ['a path', /node_modules|\/server\/(?:dist|contracts|http)|\/tmp\/parley|\/(?:home|root)\/\w+\//],
  ['a file of the machine', /root:[x*]:0:0:/],
  [
    'an engine’s own words',
    /\b(?:TypeError|ReferenceError|RangeError|ZodError|Cannot read propert|is not a function|Unexpected token .* in JSON|ECONNREFUSED|ENOENT)\b/,
  ],
]

export function createJudge({ operations }: ApiDocument, secrets: readonly string[]): Judge {
  const templates = operations.map(({ path }) => new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/?]+')}$`))

  /** Whether an address is, letter by letter, one of the operation. */
  function isAt(path: string, operation: Operation): boolean {
    const address = path.split('?')[0] ?? ''
    return templates[operations.indexOf(operation)]?.test(address) === true && !address.includes('%')
  }

  return {
    judge(asked) {
      const { operation, sent, answer } = asked
      const text = answer.body.toString('latin1')
      const isProper = isAt(sent.path, operation) && sent.method === operation.method
      return [
        ...judgeStatus(asked, isProper),
        ...judgeHeaders(asked),
        ...judgeSecrets(asked, text, secrets),
        ...judgeBody(asked, isProper),
      ]
    },
  }
}

function judgeStatus({ operation, answer }: Judged, isProper: boolean): Verdict[] {
  const { status } = answer
  // Who was kept from the database for as long as anybody waits for it is told so, and that is not for what they asked.
  const hasWaited = status === 503 && answer.milliseconds >= waitMilliseconds && operation.replies.has(503)
  if (status >= 500 && !meantStatuses.has(status) && !hasWaited)
    return [{ kind: `status ${status}`, detail: excerpt(answer) }]
  const isKnown = !isProper || operation.replies.has(status) || generalStatuses.has(status)
  return isKnown
    ? []
    : [{ kind: `a status that the document does not tell: ${status}`, detail: excerpt(answer) }]
}

function judgeHeaders({ sent, answer: { headers, body, status } }: Judged): Verdict[] {
  const verdicts: Verdict[] = []
  if (headers.get('x-content-type-options') !== 'nosniff')
    verdicts.push({ kind: 'no nosniff', detail: String(status) })
  if (body.length > 0 && headers.get('content-type') === null)
    verdicts.push({ kind: 'no content type', detail: String(status) })
  if (headers.get('cache-control') === null)
    verdicts.push({ kind: 'no cache-control', detail: String(status) })
  if (headers.get('x-injected') !== null)
    verdicts.push({ kind: 'an injected header', detail: String(status) })
  const origin = sent.headers.findLast(([name]) => name === 'origin')?.[1]
  const allowed = headers.get('access-control-allow-origin')
  const isTrusted = origin === 'https://shop.example.org'
  if (headers.get('access-control-allow-credentials') === 'true' && (allowed === '*' || !isTrusted)) {
    verdicts.push({ kind: 'credentials for any origin', detail: `${origin}: ${allowed}` })
  }
  return verdicts
}

function judgeSecrets({ person, answer, sent }: Judged, text: string, secrets: readonly string[]): Verdict[] {
  const all = `${text}\n${[...answer.headers].map(([name, value]) => `${name}: ${value}`).join('\n')}`
  const foreign = (all.match(canaryPattern) ?? []).filter((canary) => !person.sees.has(canary))
  const asked = `${sent.path} ${sent.body?.toString('latin1') ?? ''} ${sent.headers.join(' ')}`
  const told = secrets.filter((secret) => secret.length > 8 && all.includes(secret))
  // What a person said comes back to them, whatever it looks like.
  const leaked =
    text.includes('cnry') || answer.status < 400
      ? []
      : leaks.filter(([, pattern]) => pattern.test(text) && !pattern.test(asked))
  return [
    ...(foreign.length === 0
      ? []
      : [{ kind: 'ESCAPE: another’s words', detail: `${foreign[0]} to ${person.name}: ${excerpt(answer)}` }]),
    ...(told.length === 0 ? [] : [{ kind: 'ESCAPE: a secret', detail: excerpt(answer) }]),
    ...leaked.map(([what]) => ({ kind: `an answer with ${what}`, detail: excerpt(answer) })),
  ]
}

/** A body is of a type that the document tells, and what the document says of it. */
function judgeBody({ operation, sent, answer }: Judged, isProper: boolean): Verdict[] {
  const { status, headers, body, isWhole } = answer
  if (!isWhole || body.length === 0) {
    const mustSay = isWhole && status >= 400 && sent.method !== 'HEAD'
    return mustSay ? [{ kind: `an empty ${status}`, detail: '' }] : []
  }
  const [type = ''] = (headers.get('content-type') ?? '').split(';')
  const reply = isProper ? operation.replies.get(status) : undefined
  if (type !== 'application/json') {
    const isTold = reply === undefined || reply.types.has(type) || reply.types.has('*/*')
    const isProblemOfDoor = operation.replies.get(status)?.types.has(type) === true
    if (status >= 400 && !isProblemOfDoor) return [{ kind: `a problem as ${type}`, detail: excerpt(answer) }]
    return isTold || status >= 400
      ? []
      : [{ kind: `a type that the document does not tell: ${status} ${type}`, detail: excerpt(answer) }]
  }
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))
  } catch {
    return [{ kind: 'broken JSON', detail: excerpt(answer) }]
  }
  // The listener and the front do not know whose door it was.
  if (generalStatuses.has(status) && general.safeParse(value).success) return []
  const check = reply?.types.get('application/json')
  const result = check?.safeParse(value)
  if (result === undefined || result.success) return []
  const [issue] = result.error.issues
  return [
    {
      kind: `not what the document says of ${status}: ${issue?.path.map(anyIndex).join('.')} ${issue?.code}`,
      detail: `${issue?.message}: ${excerpt(answer)}`,
    },
  ]
}

const anyIndex = (key: PropertyKey): string => (typeof key === 'number' ? '*' : String(key))

function excerpt({ status, body }: Answer): string {
  return `${status} ${body.subarray(0, 300).toString('utf8')}`
}
