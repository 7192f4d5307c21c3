/** From a message on the wire to one with files: what is in Base64 becomes bytes, and the request gets its name. */
import { createHash } from 'node:crypto'
import { decodeBase64Files } from '../../files/base64.ts'
import { readIdempotencyKey } from '../../http/idempotency-key.ts'
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

function named(headers: Headers, body: SendMessageBody): Pick<NewMessage, 'idempotencyKey' | 'requestHash'> {
  const idempotencyKey = readIdempotencyKey(headers)
  return idempotencyKey === undefined ? { requestHash: '' } : { idempotencyKey, requestHash: hashOf(body) }
}

/** The same message has the same hash, whatever its spelling in JSON. Files go in one by one: they may be large. */
function hashOf({ sessionId, content, attachments = [] }: SendMessageBody): string {
  const hash = createHash('sha256').update(JSON.stringify([sessionId, content]))
  for (const { fileName, fileData } of attachments) {
    hash.update(JSON.stringify([fileName, fileData.length])).update(fileData)
  }
  return hash.digest('base64url')
}
