import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Access, Caller } from '../../admission/caller.ts'
import type { ConversationStore } from '../../conversation/store.ts'
import type { Engine } from '../../engine/engine.ts'
import { createDoor, routesFor } from '../../http/door.ts'
import type { Door } from '../../http/door.ts'
import { createFront } from '../../http/front.ts'
import { createStaticFiles } from '../../http/static-files.ts'
import type { StaticFiles } from '../../http/static-files.ts'
import { silentLog } from '../../testing/silent-log.ts'
import { createRespondDoor } from '../respond/routes.ts'
import { createOpenApiDoor } from './routes.ts'

const admission = () => async () => ({ caller: null, headers: {}, release() {} })

function createNotesDoor(): Door {
  const route = routesFor<Caller, Access>()
  return createDoor<Access>({
    title: 'Notes',
    description: 'For tests',
    routes: [
      route(
        {
          method: 'get',
          path: '/notes/:id',
          summary: 'A note',
          access: 'public',
          params: z.object({ id: z.string() }),
          replies: { 200: { description: 'It' } },
        },
        () => new Response(),
      ),
    ],
    admit: admission(),
    encodeProblem: () => new Response(),
    problemSchema: z.object({ wrong: z.string() }).meta({ id: 'Problem' }),
    problemStatuses: [400],
  })
}

/** Neither is asked anything to tell what its routes are. */
const respondDoor = (): Door =>
  createRespondDoor({
    engine: {} as Engine,
    store: {} as ConversationStore,
    admission,
    allowedOrigins: [],
    onFailure() {},
  })

function setup(files?: StaticFiles) {
  const app = createOpenApiDoor({
    doors: [createNotesDoor(), respondDoor()],
    productVersion: '1.2.3',
    url: 'https://chat.example.org',
    ...(files === undefined ? {} : { files }),
  })
  app.onError((error) => {
    throw error
  })
  const front = createFront((request) => app.fetch(request), { log: silentLog })
  return (path: string, init?: RequestInit) => front(new Request(`http://localhost${path}`, init))
}

interface Document {
  openapi: string
  info: object
  paths: Record<
    string,
    Record<string, { operationId: string; security?: []; parameters?: { name: string; in: string }[] }>
  >
  components: { schemas: Record<string, unknown> }
}

function nodesOf(value: unknown): Record<string, unknown>[] {
  if (Array.isArray(value)) return value.flatMap(nodesOf)
  if (typeof value !== 'object' || value === null) return []
  return [value as Record<string, unknown>, ...Object.values(value).flatMap(nodesOf)]
}

describe('the document', () => {
  test.each([
    ['/openapi.json', '3.1.1'],
    ['/openapi-3.0.json', '3.0.4'],
  ])(
    '[DOCS-1] %s tells every route of every door, in OpenAPI %s, and all that it refers to',
    async (path, version) => {
      const response = await setup()(path)
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
      const document = (await response.json()) as Document
      expect(document).toMatchObject({ openapi: version, info: { title: 'Parley', version: '1.2.3' } })
      expect(Object.entries(document.paths).map(([name, item]) => [name, Object.keys(item)])).toEqual([
        ['/notes/{id}', ['get']],
        ['/api/chatkit/respond', ['post']],
        ['/api/chatkit/action', ['post']],
        ['/api/chatkit/responses/{response_id}', ['get']],
        ['/api/chatkit/responses/{response_id}/events', ['get']],
      ])
      const operations = Object.entries(document.paths).flatMap(([name, item]) =>
        Object.values(item).map((operation) => ({ name, ...operation })),
      )
      const ids = operations.map(({ operationId }) => operationId)
      expect(new Set(ids).size).toBe(ids.length)
      for (const { name, parameters = [] } of operations) {
        const inPath = parameters
          .filter((parameter) => parameter.in === 'path')
          .map((parameter) => `{${parameter.name}}`)
        expect(inPath).toEqual(name.match(/\{\w+\}/g) ?? [])
      }
      expect(document.paths['/notes/{id}']?.['get']?.security).toEqual([])
      expect(document.paths['/api/chatkit/respond']?.['post']?.security).toBeUndefined()
      const references = nodesOf(document).flatMap(({ $ref }) => (typeof $ref === 'string' ? [$ref] : []))
      expect(references.length).toBeGreaterThan(5)
      for (const reference of references) {
        const name = reference.replace('#/components/schemas/', '')
        expect(Object.keys(document.components.schemas), reference).toContain(name)
      }
      expect(Object.keys(document.components.schemas)).toEqual(
        expect.arrayContaining(['RespondRequestInput', 'RespondReply', 'RespondWidget', 'RespondError']),
      )
      const later = nodesOf(document).filter(
        (node) => 'const' in node || '$defs' in node || Array.isArray(node['type']),
      )
      if (version === '3.0.4') expect(later).toEqual([])
    },
  )

  test('[DOCS-1] it is read and not written', async () => {
    const ask = setup()
    for (const path of ['/openapi.json', '/docs']) {
      const response = await ask(path, { method: 'POST' })
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    }
  })
})

describe('its page', () => {
  test('[DOCS-2] it comes with a policy that lets in nothing from elsewhere and nothing inline', async () => {
    const files = createStaticFiles(
      ['/docs.html', '/docs.js', '/docs.css'].map((path) => ({ path, bytes: Buffer.from(path) })),
    )
    const ask = setup(files)
    const page = await ask('/docs')
    expect(await page.text()).toBe('/docs.html')
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(policy.split('; ')).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "require-trusted-types-for 'script'",
      ]),
    )
    expect(policy).not.toMatch(/unsafe|https?:|\*|data:/)
    const plain = await ask('/docs.html')
    expect([plain.status, plain.headers.get('location')]).toEqual([302, '/docs'])
    expect(await (await ask('/docs.js')).text()).toBe('/docs.js')
    expect(await (await ask('/docs.css')).text()).toBe('/docs.css')
    expect((await setup()('/docs')).status).toBe(503)
  })
})
