/** The page to sign in at. Like the first page, it asks its own origin and nobody else. */
import { Hono } from 'hono'
import type { StaticFiles } from '../../http/static-files.ts'

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  // Whoever shows it inside of their own page could have people type into it what they do not mean to.
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

/** @param files With `/sign-in.html` and what belongs to it. */
export function createSignInPage(files: StaticFiles): Hono {
  const door = new Hono()
  door.get('/sign-in', (context) => {
    const page = files(new Request(new URL('/sign-in.html', context.req.url)))
    if (page === null) return context.text('The page has not been built: npm run build\n', 503)
    page.headers.set('content-security-policy', contentSecurityPolicy)
    page.headers.set('cache-control', 'no-store')
    return page
  })
  door.get('/sign-in.html', (context) => context.redirect('/sign-in'))
  return door
}
