/** The first page and the element's files: our own origin is all that they ever ask. */
import { Hono } from 'hono'
import { answerWithPage, pagePolicy } from '../../http/pages.ts'
import type { StaticFiles } from '../../http/static-files.ts'

export interface PageDoorOptions {
  files: StaticFiles
  /** Greets a browser before its first message, so that two messages at once come from one guest. */
  greet(request: Request): Promise<Record<string, string>>
  /** Whose pages may show ours inside of theirs, as the policy says it. Default: our own. */
  frameAncestors?: string
}

export function createPageDoor({ files, greet, frameAncestors = "'self'" }: PageDoorOptions): Hono {
  const door = new Hono()
  const policy = pagePolicy({ frameAncestors, images: "'self' data:" })
  door.get('/', async ({ req: { raw: request } }) =>
    answerWithPage(request, { files, path: '/index.html', policy, headers: await greet(request) }),
  )
  door.get('/index.html', (context) => context.redirect('/'))
  // Only in development are its files among ours.
  door.get('/gallery', async ({ req: { raw: request } }, next) => {
    const path = '/gallery/index.html'
    if (files(new Request(new URL(path, request.url))) === null) return next()
    return answerWithPage(request, { files, path, policy })
  })
  door.get('*', async (context, next) => files(context.req.raw) ?? next())
  return door
}
