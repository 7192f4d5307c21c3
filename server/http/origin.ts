/** Whose page is asking, and which name it thinks we have: what keeps other sites from using a person's cookie. */
import { isIP } from 'node:net'
import { HttpProblem } from './problem.ts'

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * What a page of a trusted origin sends along with whatever it asks with a person's cookies. A form cannot send a header, and a
 * script of another origin only when our answer to its browser's question lists its origin. Its value says where the page is:
 * `framed` inside of another site's page, anything else when it is by itself.
 */
export const markerHeader = 'parley-page'

/**
 * Refuses (`forbidden`) a request that another site's page could have made with this browser's cookie: one that
 * changes something, carries no `Authorization` of its own and does not come from one of our own pages, nor, marked, from
 * one of a trusted origin.
 *
 * @param origins Our public origins (`https://chat.example.org`), where a proxy rewrites `Host`.
 * @param trusted Origins of others whose pages may ask with the person's cookies.
 */
export function refuseCrossSite(
  request: Request,
  origins: readonly string[] = [],
  trusted: readonly string[] = [],
): void {
  if (safeMethods.has(request.method) || request.headers.has('authorization')) return
  if (!sameOrigin(request, origins) && !isFromTrusted(request, trusted)) {
    throw new HttpProblem('forbidden', 'Requests from other sites need a bearer token.')
  }
}

/**
 * Whether the request's cookies count for nothing, although it changes nothing: another site's page has made it. Somebody who
 * follows a link to us comes with theirs.
 */
export function isForeignRead(
  request: Request,
  origins: readonly string[] = [],
  trusted: readonly string[] = [],
): boolean {
  if (!safeMethods.has(request.method) || request.headers.has('authorization')) return false
  if (request.headers.get('sec-fetch-dest') === 'document') return false
  return !sameOrigin(request, origins) && !isFromTrusted(request, trusted)
}

/** `null` is what sandboxed pages of anybody send, so nobody can be trusted by it. */
function isFromTrusted({ headers }: Request, trusted: readonly string[]): boolean {
  const origin = headers.get('origin')
  return origin !== null && origin !== 'null' && trusted.includes(origin) && headers.has(markerHeader)
}

/** Whether the request comes from our own page, or from no page at all: a program has no foreign cookies to misuse. */
export function sameOrigin(request: Request, origins: readonly string[] = []): boolean {
  // Only browsers can set it, and pages cannot; but they send it to https and localhost only.
  const site = request.headers.get('sec-fetch-site')
  if (site !== null) return site === 'same-origin' || site === 'none'
  const origin = request.headers.get('origin')
  if (origin === null) return true
  if (origins.includes(origin)) return true
  const host = request.headers.get('host') ?? new URL(request.url).host
  // The scheme is not compared: behind a proxy that ends TLS we only see http. Nearly every page says it letter by letter.
  if (origin === `https://${host}` || origin === `http://${host}`) return true
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase()
}

/** `any`, or the names under which we may be called, without ports. */
export type HostNames = 'any' | readonly string[]

/**
 * Whether `Host` is a name of ours. A page whose own name points to this machine (DNS rebinding) is of the same
 * origin in the browser's eyes; its `Host` gives it away. Addresses and `localhost` cannot be rebound.
 */
export function isKnownHost(host: string, names: HostNames): boolean {
  const match = hostPattern.exec(host.toLowerCase())
  if (match === null) return false
  const [, bracketed, plain = ''] = match
  if (bracketed !== undefined) return isIP(bracketed) === 6
  if (names === 'any' || plain === 'localhost' || plain.endsWith('.localhost')) return true
  return isIP(plain) === 4 || names.includes(plain)
}

const hostPattern = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/
