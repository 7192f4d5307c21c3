import { ParleyError } from './errors.ts'
import type { JsonObject } from './items.ts'

export interface Thread {
  id: string
  created_at: string
  title?: string
  status: ThreadStatus
  /** Hosts from which images in this thread's Markdown may be loaded; absent: the client's policy. */
  allowed_image_domains?: string[]
  /** The agent's own; never sent to a client. */
  metadata: JsonObject
}

/** What may change of a thread. */
export type ThreadField = 'title' | 'status' | 'allowed_image_domains' | 'metadata'
export const threadFields: readonly ThreadField[] = ['title', 'status', 'allowed_image_domains', 'metadata']

export type ThreadStatus =
  | { type: 'active' }
  | { type: 'locked'; reason?: string }
  | { type: 'closed'; reason?: string }

/** A thread that nobody has said anything in yet. */
export function newThread(id: string, created_at: string): Thread {
  return { id, created_at, status: { type: 'active' }, metadata: {} }
}

/** A locked or closed thread takes nothing more from its user: then this throws `wrong_state`. */
export function refuseUnlessActive({ status }: Pick<Thread, 'status'>): void {
  if (status.type === 'active') return
  throw new ParleyError('wrong_state', status.reason ?? `This conversation is ${status.type}.`)
}

/** Whose data this is. Every query names both, and row level security checks both again. */
export interface Owner {
  tenantId: string
  userId: string
}

export function isSameOwner(one: Owner, other: Owner): boolean {
  return one.tenantId === other.tenantId && one.userId === other.userId
}

export interface Page<Row> {
  data: Row[]
  has_more: boolean
  /** The id of the page's last row, there only when more follow. */
  after?: string
}

export interface PageRequest {
  /** 1 to 100. */
  limit: number
  order: 'asc' | 'desc'
  /** Start behind the row with this id. An id that is not in the list is `not_found`. */
  after?: string
}

export const pageLimitDefault = 20
export const pageLimitMax = 100
