import { ParleyError, notFound } from '../conversation/errors.ts'
import { createId, decodeId, encodeId } from '../conversation/ids.ts'
import { cleanText, cutText } from '../conversation/text.ts'
import type { Owner, PageRequest } from '../conversation/threads.ts'
import type { OpenedTicket, Ticket, TicketStore, TicketSummary } from '../tickets/tickets.ts'
import { command, statement, userScope } from './database.ts'
import type { Database, Statement } from './database.ts'
import { upsertItem } from './items.ts'
import type { Place } from './items.ts'
import { checkPage, directions, pageOf } from './pages.ts'
import { uuidOf } from './store.ts'
import { lockThread } from './threads.ts'

type TiedTicket = OpenedTicket['ticket']

export function createTicketStore(database: Database): TicketStore {
  return {
    open(owner, threadId, summary, note) {
      const place = { owner, threadId: uuidOf('Thread', threadId) }
      return database.transaction(userScope(owner), async (run, defer) => {
        // Whoever else opens it waits for the thread's lock, and finds it then.
        const [thread, known] = await run(lockThread(owner, place.threadId), selectTicketOf(place))
        if (thread === undefined) throw notFound('Thread', threadId)
        if (known !== null) return { ticket: known, isNew: false }
        const ids = { ticketId: ownUuid('tkt'), linkId: ownUuid('ctk') }
        defer(insertTicket(owner, ids.ticketId, summary), insertTie(place, ids), upsertItem(place, note))
        const [ticket] = await run(selectTicketOf(place))
        if (ticket === null) throw new Error('A ticket is not there that has just been opened.')
        return { ticket, isNew: true }
      })
    },
    async ofThread(owner, threadId) {
      const place = { owner, threadId: uuidOf('Thread', threadId) }
      const [ticket] = await database.once(userScope(owner), [selectTicketOf(place)])
      return ticket
    },
    async inbox(reader, page) {
      checkPage(page)
      const after = page.after === undefined ? null : uuidOfTicket(page.after)
      const [, exists, rows] = await database.once(userScope(reader), [
        openInbox(),
        ticketExists(reader, after),
        selectInboxPage(reader, page, after),
      ])
      if (after !== null && !exists) throw noSuchTicket(page.after ?? '')
      return pageOf(rows, page.limit)
    },
    async inboxOfThread(reader, threadId) {
      const [, ticket] = await database.once(userScope(reader), [
        openInbox(),
        selectTicketInTenant(reader, uuidOf('Thread', threadId)),
      ])
      return ticket
    },
  }
}

function ownUuid(prefix: 'tkt' | 'ctk'): string {
  return decodeId(prefix, createId(prefix)) ?? ''
}

/** An id that is none of ours names nothing. */
function uuidOfTicket(id: string): string {
  const uuid = decodeId('tkt', id)
  if (uuid === null) throw noSuchTicket(id)
  return uuid
}

function noSuchTicket(id: string): ParleyError {
  return new ParleyError('not_found', `Ticket ${cutText(id, 80)} not found`)
}

/** For this transaction the tenant's tickets are visible, whoever's they are. */
function openInbox(): Statement<void> {
  return command("select set_config('parley.inbox', 'open', true)")
}

interface TicketRow {
  id: string
  tenant_id: string
  user_id: string
  title: string
  category: Ticket['category']
  priority: Ticket['priority']
  status: Ticket['status']
  created_at: Date
  updated_at: Date
  /** Null when the conversation is gone. */
  link_id: string | null
  thread_id: string | null
}

const tied = `select tickets.id, tickets.tenant_id, tickets.user_id, title, category, priority, status,
     tickets.created_at, tickets.updated_at, tie.id as link_id, tie.thread_id
   from tickets`
const tie = `ticket_threads as tie on tie.ticket_id = tickets.id
   and tie.tenant_id = tickets.tenant_id and tie.user_id = tickets.user_id`

/** Of one's own thread. */
function selectTicketOf({ owner, threadId }: Place): Statement<TiedTicket | null> {
  return statement<TicketRow, TiedTicket | null>(
    `${tied} join ${tie} where tie.thread_id = $1 and tie.tenant_id = $2 and tie.user_id = $3`,
    [threadId, owner.tenantId, owner.userId],
    ([row]) => (row === undefined ? null : tiedTicketOf(row)),
  )
}

function selectTicketInTenant({ tenantId }: Owner, threadId: string): Statement<TiedTicket | null> {
  return statement<TicketRow, TiedTicket | null>(
    `${tied} join ${tie} where tie.thread_id = $1 and tie.tenant_id = $2`,
    [threadId, tenantId],
    ([row]) => (row === undefined ? null : tiedTicketOf(row)),
  )
}

function ticketExists({ tenantId }: Owner, ticketId: string | null): Statement<boolean> {
  return statement(
    'select 1 from tickets where id = $1::uuid and tenant_id = $2',
    [ticketId, tenantId],
    (rows) => rows.length > 0,
  )
}

function selectInboxPage(
  { tenantId }: Owner,
  page: PageRequest,
  afterId: string | null,
): Statement<Ticket[]> {
  const { comparison, order, edge } = directions[page.order]
  return statement<TicketRow, Ticket[]>(
    `${tied} left join ${tie}
     where tickets.tenant_id = $1 and seq > 0
       and seq ${comparison} (select coalesce(
         (select seq from tickets where id = $2::uuid and tenant_id = $1), ${edge}))
     order by seq ${order}
     limit $3`,
    [tenantId, afterId, page.limit + 1],
    (rows) => rows.map(ticketOf),
  )
}

function insertTicket(owner: Owner, ticketId: string, summary: TicketSummary): Statement<void> {
  return command(
    `insert into tickets (id, tenant_id, user_id, title, category, priority)
     values ($1, $2, $3, $4, $5, $6)`,
    [ticketId, owner.tenantId, owner.userId, cleanText(summary.title), summary.category, summary.priority],
  )
}

function insertTie(
  { owner, threadId }: Place,
  { ticketId, linkId }: { ticketId: string; linkId: string },
): Statement<void> {
  return command(
    `insert into ticket_threads (id, tenant_id, user_id, ticket_id, thread_id)
     values ($1, $2, $3, $4, $5)`,
    [linkId, owner.tenantId, owner.userId, ticketId, threadId],
  )
}

function ticketOf(row: TicketRow): Ticket {
  const { link_id: linkId, thread_id: threadId } = row
  return {
    id: encodeId('tkt', row.id),
    title: row.title,
    category: row.category,
    priority: row.priority,
    status: row.status,
    owner: { tenantId: row.tenant_id, userId: row.user_id },
    conversation:
      linkId === null || threadId === null
        ? null
        : { linkId: encodeId('ctk', linkId), threadId: encodeId('thr', threadId) },
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }
}

function tiedTicketOf(row: TicketRow): TiedTicket | null {
  const { conversation, ...ticket } = ticketOf(row)
  return conversation === null ? null : { ...ticket, conversation }
}
