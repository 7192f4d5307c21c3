/** What is asked, and what the scripted upstream makes of it: every question carries its name, and every name has its plan. */
import { speak } from '../fake-openai-scripts.ts'
import type { Script, ScriptStep } from '../fake-openai-scripts.ts'
import type { Random } from '../random.ts'

/** What an upstream can do; all but the first few are faults. */
export type PlanKind =
  | 'plain'
  | 'burst'
  | 'unicode'
  | 'status'
  | 'busy-then-fine'
  | 'no-headers'
  | 'stall'
  | 'cut'
  | 'error-in-stream'
  | 'garbage'
  | 'web-page'
  | 'huge'
  | 'broken-tool-call'
  | 'odd-framing'

export interface Plan {
  kind: PlanKind
  /** Such as `u3.17`. */
  question: string
  /** The message: its name first, so that it is known again wherever it turns up. */
  message: string
  /** What the upstream will have said, as it is to be kept. */
  text: string
  ends: 'whole' | 'broken'
  /** Whether all of a broken answer's text has surely arrived before it breaks. */
  exact: boolean
  /** What it answers to the request with this number, the first being 0; `afterTool`: it brings a tool's output. */
  script(request: number, afterTool: boolean): Script
}

const words =
  'so viele Wörter und 世界 mit 👩‍👩‍👧 dazu or some that are rather plain, each after the other until it ends'.split(
    ' ',
  )
const finish: ScriptStep = { type: 'finish' }
const text = (piece: string): ScriptStep => ({ type: 'text', text: piece })
const statuses = [400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504, 529]

/** Longer than the programs are told to wait. */
export const upstreamSecondsMax = 5

export function createPlan(question: string, kind: PlanKind, random: Random): Plan {
  const message = `${question}: ${sentence(random, 2, 12)}?`
  const answer = `To ${question}: ${sentence(random, 5, 45)}.`
  const pause = random.between(2, 35)
  const spoken = speak(answer, pause)
  const whole = (script: Script, said = answer): Plan => ({
    kind,
    question,
    message,
    text: said,
    ends: 'whole',
    exact: true,
    script: () => script,
  })
  const broken = (script: Script, said: string, exact = true): Plan => ({
    ...whole(script, said),
    ends: 'broken',
    exact,
  })
  const some = spoken.slice(0, random.between(1, 8) * 2)
  const someText = some.map((step) => (step.type === 'text' ? step.text : '')).join('')

  switch (kind) {
    case 'plain':
      return whole([...spoken, finish])
    case 'burst': {
      const long = `To ${question}: ${sentence(random, 200, 900)}.`
      return whole([...speak(long, 0).filter(({ type }) => type === 'text'), finish], long)
    }
    case 'unicode': {
      // NUL, lone surrogates and a pair that is split over two pieces, every byte alone.
      const steps = [
        text(`To ${question}: a\u0000b `),
        text('\udc00c \ud83d'),
        text('\ude00 d\ud800'),
        text(' e'),
      ]
      const kept = `To ${question}: a\uFFFDb \uFFFDc 😀 d\uFFFD e`
      return whole([{ type: 'bytes-alone' }, ...steps, finish], kept)
    }
    case 'status':
      return refusal(random, broken)
    case 'busy-then-fine': {
      const fine = [...spoken, finish]
      const busy: Script = [{ type: 'reply', status: random.pick([429, 500, 503]) ?? 503, body: '{}' }]
      return { ...whole(fine), script: (request) => (request % 2 === 0 ? busy : fine) }
    }
    case 'no-headers':
      return broken(random.chance(0.5) ? [{ type: 'hang' }] : [{ type: 'begin' }, { type: 'hang' }], '')
    case 'stall':
      return broken([...some, { type: 'hang' }], someText)
    case 'cut': {
      const how = random.chance(0.5) ? 'end' : 'reset'
      return broken([...some, { type: 'cut', how }], someText, how === 'end')
    }
    case 'error-in-stream': {
      const data = 'data: {"error":{"message":"scripted","type":"server_error"}}\n\n'
      return broken([...some, { type: 'raw', data }], someText)
    }
    case 'garbage':
      return broken([...some, { type: 'raw', data: 'data: {"choices": [oops\n\n' }, finish], someText)
    case 'web-page':
      return broken(webPage, '')
    case 'huge': {
      const piece = `To ${question}: ${'All of it, again and again. '.repeat(random.between(2_000, 20_000))}`
      const pieces = random.chance(0.5) ? [piece] : (piece.match(/[^]{1,5000}/g) ?? [])
      return whole([...pieces.map(text), finish], piece)
    }
    case 'broken-tool-call': {
      const call: Script = [
        { type: 'tool-call', name: 'nothing', arguments: '{"a": "b\\', pieces: 3 },
        { type: 'finish', reason: 'tool_calls' },
      ]
      return { ...whole([]), script: (_request, afterTool) => (afterTool ? [...spoken, finish] : call) }
    }
    case 'odd-framing':
      return whole(oddly(answer), answer)
  }
}

function refusal(random: Random, broken: (script: Script, said: string) => Plan): Plan {
  const status = random.pick(statuses) ?? 500
  const headers: Record<string, string> = random.chance(0.5)
    ? { 'retry-after': random.pick(['1', '-5', '99999999', 'Wed, 21 Oct 2015 07:28:00 GMT']) ?? '1' }
    : {}
  return broken([{ type: 'reply', status, body: '{"error":{"message":"sk-scripted"}}', headers }], '')
}

const webPage: Script = [
  { type: 'reply', status: 200, body: '<html>Bad gateway</html>', headers: { 'content-type': 'text/html' } },
]

/** Proper, and as nobody sends it: comments, unknown fields and events, other line ends, empty deltas, an end said twice. */
function oddly(answer: string): Script {
  const chunk = (delta: object, reason: string | null = null): string =>
    JSON.stringify({ choices: [{ index: 0, delta, finish_reason: reason }] })
  const half = Math.ceil(answer.length / 2)
  const raw = [
    ': a comment\r\n\r\n',
    `event: message\nid: 7\nretry: 10\ndata: ${chunk({ role: 'assistant', content: '' })}\n\n`,
    `data:${chunk({ content: answer.slice(0, half) })}\r\n\r\n`,
    'strange\n\n',
    `data: ${chunk({ content: answer.slice(half) })}\r\r`,
    `data: ${chunk({})}\n\n`,
    `data: ${chunk({}, 'stop')}\n\n`,
    'data: [DONE]\n\ndata: [DONE]\n\n',
  ]
  return raw.map((data) => ({ type: 'raw', data }))
}

function sentence(random: Random, min: number, max: number): string {
  return Array.from({ length: random.between(min, max) }, () => random.pick(words) ?? '').join(' ')
}

const namePattern = /\bu\d+\.\d+(?=:)/g

/** What a request to the upstream asks last, by name, and whether a tool has answered since. */
export function readRequest(body: Record<string, unknown>): {
  question: string | undefined
  afterTool: boolean
} {
  const messages = Array.isArray(body['messages']) ? (body['messages'] as Record<string, unknown>[]) : []
  const asked = messages.findLast((message) => message['role'] === 'user')
  const question = textOf(asked?.['content']).match(namePattern)?.at(-1)
  return { question, afterTool: messages.at(-1)?.['role'] === 'tool' }
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return (content as { text?: string }[]).map(({ text: said = '' }) => said).join('\n')
}
