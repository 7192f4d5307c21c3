/** What was said in a session, page by page: a thread may have a hundred thousand items, and most readers want a few. */
import { can } from '../../auth/permissions.ts'
import { ParleyError } from '../../conversation/errors.ts'
import type { Item } from '../../conversation/items.ts'
import type { Page, Owner } from '../../conversation/threads.ts'
import { HttpProblem } from '../../http/problem.ts'
import { encodeMessage } from './encode.ts'
import { fileUrlsOf } from './parts.ts'
import type { Asker, SupportParts } from './parts.ts'
import type { PageQuery, WireHistory, WireMessage } from './wire.ts'

export interface HistoryPage extends WireHistory {
  /** The cursor of the next page; null at the end. */
  next: string | null
}

/** A page is filled from so many reads at most: behind it there may be few messages among many other items. */
const readsMax = 10

export async function readHistory(
  parts: SupportParts,
  asker: Asker,
  sessionId: string,
  { limit, order, cursor }: PageQuery,
): Promise<HistoryPage> {
  const owner = await ownerOf(parts, asker, sessionId)
  const fileUrl = fileUrlsOf(parts, asker, owner)
  const messages: WireMessage[] = []
  let next: string | null = cursor ?? null
  for (let reads = 0; reads < readsMax; reads += 1) {
    const page = await readPage(parts, owner, sessionId, { limit, order, ...after(next) })
    for (const item of page.data) {
      const message = encodeMessage(item, fileUrl)
      if (message !== null) messages.push(message)
      next = item.id
      if (messages.length === limit) break
    }
    const isLast = !page.has_more && (next === page.data.at(-1)?.id || page.data.length === 0)
    if (isLast) return { messages, next: null }
    if (messages.length === limit) break
  }
  return { messages, next }
}

const after = (id: string | null): { after?: string } => (id === null ? {} : { after: id })

/** An unknown cursor is the client's mistake, an unknown session is nobody's. */
async function readPage(
  { store }: SupportParts,
  owner: Owner,
  sessionId: string,
  page: { limit: number; order: 'asc' | 'desc'; after?: string },
): Promise<Page<Item>> {
  try {
    return await store.items(owner, sessionId, page)
  } catch (error) {
    if (page.after === undefined || !(error instanceof ParleyError) || error.code !== 'not_found') throw error
    await store.thread(owner, sessionId)
    throw new HttpProblem('invalid_request', 'cursor: There is no such place in this session.', {
      param: 'cursor',
      cause: error,
    })
  }
}

/** Whose session it is: the asker's own, or that of somebody whose ticket they may read. */
async function ownerOf(
  { tickets }: SupportParts,
  { identity, owner }: Asker,
  sessionId: string,
): Promise<Owner> {
  if (!can(identity, 'inbox', 'read')) return owner
  return (await tickets.inboxOfThread(owner, sessionId))?.owner ?? owner
}
