/** One range of bytes, as browsers ask for it (RFC 9110, 14). */
import type { ByteRange } from './store.ts'

/**
 * The range that is asked for, `whole` when none is, or `none` when there is no such. What asks for several ranges, or is
 * malformed, is answered with the whole: that is allowed, and a thousand ranges cost no more than one answer.
 */
export function readRange(header: string | null, bytes: number): ByteRange | 'whole' | 'none' {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '')
  if (match === null) return 'whole'
  const [, first = '', last = ''] = match
  if (first === '' && last === '') return 'whole'
  if (first === '') {
    const length = Math.min(Number(last), bytes)
    return length === 0 ? 'none' : { start: bytes - length, end: bytes }
  }
  const start = Number(first)
  const end = last === '' ? bytes : Math.min(Number(last) + 1, bytes)
  if (last !== '' && Number(last) < start) return 'whole'
  return start >= bytes ? 'none' : { start, end }
}

/** Whether one of the tags that the client knows is the file's. */
export function matchesTag(header: string | null, etag: string): boolean {
  if (header === null) return false
  return header.split(',').some((entry) => ['*', etag, `W/${etag}`].includes(entry.trim()))
}
