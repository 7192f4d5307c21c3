/** The page to sign in at. Like the first page, it asks its own origin and nobody else. */
import { Hono } from 'hono'
import { answerWithPage, pagePolicy } from '../../http/pages.ts'
import type { StaticFiles } from '../../http/static-files.ts'

/** @param files With `/sign-in.html` and what belongs to it. */
export function createSignInPage(files: StaticFiles): Hono {
  const door = new Hono()
  const page = { files, path: '/sign-in.html', policy: pagePolicy() }
  door.get('/sign-in', (context) => answerWithPage(context.req.raw, page))
  door.get('/sign-in.html', (context) => context.redirect('/sign-in'))
  return door
}
