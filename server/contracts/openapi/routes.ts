/** What the doors take and answer, for programs and for people: OpenAPI 3.1 and 3.0, and a page to read and try it. */
import { Hono } from 'hono'
import type { Context } from 'hono'
import type { Door } from '../../http/door.ts'
import { openApiDocument } from '../../http/openapi.ts'
import type { OpenApiOptions, OpenApiVersion } from '../../http/openapi.ts'
import { answerWithPage, pagePolicy } from '../../http/pages.ts'
import { HttpProblem } from '../../http/problem.ts'
import type { StaticFiles } from '../../http/static-files.ts'

export interface OpenApiDoorOptions {
  /** In the order in which they are told. */
  doors: readonly Door[]
  productVersion: string
  /** Our public address. */
  url?: string
  /** Default: a bearer token. */
  securitySchemes?: OpenApiOptions['securitySchemes']
  /** With `docs.html`, `docs.js` and `docs.css`; without them there is no page. */
  files?: StaticFiles
}

const bearer = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'Of an issuer that this server is told to believe, or minted by `parley token`.',
  },
}

export function createOpenApiDoor(options: OpenApiDoorOptions): Hono {
  const { files } = options
  const door = new Hono()
  const documents = { '/openapi.json': '3.1', '/openapi-3.0.json': '3.0' } as const
  for (const [path, version] of Object.entries(documents)) {
    let text: string | undefined
    door.all(path, (context) => {
      requireReading(context)
      // Only whoever asks for it waits for it to be made; it does not change while we run.
      text ??= JSON.stringify(describe(options, version))
      return new Response(text, { headers: documentHeaders })
    })
  }
  const policy = pagePolicy({ trustedTypes: "'none'" })
  const headers = { 'cross-origin-resource-policy': 'same-origin' }
  door.all('/docs', (context) => {
    requireReading(context)
    return answerWithPage(context.req.raw, { files, path: '/docs.html', policy, headers })
  })
  // Under its own name it would come without its policy.
  door.get('/docs.html', (context) => context.redirect('/docs'))
  for (const path of ['/docs.js', '/docs.css']) {
    door.get(path, (context, next) => files?.(context.req.raw) ?? next())
  }
  return door
}

/** Tools of other origins may read it: it tells no secret, and nobody apart. */
const documentHeaders = {
  'content-type': 'application/json; charset=utf-8',
  'cache-control': 'no-cache',
  'access-control-allow-origin': '*',
}

function describe(
  { doors, productVersion, url, securitySchemes = bearer }: OpenApiDoorOptions,
  version: OpenApiVersion,
) {
  return openApiDocument(
    doors,
    {
      version,
      title: 'Parley',
      productVersion,
      description: 'Conversations that cannot be lost, through every door.',
      ...(url === undefined ? {} : { url }),
      securitySchemes,
    },
    (access) => access === 'public',
  )
}

function requireReading({ req }: Context): void {
  if (req.method === 'GET' || req.method === 'HEAD') return
  throw new HttpProblem('method_not_allowed', 'Here one asks with GET, HEAD.', {
    headers: { allow: 'GET, HEAD' },
  })
}
