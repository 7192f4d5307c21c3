/** A chat is a thread, and its id the UUID that the thread's id is made of: one is the other, spelt differently. */
import { createHash } from 'node:crypto'
import { notFound } from '../../conversation/errors.ts'
import { decodeId, encodeId } from '../../conversation/ids.ts'
import type { Owner } from '../../conversation/threads.ts'

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Throws `not_found`, as for a chat that does not exist. */
export function threadIdOf(chatId: string): string {
  if (!uuidPattern.test(chatId)) throw notFound('Thread', chatId)
  return encodeId('thr', chatId)
}

export function chatIdOf(threadId: string): string {
  const uuid = decodeId('thr', threadId)
  if (uuid === null) throw new Error(`${threadId} is no id of a thread`)
  return uuid
}

/**
 * The thread that an owner's idempotency key makes: always the same one, so that it is made once. A UUID of version 8 (RFC 9562).
 * Nobody gets anything by guessing it, since it says whose it is only to those who know that already.
 */
export function threadIdOfKey({ tenantId, userId }: Owner, key: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify(['chats', tenantId, userId, key]))
    .digest()
  hash.writeUInt8(0x80 | (hash.readUInt8(6) & 0x0f), 6)
  hash.writeUInt8(0x80 | (hash.readUInt8(8) & 0x3f), 8)
  return encodeId('thr', hash.toString('hex', 0, 16))
}
