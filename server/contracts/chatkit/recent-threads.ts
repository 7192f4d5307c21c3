import { notFound } from '../../conversation/errors.ts'
import type { ConversationStore } from '../../conversation/store.ts'
import { pageLimitMax } from '../../conversation/threads.ts'
import type { Owner, Page, PageRequest, Thread } from '../../conversation/threads.ts'

/**
 * A page of the owner's threads, or only of the newest so many. A cursor that is none of them is `not_found`. The newest are read
 * from the first one on for every page, because no cursor says how many stand before it.
 */
export async function listThreads(
  store: Pick<ConversationStore, 'threads'>,
  owner: Owner,
  page: PageRequest,
  threadsMax: number | null,
): Promise<Page<Thread>> {
  if (threadsMax === null) return store.threads(owner, page)
  const { limit, order, after } = page
  const newest = await readNewest(store, owner, threadsMax)
  const listed = order === 'desc' ? newest : newest.toReversed()
  const place = after === undefined ? -1 : listed.findIndex(({ id }) => id === after)
  if (after !== undefined && place < 0) throw notFound('Thread', after)
  const data = listed.slice(place + 1, place + 1 + limit)
  const last = data.at(-1)
  const hasMore = place + 1 + limit < listed.length
  return { data, has_more: hasMore, ...(hasMore && last !== undefined ? { after: last.id } : {}) }
}

async function readNewest(
  store: Pick<ConversationStore, 'threads'>,
  owner: Owner,
  threadsMax: number,
): Promise<Thread[]> {
  const newest: Thread[] = []
  let after: string | undefined
  while (newest.length < threadsMax) {
    const limit = Math.min(threadsMax - newest.length, pageLimitMax)
    const cursor = after === undefined ? {} : { after }
    const page: Page<Thread> = await store.threads(owner, { limit, order: 'desc', ...cursor })
    newest.push(...page.data)
    after = page.after
    if (!page.has_more || after === undefined) break
  }
  return newest
}
