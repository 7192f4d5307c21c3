import { describe, expect, it } from 'vitest'
import { createTestAdmission } from '../../testing/test-admission.ts'
import { createAssistantCloudDoor } from './routes.ts'

const unused = (): never => expect.unreachable('Nobody gets so far.')

/** Where guests are not let in. What is asked of it here never gets to a database. */
function createDoor() {
  const authentication = {
    identify: async () => ({ identity: null, reason: 'missing' as const }),
    watch: () => () => {},
  }
  const admission = createTestAdmission({ authentication })
  return createAssistantCloudDoor({
    messages: {
      createThread: unused,
      thread: unused,
      changeThread: unused,
      threads: unused,
      tenantThreads: unused,
      messages: unused,
      append: unused,
      replace: unused,
      feedback: unused,
    },
    store: { deleteThread: unused, changeThread: unused, thread: unused },
    tenantThreads: { find: unused },
    files: { announce: unused, open: unused, present: unused },
    admission,
    actingAdmission: admission,
    mintToken: unused,
    guests: null,
    guestMoves: { move: unused },
    now: () => new Date(),
  })
}

const base = 'http://localhost/assistant-cloud/v1'

describe('the assistant-ui door', () => {
  it('[CLOUD-10] where guests are not let in, none begins and none goes on', async () => {
    const { app } = createDoor()
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ refresh_token: 'a.b.c' })
    for (const request of [
      new Request(`${base}/auth/tokens/anonymous`, { method: 'POST' }),
      new Request(`${base}/auth/tokens/refresh`, { method: 'POST', headers, body }),
    ]) {
      const response = await app.request(request)
      expect([response.status, await response.json()]).toEqual([
        403,
        { error: 'forbidden', message: 'Guests are not let in here.' },
      ])
    }
  })

  it('[CLOUD-15] a page of any origin may ask with a token, and none with what an API key needs', async () => {
    const { app, options } = createDoor()
    for (const { path, method } of options.routes) {
      const asks = (wanted: string): Request =>
        new Request(`http://localhost${path}`, {
          method: 'OPTIONS',
          headers: {
            origin: 'https://shop.example',
            'access-control-request-method': method.toUpperCase(),
            'access-control-request-headers': wanted,
          },
        })
      const response = await app.request(asks('authorization,content-type,aui-sdk'))
      const allowed = response.headers.get('access-control-allow-headers')?.toLowerCase().split(', ') ?? []
      expect(allowed, path).toEqual(expect.arrayContaining(['authorization', 'content-type', 'aui-sdk']))
      expect(allowed, path).not.toContain('aui-workspace-id')
      expect(allowed, path).not.toContain('aui-user-id')
    }
  })
})
