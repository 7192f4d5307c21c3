/**
 * Problems in the shape that their client reads. The document's client reads JSON. The AI SDK shows a reply's whole body to the
 * person, so its requests are answered with a sentence; it is known by what it says in the body, which may not have been read yet.
 */
import type { HttpProblem } from '../../http/problem.ts'
import { encodeProblem, sentenceOf } from './encode.ts'

export interface Problems {
  encode(problem: HttpProblem, requestId: string, request: Request): Promise<Response>
  /** What goes wrong with this request from now on is shown to a person. */
  isShown(request: Request): void
}

/** A refused request is not read further than this to find out who asks. */
const peekedBytesMax = 256 * 1024

export function createProblems(): Problems {
  const shown = new WeakSet<Request>()
  return {
    async encode(problem, _requestId, request) {
      if (!shown.has(request) && !(await wantsSentence(request))) return encodeProblem(problem)
      const headers = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' }
      return new Response(sentenceOf(problem), { status: problem.status, headers })
    },
    isShown(request) {
      shown.add(request)
    },
  }
}

const streamPath = /^\/api\/chats\/[^/]+(?:\/[^/]+)?\/stream$/
const chatPath = /^\/api\/chats\/[^/]+$/

async function wantsSentence(request: Request): Promise<boolean> {
  if (/\btext\/plain\b/.test(request.headers.get('accept') ?? '')) return true
  const { pathname } = new URL(request.url)
  // To go on reading is the AI SDK's own question.
  if (request.method === 'GET') return streamPath.test(pathname)
  return request.method === 'POST' && chatPath.test(pathname) && isUiBody(await peek(request))
}

async function peek(request: Request): Promise<string> {
  const length = Number(request.headers.get('content-length') ?? Number.NaN)
  const isJson = request.headers.get('content-type')?.startsWith('application/json') === true
  if (!isJson || request.bodyUsed || !(length <= peekedBytesMax)) return ''
  return request.text().catch(() => '')
}

function isUiBody(text: string): boolean {
  return /"trigger":"(?:submit|regenerate)-message"/.test(text)
}
