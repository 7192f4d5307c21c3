import { expect, test } from 'vitest'
import type { SessionKeeper } from '../../auth/session-keeper.ts'
import { openApiDocument } from '../../http/openapi.ts'
import { createSessionsDoor } from './routes.ts'

test.each(['3.1', '3.0'] as const)(
  '[DOOR-5] the routes of sessions are in OpenAPI %s, with their shapes',
  (version) => {
    const door = createSessionsDoor({
      admission: () => async () => Promise.reject(new Error('Nobody asks.')),
      sessions: {} as SessionKeeper,
      workflowId: null,
    })
    const document = openApiDocument(
      [door],
      { version, title: 'Parley', productVersion: '1', securitySchemes: {} },
      () => false,
    )
    expect(Object.keys(document['paths'] as object)).toEqual([
      '/api/chatkit/session',
      '/api/chatkit/session/{id}/refresh',
      '/api/chatkit/session/{id}',
      '/api/chatkit/sessions',
      '/api/chatkit/revoke',
    ])
    const { schemas } = document['components'] as { schemas: Record<string, unknown> }
    for (const name of [
      'SessionRequestInput',
      'SessionReply',
      'SessionsReply',
      'RevokeRequestInput',
      'SessionProblem',
    ]) {
      expect(schemas, name).toHaveProperty(name)
    }
    expect(JSON.stringify(document)).toContain('"name":"limit"')
  },
)
