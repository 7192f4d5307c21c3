/**
 * Our pages inside of other sites' pages. Browsers send no cookie there but one that says `SameSite=None; Partitioned`, so
 * whoever sets a cookie must know where its page is. Source: https://github.com/privacycg/CHIPS
 *
 * Who may frame us is `frame-ancestors`, which browsers hold to. So a page of ours that is framed is framed by a listed site,
 * and what it says of itself can be believed: a wrong word costs nobody but the browser that says it.
 */
import { markerHeader } from './origin.ts'

export interface FramingOptions {
  /** Origins whose pages may show ours inside of theirs: `https://shop.example.org`. Default: none. */
  frameOrigins?: readonly string[]
  /** Origins whose pages may ask with the person's cookies. Default: none. */
  trustedOrigins?: readonly string[]
}

export interface Framing {
  /** Whether a cookie that the answer sets must work inside of another site's page. */
  isFramed(request: Request): boolean
  /** For `Content-Security-Policy`. */
  readonly frameAncestors: string
}

/** Throws for what is no origin as browsers write it: a list that is wrong must not become a list that is empty, or longer. */
export function createFraming({ frameOrigins = [], trustedOrigins = [] }: FramingOptions = {}): Framing {
  for (const origin of [...frameOrigins, ...trustedOrigins]) requireOrigin(origin)
  return {
    isFramed({ headers }) {
      const isCrossSite = headers.get('sec-fetch-site') === 'cross-site'
      const origin = headers.get('origin')
      if (isCrossSite && origin !== null && trustedOrigins.includes(origin)) return true
      if (frameOrigins.length === 0) return false
      // The page itself, on its way into the frame; what it asks from there; and Chromium's own word for it.
      if (isCrossSite && headers.get('sec-fetch-dest') === 'iframe') return true
      return headers.get(markerHeader) === 'framed' || headers.has('sec-fetch-storage-access')
    },
    frameAncestors: ["'self'", ...frameOrigins].join(' '),
  }
}

function requireOrigin(origin: string): void {
  if (URL.canParse(origin) && origin !== 'null' && new URL(origin).origin === origin) return
  throw new Error(`${origin} is not an origin as browsers write it, such as https://shop.example.org`)
}
