import { describe, expect, test } from 'vitest'
import { HttpProblem, problemResponse, statusOf } from './problem.ts'

class CodedError extends Error {
  readonly code: string
  readonly retryAfterSeconds: number | undefined

  constructor(code: string, message: string, retryAfterSeconds?: number) {
    super(message)
    this.code = code
    this.retryAfterSeconds = retryAfterSeconds
  }
}

describe('problemResponse', () => {
  test('[HTTP-5] gives each error code its status and each problem the same envelope', async () => {
    const codes = ['invalid_request', 'unauthenticated', 'forbidden', 'not_found', 'wrong_state', 'too_large']
    expect(codes.map(statusOf)).toEqual([400, 401, 403, 404, 409, 413])
    const others = [
      'unsupported',
      'agent_error',
      'rate_limited',
      'unavailable',
      'model_timeout',
      'storage_full',
      'model_cut_off',
      'whatever',
    ]
    expect(others.map(statusOf)).toEqual([501, 422, 429, 503, 504, 507, 502, 500])
    const response = problemResponse(new HttpProblem('invalid_request', 'No.', { param: 'params.limit' }))
    expect(response.status).toBe(400)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toEqual({
      error: {
        message: 'No.',
        type: 'invalid_request_error',
        param: 'params.limit',
        code: 'invalid_request',
      },
    })
  })

  test('[HTTP-6] keeps the words of coded errors and tells nothing of any other', async () => {
    const coded = problemResponse(new CodedError('rate_limited', 'Too fast.', 1.2))
    expect([coded.status, coded.headers.get('retry-after')]).toEqual([429, '2'])
    expect(await coded.text()).toContain('Too fast.')
    for (const error of [
      new Error('/etc/secret'),
      new CodedError('ENOENT', '/etc/secret'),
      'a string',
      undefined,
    ]) {
      const response = problemResponse(error)
      expect(response.status).toBe(500)
      expect(await response.text()).not.toContain('secret')
    }
  })
})
