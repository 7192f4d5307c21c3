/**
 * A stream as a file keeps it, so that a change of a byte is a change of a line that somebody sees:
 *
 *   POST /chatkit                    the request, without what says who asks
 *   content-type: application/json
 *
 *   {"type":"threads.create", …}
 *
 *   200                              the reply: its headers by name, without those that each reply has anew
 *   content-type: text/event-stream; charset=utf-8
 *
 *   data: {"type":"thread.created", …}     and the bytes of its body, to the last
 *
 * The scripted clock stands still, and what is random is counted (`withCountedNames`); everything else is as it was sent. Where a
 * frame begins in a packet is not said: that is the network's business.
 */

export interface StreamRequest {
  method: 'GET' | 'POST'
  path: string
  headers?: Record<string, string>
  body?: unknown
  /** Who asks. Default: the stage's user. It is not recorded. */
  secret?: string
}

export interface Exchange {
  request: StreamRequest
  response: Response
  /** The body's bytes, which must be UTF-8. */
  body: string
}

/** What says nothing of the stream: the time, the connection, the request's own name, and how limits stand. */
const passingHeaders = new Set([
  'connection',
  'date',
  'keep-alive',
  'ratelimit',
  'transfer-encoding',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
  'x-request-id',
])

export function showExchange({ request, response, body }: Exchange): string {
  const asked = [`${request.method} ${request.path}`, ...showHeaders(Object.entries(request.headers ?? {}))]
  const headers = [...response.headers].filter(([name]) => !passingHeaders.has(name))
  const sent = request.body === undefined ? [] : [JSON.stringify(request.body), '']
  const answered = [String(response.status), ...showHeaders(headers)]
  return withCountedNames([...asked, '', ...sent, ...answered, '', body].join('\n'))
}

function showHeaders(headers: [string, string][]): string[] {
  return headers.map(([name, value]) => `${name}: ${value}`).toSorted()
}

/** An id of ours behind its prefix, a UUID, and an address with its port or its signature. */
const random =
  /(?<prefix>\b[a-z]{2,8}_)[0-9a-hjkmnp-tv-z]{26}\b|\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b|(?<origin>http:\/\/127\.0\.0\.1):\d+|(?<link>\?link=)[\w.-]+/g

/** The same text with what is random in it counted in the order of its first appearance: `thr_…1`, `run_…2`. Lengths stay. */
export function withCountedNames(text: string): string {
  const names = new Map<string, string>()
  return text.replace(random, (name: string, ...found: unknown[]) => {
    const { prefix, origin, link } = found.at(-1) as Record<string, string | undefined>
    if (origin !== undefined) return origin
    if (link !== undefined) return `${link}signed`
    const known = names.get(name)
    if (known !== undefined) return known
    const number = String(names.size + 1)
    const counted =
      prefix === undefined
        ? `00000000-0000-7000-8000-${number.padStart(12, '0')}`
        : `${prefix}${number.padStart(26, '0')}`
    names.set(name, counted)
    return counted
  })
}
