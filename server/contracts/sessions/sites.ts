/** Whose pages may ask for sessions, and show the tokens they were given: our own, and those of listed sites. */
import { sameOrigin } from '../../http/origin.ts'

export interface Sites {
  /** `https://book.example.org` */
  allowedOrigins: readonly string[]
  /** Our public origins, where a proxy rewrites `Host`. */
  publicOrigins: readonly string[]
}

export type AskingSite = 'own' | 'allowed' | 'other'

/** A request that no page has made counts as one of our own: it has nobody's cookies to misuse. */
export function siteOf(request: Request, { allowedOrigins, publicOrigins }: Sites): AskingSite {
  const origin = request.headers.get('origin')
  if (origin === null || sameOrigin(request, publicOrigins)) return 'own'
  // `null` is what sandboxed pages of anybody send.
  return origin !== 'null' && allowedOrigins.includes(origin) ? 'allowed' : 'other'
}
