/** What an idempotency key stands for. */
import { createHash } from 'node:crypto'

/** SHA-256 of the body as it was parsed: the same JSON has the same hash, whatever its spacing. */
export function requestHash(body: unknown): string {
  return createHash('sha256').update(JSON.stringify(body)).digest('base64url')
}
