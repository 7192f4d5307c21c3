/** The first page and the element's files: our own origin is all that they ever ask. */
import { Hono } from 'hono'
import type { StaticFiles } from '../../http/static-files.ts'

export interface PageDoorOptions {
  files: StaticFiles
  /** Greets a browser before its first message, so that two messages at once come from one guest. */
  greet(request: Request): Promise<Record<string, string>>
  /** Whose pages may show ours inside of theirs, as the policy says it. Default: our own. */
  frameAncestors?: string
}

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
]

export function createPageDoor({ files, greet, frameAncestors = "'self'" }: PageDoorOptions): Hono {
  const door = new Hono()
  const policy = [...contentSecurityPolicy, `frame-ancestors ${frameAncestors}`].join('; ')
  door.get('/', async (context) => {
    const headers = {
      ...(await greet(context.req.raw)),
      'content-security-policy': policy,
      'cache-control': 'no-store',
    }
    const page = files(new Request(new URL('/index.html', context.req.url)))
    if (page === null) return context.text('The page has not been built: npm run build\n', 503)
    for (const [name, value] of Object.entries(headers)) page.headers.set(name, value)
    return page
  })
  door.get('/index.html', (context) => context.redirect('/'))
  door.get('*', async (context, next) => files(context.req.raw) ?? next())
  return door
}
