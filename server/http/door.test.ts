import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { silentLog } from '../testing/silent-log.ts'
import { createDoor, joinDoors, routesFor } from './door.ts'
import type { DoorOptions } from './door.ts'
import { eventStream } from './event-stream.ts'
import { createFront } from './front.ts'
import { openApiDocument } from './openapi.ts'
import { HttpProblem } from './problem.ts'

interface Caller {
  name: string
}

const Note = z
  .object({ text: z.string().min(1).max(20), next: z.string().nullable().default(null) })
  .meta({ id: 'Note' })
const route = routesFor<Caller, 'anyone' | 'known'>()
const routes = [
  route(
    {
      method: 'post',
      path: '/notes/:id',
      summary: 'Changes a note',
      access: 'known',
      params: z.object({ id: z.string().max(5) }),
      query: z.object({ loud: z.enum(['yes', 'no']).optional() }),
      body: z.object({ note: Note, tags: z.array(z.string().max(3)).default([]) }),
      replies: { 200: { description: 'The note', schema: Note } },
    },
    ({ caller, params, query, body }) =>
      Response.json({ by: caller.name, id: params.id, loud: query.loud ?? 'no', text: body.note.text }),
  ),
  route(
    {
      method: 'get',
      path: '/notes/:id',
      summary: 'A note',
      access: 'anyone',
      replies: { 200: { description: 'It' } },
    },
    () => {
      throw new Error('the cupboard is locked')
    },
  ),
]

/** What an answer is streamed with where there is no socket. */
const spoken = route(
  {
    method: 'post',
    path: '/speak',
    summary: 'Says two words',
    access: 'known',
    replies: { 200: { description: 'They', mediaTypes: ['text/event-stream'] } },
  },
  ({ context }) => {
    async function* frames() {
      yield 'data: one\n\n'
      yield 'data: two\n\n'
    }
    return eventStream(context, { frames: frames() })
  },
)

function setup(options: Partial<DoorOptions<'anyone' | 'known'>> = {}) {
  const released: string[] = []
  const failures: unknown[] = []
  const door: DoorOptions<'anyone' | 'known'> = {
    title: 'Notes',
    description: 'For tests',
    routes,
    problemSchema: z.object({ wrong: z.string() }).meta({ id: 'Problem' }),
    problemStatuses: [400, 401],
    below: ['/notes/*'],
    async admit(request, access, { tell }) {
      tell({ 'x-limit': '7' })
      if (access === 'known' && !request.headers.has('authorization')) {
        throw new HttpProblem('unauthenticated', 'Who are you?')
      }
      return {
        caller: { name: 'ada' },
        headers: { 'x-seen': 'yes' },
        release: () => released.push(request.method),
      }
    },
    encodeProblem: ({ code, message, details, status }, requestId) =>
      Response.json({ wrong: message, code, details, requestId }, { status }),
    ...options,
  }
  const app = joinDoors([createDoor(door)])
  app.onError((error) => {
    throw error
  })
  const log = {
    ...silentLog,
    error: (_event: string, fields?: Record<string, unknown>) => failures.push(fields?.['error']),
  }
  const fetch = createFront((request, env) => app.fetch(request, env), { log })
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(new Request(`http://localhost${path}`, init))
    const body: unknown = await response.json().catch(() => null)
    return { status: response.status, headers: Object.fromEntries(response.headers), body }
  }
  return { ask, fetch, released, failures, door }
}

const json = (body: unknown, headers: Record<string, string> = { authorization: 'x' }): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
})

