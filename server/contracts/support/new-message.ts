/** From a message on the wire to one with files: what is in Base64 becomes bytes, and the request gets its name. */
import { createHash } from 'node:crypto'
import { decodeBase64Files } from '../../files/base64.ts'
import { HttpProblem } from '../../http/problem.ts'
import type { NewMessage } from './messages.ts'
import { fileBytesMax, filesMax } from './wire.ts'
import type { SendMessageBody } from './wire.ts'

/** Throws `too_large`, `invalid_request`. */
export function messageOf(body: SendMessageBody, headers: Headers): NewMessage {
  const { sessionId, content, attachments = [] } = body
  const texts = attachments.map(({ fileData }) => fileData)
  const files = decodeBase64Files(texts, { filesMax, fileBytesMax }).map((bytes, index) => ({
    name: attachments[index]?.fileName ?? '',
    bytes,
  }))
  return { sessionId, content, files, ...named(headers, body) }
}

const idempotencyKeyPattern = /^[\x21-\x7e]{1,200}$/

function named(headers: Headers, body: SendMessageBody): Pick<NewMessage, 'idempotencyKey' | 'requestHash'> {
  const idempotencyKey = headers.get('idempotency-key')
  if (idempotencyKey === null) return { requestHash: '' }
  if (idempotencyKeyPattern.test(idempotencyKey)) return { idempotencyKey, requestHash: hashOf(body) }
  throw new HttpProblem('invalid_request', 'Idempotency-Key must be 1 to 200 visible ASCII characters.', {
    param: 'Idempotency-Key',
  })
}

/** The same message has the same hash, whatever its spelling in JSON. Files go in one by one: they may be large. */
function hashOf({ sessionId, content, attachments = [] }: SendMessageBody): string {
  const hash = createHash('sha256').update(JSON.stringify([sessionId, content]))
  for (const { fileName, fileData } of attachments) {
    hash.update(JSON.stringify([fileName, fileData.length])).update(fileData)
  }
  return hash.digest('base64url')
}
