/** Bytes that are what they were, or break off: whoever reads them to the end has the right ones. */
import { createHash } from 'node:crypto'
import { FileError } from './errors.ts'
import type { BlobFacts } from './store.ts'

/** Holds back the last chunk until the hash of all is known, so that a damaged file is never whole. */
export function verified(
  body: ReadableStream<Uint8Array>,
  expected: BlobFacts,
  onDamage: () => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  const hash = createHash('sha256')
  let bytes = 0
  let held: Uint8Array | undefined

  /** Undefined: all have come. */
  async function next(): Promise<Uint8Array | undefined> {
    const { done, value } = await reader.read()
    if (done) return undefined
    hash.update(value)
    bytes += value.byteLength
    return value
  }

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        held ??= await next()
        const following = await next()
        if (following === undefined && (bytes !== expected.bytes || hash.digest('hex') !== expected.sha256)) {
          onDamage()
          throw new FileError('file_damaged', 'The bytes of this file are damaged.')
        }
        if (held !== undefined) controller.enqueue(held)
        held = following
        if (following === undefined) controller.close()
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}
