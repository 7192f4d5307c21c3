/** Keyset pages: always from a sequence number on, never an offset. */
import { ParleyError } from '../conversation/errors.ts'
import { pageLimitMax } from '../conversation/threads.ts'
import type { Page, PageRequest } from '../conversation/threads.ts'

/** The words that differ between the two directions. `edge` is behind every row. */
export const directions = {
  desc: { comparison: '<', order: 'desc', edge: '9223372036854775807' },
  asc: { comparison: '>', order: 'asc', edge: '0' },
} as const

export function checkPage({ limit }: PageRequest): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= pageLimitMax) return
  throw new ParleyError('invalid_request', `limit must be between 1 and ${pageLimitMax}`, { param: 'limit' })
}

/** One row more than asked for tells whether there are more. */
export function pageOf<Row extends { id: string }>(rows: readonly Row[], limit: number): Page<Row> {
  const data = rows.slice(0, limit)
  const last = data.at(-1)
  if (rows.length <= limit || last === undefined) return { data, has_more: false }
  return { data, has_more: true, after: last.id }
}
