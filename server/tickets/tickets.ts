/** Conversations that are handed to people. `storage/tickets.ts` implements the store. */
import type { SdkHiddenContextItem } from '../conversation/items.ts'
import type { Owner, Page, PageRequest } from '../conversation/threads.ts'

export const ticketCategories = [
  'Bug Report',
  'Feature Request',
  'Technical Support',
  'Account Issue',
  'Billing',
] as const
export type TicketCategory = (typeof ticketCategories)[number]

export const ticketPriorities = ['low', 'medium', 'high', 'urgent'] as const
export type TicketPriority = (typeof ticketPriorities)[number]

export const ticketStatuses = ['open', 'in_progress', 'resolved', 'closed'] as const
export type TicketStatus = (typeof ticketStatuses)[number]

/** Characters. */
export const titleLengthMax = 200

/** What people read before they read the conversation. */
export interface TicketSummary {
  title: string
  category: TicketCategory
  priority: TicketPriority
}

export interface Ticket extends TicketSummary {
  /** `tkt_…` */
  id: string
  status: TicketStatus
  /** Whose conversation it was opened from. */
  owner: Owner
  /** Null when the conversation has been deleted since: the ticket stays. */
  conversation: TicketConversation | null
  /** ISO 8601. */
  createdAt: string
  updatedAt: string
}

export interface TicketConversation {
  /** `ctk_…`: the name of the tie between the two. */
  linkId: string
  threadId: string
}

export interface OpenedTicket {
  ticket: Ticket & { conversation: TicketConversation }
  /** False: the conversation had one already, and nothing was changed. */
  isNew: boolean
}

export interface TicketStore {
  /**
   * Opens the conversation's ticket, once however often and at whatever moment it is asked for, and leaves the note in the
   * conversation. Throws `not_found` for a thread that the owner does not have.
   */
  open(
    owner: Owner,
    threadId: string,
    summary: TicketSummary,
    note: SdkHiddenContextItem,
  ): Promise<OpenedTicket>
  /** The owner's own. */
  ofThread(owner: Owner, threadId: string): Promise<OpenedTicket['ticket'] | null>
  /**
   * All of the tenant's, for whoever may read its inbox: that is asked before. Throws `not_found` for an `after` that is no
   * ticket of the tenant's.
   */
  inbox(reader: Owner, page: PageRequest): Promise<Page<Ticket>>
  /** The ticket of anybody's conversation in the tenant, for whoever may read its inbox. */
  inboxOfThread(reader: Owner, threadId: string): Promise<OpenedTicket['ticket'] | null>
}
