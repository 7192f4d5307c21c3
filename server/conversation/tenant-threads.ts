/** A tenant's threads, whoever's they are: for those who act for the whole tenant. `storage/tenant-threads.ts` implements it. */
import type { Item, ItemType } from './items.ts'
import type { Owner, Thread } from './threads.ts'

export interface OwnedThread {
  thread: Thread
  owner: Owner
}

/** A page that can be left in both directions. Its cursors stand for places in the list, as `order` has it. */
export interface TwoWayRequest {
  /** 0 to 100. */
  limit: number
  order: 'asc' | 'desc'
  /** Only what comes behind it in the list. With `before` as well, what lies between. */
  after?: string
  /** Only what comes before it; alone, the last of that. */
  before?: string
}

export interface TwoWayPage<Row> {
  /** In the list's order. */
  data: Row[]
  /** Behind the page; with `before` alone: before the page. */
  hasMore: boolean
}

export interface TenantThreads {
  /** Throws `not_found` for a cursor that is not in the list. */
  page(tenantId: string, request: TwoWayRequest & { userId?: string }): Promise<TwoWayPage<OwnedThread>>
  /** Throws `not_found`. */
  find(tenantId: string, threadId: string): Promise<OwnedThread>
  /**
   * Of a thread that was found, only items of these types, so that a page with nothing to show is the last one. Cursors may be
   * any of its items. Throws `not_found` for others.
   */
  items(
    owner: Owner,
    threadId: string,
    request: TwoWayRequest & { types: readonly ItemType[] },
  ): Promise<TwoWayPage<Item>>
}
