/** Our own pages: their files, and what a browser lets them do. */
import type { StaticFiles } from './static-files.ts'

export interface PagePolicyOptions {
  /**
   * Whose pages may show it inside of theirs. Default `'none'`: whoever does could have people type into it what they do not mean
   * to.
   */
  frameAncestors?: string
  /** What its images may be from. Default `'self'`. */
  images?: string
  /** Which makers of HTML it may have. Default: any that writes none of its own. */
  trustedTypes?: string
}

/**
 * The content security policy of every page: nothing from elsewhere, nothing inline, no HTML made of text, and it asks us alone.
 * Source: https://www.w3.org/TR/CSP3/
 */
export function pagePolicy(options: PagePolicyOptions = {}): string {
  const { frameAncestors = "'none'", images = "'self'", trustedTypes } = options
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src ${images}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${frameAncestors}`,
    "require-trusted-types-for 'script'",
    ...(trustedTypes === undefined ? [] : [`trusted-types ${trustedTypes}`]),
  ].join('; ')
}

export interface Page {
  /** Without it the page has not been built. */
  files: StaticFiles | undefined
  /** The page's file among them: `/index.html`. */
  path: string
  /** Of `pagePolicy`. */
  policy: string
  headers?: Record<string, string>
}

/** The page's file under its policy, not to be kept: what it shows, and its policy, are of this moment. */
export function answerWithPage(request: Request, { files, path, policy, headers = {} }: Page): Response {
  const page = files?.(new Request(new URL(path, request.url), { method: request.method }))
  if (page === undefined || page === null) {
    return new Response('The page has not been built: npm run build\n', { status: 503 })
  }
  const own = { ...headers, 'content-security-policy': policy, 'cache-control': 'no-store' }
  for (const [name, value] of Object.entries(own)) page.headers.set(name, value)
  return page
}
