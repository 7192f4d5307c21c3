import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startFakeChatKitApi } from '../testing/fake-chatkit-api.ts'
import type { ApiAnswer, FakeChatKitApi } from '../testing/fake-chatkit-api.ts'
import { HostedSessionError, createHostedSessions } from './hosted-sessions.ts'
import type { HostedSessionsOptions } from './hosted-sessions.ts'

const apiKey = 'sk-canary-key'
let api: FakeChatKitApi

beforeAll(async () => {
  api = await startFakeChatKitApi()
})
afterAll(() => api.close())

const connect = (options: Partial<HostedSessionsOptions> = {}) =>
  createHostedSessions({ apiKey, baseUrl: api.baseUrl, ...options })

async function failureOf(...answers: ApiAnswer[]): Promise<HostedSessionError> {
  const [answer] = answers
  const attemptSecondsMax = answer === 'silence' ? 0.2 : 30
  const sessions = await connect({ attemptSecondsMax, retriesMax: 0 })
  api.answer(...answers)
  const error: unknown = await sessions
    .create({ user: 'ada', workflowId: 'wf_1' })
    .catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(HostedSessionError)
  return error as HostedSessionError
}

describe('sessions hosted at OpenAI', () => {
  test('[SESS-14] are created as its API asks for it, with the page as the workflow’s variables', async () => {
    const sessions = await connect()
    const session = await sessions.create({
      user: 'ada',
      workflowId: 'wf_1',
      stateVariables: { page_path: '/docs' },
    })
    expect(session).toEqual({
      id: expect.stringMatching(/^cksess_/),
      clientSecret: expect.stringMatching(/^ek_hosted_/),
      expiresAt: expect.any(Date),
    })
    const request = api.requests.at(-1)
    expect(request).toMatchObject({
      path: '/v1/chatkit/sessions',
      headers: { authorization: `Bearer ${apiKey}`, 'openai-beta': 'chatkit_beta=v1' },
      body: {
        user: 'ada',
        workflow: { id: 'wf_1', state_variables: { page_path: '/docs' } },
        expires_after: { anchor: 'created_at', seconds: 600 },
      },
    })
  })

  test('[SESS-14] are cancelled there; one that is gone already is no trouble', async () => {
    const sessions = await connect({ retriesMax: 0 })
    await sessions.cancel('cksess_7')
    expect(api.requests.at(-1)?.path).toBe('/v1/chatkit/sessions/cksess_7/cancel')
    api.answer({ status: 404, body: { error: { message: 'No such session' } } })
    await sessions.cancel('cksess_8')
    api.answer({ status: 500, body: {} })
    await expect(sessions.cancel('cksess_9')).rejects.toThrow('answered with 500')
  })

  test('[SESS-15] what can pass is tried again, so often and no more', async () => {
    const sessions = await connect({ retriesMax: 1 })
    const before = api.requests.length
    api.answer({ status: 503, body: {} })
    expect(await sessions.create({ user: 'ada', workflowId: 'wf_1' })).toHaveProperty('clientSecret')
    expect(api.requests.length - before).toBe(2)
    api.answer({ status: 503, body: {} }, { status: 503, body: {} })
    await expect(sessions.create({ user: 'ada', workflowId: 'wf_1' })).rejects.toThrow('answered with 503')
    expect(api.requests.length - before).toBe(4)
  })

  test('[SESS-15] all attempts together end at their time', async () => {
    const sessions = await connect({ attemptSecondsMax: 30, secondsMax: 0.1, retriesMax: 5 })
    api.answer('silence')
    await expect(sessions.create({ user: 'ada', workflowId: 'wf_1' })).rejects.toThrow('too long')
  })

  test('[SESS-15] a failure says what kind it was, and neither key nor secret nor what was answered', async () => {
    const told = [
      await failureOf({ status: 401, body: { error: { message: `Incorrect API key: ${apiKey}` } } }),
      await failureOf({ status: 400, body: { error: { message: 'canary words' } } }),
      await failureOf('silence'),
      await failureOf('cut'),
      await failureOf({ status: 200, body: { id: 'canary', client_secret: 'canary with spaces' } }),
      await failureOf({ status: 200, body: ['canary'] }),
    ]
    expect(told.map(({ message }) => message)).toEqual([
      'The ChatKit API gave no session: it answered with 401.',
      'The ChatKit API gave no session: it answered with 400.',
      'The ChatKit API gave no session: it took too long.',
      'The ChatKit API gave no session: it cannot be reached.',
      'The ChatKit API gave no session: the answer is no session.',
      'The ChatKit API gave no session: the answer is no session.',
    ])
    for (const error of told) expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('canary')
  })
})
