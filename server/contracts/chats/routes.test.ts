import { expect, test } from 'vitest'
import { createFraming } from '../../http/framing.ts'
import { openApiDocument } from '../../http/openapi.ts'
import { createChatsDoor } from './routes.ts'
import type { ChatsDoorOptions } from './routes.ts'

test('[CHATS-19] the document names every route of the door, and what is open without a session', () => {
  // What answers is not asked.
  const parts = { engine: {}, store: {}, admission: () => async () => ({}) } as unknown as ChatsDoorOptions
  const door = createChatsDoor({
    ...parts,
    framing: createFraming(),
    onFailure: () => {},
    now: () => new Date(0),
  })
  for (const version of ['3.1', '3.0'] as const) {
    const options = {
      version,
      title: 'T',
      productVersion: '1',
      securitySchemes: { bearer: { type: 'http' } },
    }
    const { paths } = openApiDocument([door], options, (access) => access === 'public') as {
      paths: Record<string, Record<string, { security?: unknown; responses: Record<string, unknown> }>>
    }
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { security, responses }]) => {
        const status = Object.keys(responses).find((each) => each < '300')
        const asks = JSON.stringify(security)
        const whom = asks === '[]' ? ' open' : asks === '[{"bearer":[]},{}]' ? ' guests' : ''
        return `${method} ${path} ${status}${whom}`
      }),
    )
    expect(routes).toEqual([
      'get /api/chats 200',
      'post /api/chats 201 guests',
      'get /api/chats/{id} 200',
      'put /api/chats/{id} 200',
      'delete /api/chats/{id} 200',
      'post /api/chats/{id} 200',
      'post /api/chats/{id}/messages 200',
      'post /api/chats/{id}/stop 200',
      'get /api/chats/{id}/stream 200',
      'delete /api/chats/{id}/stream 204',
      'get /api/chats/{id}/{sameId}/stream 200',
      'get /api/ping 200 open',
      'get /api/health 200 open',
    ])
    expect(JSON.stringify(paths)).not.toMatch(/#\/(\$defs|definitions)\//)
  }
})