describe('a door', () => {
  test('[DOOR-1] a request is checked by its route’s schemas, and all that is wrong is named', async () => {
    const { ask } = setup()
    expect(
      await ask('/notes/a?loud=yes&loud=no&other=1', json({ note: { text: 'hello' }, more: 1 })),
    ).toMatchObject({
      status: 200,
      body: { by: 'ada', id: 'a', loud: 'yes', text: 'hello' },
    })
    const wrong = await ask('/notes/a', json({ note: { text: '' }, tags: ['long enough', 1] }))
    expect(wrong).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    expect(wrong.body).toMatchObject({
      details: [{ field: 'note.text' }, { field: 'tags.0' }, { field: 'tags.1' }],
      requestId: wrong.headers['x-request-id'],
    })
    expect(await ask('/notes/toolong', json({ note: { text: 'a' } }))).toMatchObject({
      status: 400,
      body: { details: [{ field: 'id' }] },
    })
    expect(await ask('/notes/a?loud=perhaps', json({ note: { text: 'a' } }))).toMatchObject({
      status: 400,
      body: { details: [{ field: 'loud' }] },
    })
  })

  test('[DOOR-2] every problem has the door’s shape, the framework’s own too, and headers go with it', async () => {
    const { ask, failures } = setup()
    const given = { 'x-limit': '7' }
    expect(await ask('/notes/a', json({}, {}))).toMatchObject({
      status: 401,
      headers: given,
      body: { wrong: 'Who are you?' },
    })
    expect(await ask('/notes/a', { ...json({}), body: '{' })).toMatchObject({
      status: 400,
      body: { code: 'invalid_request' },
    })
    expect(
      await ask('/notes/a', { method: 'POST', headers: { authorization: 'x' }, body: 'a=1' }),
    ).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } })
    expect(await ask('/notes/a', json({ note: { text: 'a' }, tags: ['x'.repeat(2_000_000)] }))).toMatchObject(
      { status: 413, body: { code: 'too_large' } },
    )
    expect(await ask('/notes/a', { method: 'DELETE' })).toMatchObject({
      status: 405,
      headers: { allow: 'POST, GET, HEAD' },
      body: { code: 'method_not_allowed' },
    })
    expect(await ask('/notes/a/b')).toMatchObject({ status: 404, body: { code: 'not_found' } })
    expect(failures).toEqual([])
    const failed = await ask('/notes/a')
    expect(failed).toMatchObject({
      status: 500,
      headers: { ...given, 'x-seen': 'yes' },
      body: { code: 'internal_error' },
    })
    expect(JSON.stringify(failed.body)).not.toContain('cupboard')
    expect(failures).toHaveLength(1)
  })

  test('[DOOR-3] what was admitted is released once its reply is over, however it ends', async () => {
    const { ask, released } = setup()
    await ask('/notes/a', json({ note: { text: 'a' } }))
    await ask('/notes/a', json({}))
    await ask('/notes/a')
    expect(released).toEqual(['POST', 'POST', 'GET'])
  })

  test('[DOOR-3] where no socket ends, a stream is over when it has been read, or is not wanted any more', async () => {
    const { fetch, released } = setup({ routes: [spoken] })
    const speak = () => fetch(new Request('http://localhost/speak', json({})))
    const response = await speak()
    expect(released).toEqual([])
    expect(await response.text()).toBe('data: one\n\ndata: two\n\n')
    expect(released).toEqual(['POST'])
    const unwanted = await speak()
    expect(released).toEqual(['POST'])
    await unwanted.body?.cancel()
    expect(released).toEqual(['POST', 'POST'])
  })

  test('[DOOR-6] what is not there is refused before anybody is asked who they are: it is not counted', async () => {
    const { ask, released } = setup()
    for (const [path, init] of [
      ['/notes/a', { method: 'DELETE' }],
      ['/notes/a/b', json({})],
    ] as const) {
      const { status, headers } = await ask(path, init)
      expect([status, headers['x-limit'], headers['x-seen']]).toEqual([
        path === '/notes/a' ? 405 : 404,
        undefined,
        undefined,
      ])
    }
    expect(released).toEqual([])
  })

  test('[DOOR-2] below two doors at once the longer path says whose shape it is, whichever came first', async () => {
    const named = (title: string, below: string[]) =>
      createDoor({
        ...setup().door,
        routes: [],
        below,
        encodeProblem: ({ status }) => Response.json({ title }, { status }),
      })
    for (const doors of [
      [named('outer', ['/notes/*']), named('inner', ['/notes/private/*'])],
      [named('inner', ['/notes/private/*']), named('outer', ['/notes/*'])],
    ]) {
      const app = joinDoors(doors)
      const titleAt = async (path: string): Promise<unknown> => (await app.request(path)).json()
      expect(await titleAt('/notes/private/a')).toEqual({ title: 'inner' })
      expect(await titleAt('/notes/private')).toEqual({ title: 'inner' })
      expect(await titleAt('/notes/privately')).toEqual({ title: 'outer' })
    }
  })

  test('[DOOR-4] CVE-2025-34291 CVE-2024-47084 GHSA-q7jf-gf43-6x6p: a page with cookies may read only where its origin is listed; any other, where any may, without them', async () => {
    const listed = 'https://shop.example.org'
    const policy = {
      credentialedOrigins: [listed],
      allowedHeaders: ['Authorization'],
      exposedHeaders: ['X-Request-ID'],
    }
    const origins = [
      listed,
      `${listed}.evil.example`,
      'https://SHOP.example.org',
      `${listed}:444`,
      'http://shop.example.org',
      'null',
      '*',
      '',
    ]
    for (const anyOrigin of [true, false]) {
      const { ask } = setup({ cors: { ...policy, anyOrigin } })
      for (const origin of origins) {
        const { headers } = await ask('/notes/a', { headers: { origin } })
        expect(headers['vary']).toBe('Origin')
        expect(headers['access-control-allow-credentials']).toBe(origin === listed ? 'true' : undefined)
        expect(headers['access-control-allow-origin']).toBe(
          origin === listed ? listed : anyOrigin ? '*' : undefined,
        )
      }
      const asking = {
        method: 'OPTIONS',
        headers: { origin: listed, 'access-control-request-method': 'POST' },
      }
      expect(await ask('/notes/a', asking)).toMatchObject({
        status: 204,
        headers: {
          'access-control-allow-methods': 'POST, GET, HEAD',
          'access-control-allow-headers': 'Authorization',
          'access-control-max-age': '600',
        },
      })
      const foreign = await ask('/notes/a', { ...asking, headers: { ...asking.headers, origin: 'null' } })
      expect('access-control-allow-methods' in foreign.headers).toBe(anyOrigin)
    }
  })

  test('[DOOR-4] a route may have a policy of its own; where there is none, asking first is a wrong method', async () => {
    const [first, second] = routes
    if (first === undefined || second === undefined) throw new Error('There are two routes.')
    const open = { credentialedOrigins: [], anyOrigin: true, allowedHeaders: [], exposedHeaders: [] }
    const { ask } = setup({ routes: [{ ...first, cors: { ...open, allowedMethods: ['POST'] } }, second] })
    const origin = 'https://shop.example.org'
    const preflight = (method: string) =>
      ask('/notes/a', { method: 'OPTIONS', headers: { origin, 'access-control-request-method': method } })
    expect(await preflight('POST')).toMatchObject({
      status: 204,
      headers: { 'access-control-allow-origin': '*', 'access-control-allow-methods': 'POST' },
    })
    const refused = await preflight('GET')
    expect(refused).toMatchObject({ status: 405, headers: { allow: 'POST, GET, HEAD' } })
    expect(refused.headers).not.toHaveProperty('access-control-allow-origin')
    const asked = await ask('/notes/a', json({ note: { text: '' } }, { authorization: 'x', origin }))
    expect(asked).toMatchObject({ status: 400, headers: { 'access-control-allow-origin': '*' } })
    expect((await ask('/notes/a', { headers: { origin } })).headers).not.toHaveProperty(
      'access-control-allow-origin',
    )
  })

  test('[DOOR-5] the document says what the schemas check, in OpenAPI 3.1 and 3.0', () => {
    const { door } = setup()
    const made = (version: '3.1' | '3.0') =>
      openApiDocument(
        [createDoor(door)],
        {
          version,
          title: 'T',
          productVersion: '1',
          securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
        },
        (access) => access === 'anyone',
      )
    for (const version of ['3.1', '3.0'] as const) {
      const document = made(version)
      expect(document).toMatchObject({
        openapi: version === '3.1' ? '3.1.1' : '3.0.4',
        security: [{ bearer: [] }],
        paths: {
          '/notes/{id}': {
            get: { operationId: 'getNotesById', security: [] },
            post: {
              parameters: [
                { name: 'id', in: 'path', required: true, schema: { type: 'string', maxLength: 5 } },
                { name: 'loud', in: 'query', required: false },
              ],
              responses: {
                200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Note' } } } },
                401: {
                  content: { 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } },
                },
              },
            },
          },
        },
      })
      // What may be left out on its way in is there on its way out, so it is two things.
      const { schemas } = document['components'] as { schemas: Record<string, { required?: string[] }> }
      expect(Object.keys(schemas).toSorted()).toEqual(['Note', 'NoteInput', 'Problem'])
      expect(JSON.stringify(document)).not.toMatch(/#\/(\$defs|definitions)\//)
    }
    expect(JSON.stringify(made('3.0'))).toContain('"nullable":true')
    expect(JSON.stringify(made('3.1'))).not.toContain('nullable')
  })
})
