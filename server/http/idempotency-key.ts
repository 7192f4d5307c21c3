import { HttpProblem } from './problem.ts'

const pattern = /^[\x21-\x7e]{1,200}$/

/** The client's own name for a request, so that what it asks for is done once. Throws `invalid_request`. */
export function readIdempotencyKey(headers: Headers): string | undefined {
  const key = headers.get('idempotency-key')
  if (key === null) return undefined
  if (pattern.test(key)) return key
  throw new HttpProblem('invalid_request', 'Idempotency-Key must be 1 to 200 visible ASCII characters.', {
    param: 'Idempotency-Key',
  })
}
