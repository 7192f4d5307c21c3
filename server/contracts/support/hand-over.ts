/**
 * From a session to a ticket. The people who open it read the session as it is, so nothing has to be told again. Meanwhile the
 * assistant goes on answering, and a note that only it sees tells it that people have been asked.
 */
import { createItemId } from '../../conversation/ids.ts'
import type { SdkHiddenContextItem } from '../../conversation/items.ts'
import { deriveTicket } from '../../tickets/derive.ts'
import type { OpenedTicket } from '../../tickets/tickets.ts'
import { encodeInboxTicket } from './encode.ts'
import type { Asker, SupportParts } from './parts.ts'
import type { CreateTicketBody, PageQuery, WireInbox, WireTicket } from './wire.ts'

/** How much of a long conversation is looked at. */
const itemsMax = 100

export interface HandedOver {
  ticket: WireTicket
  /** False: it was there. */
  isNew: boolean
}

/** The session's ticket; a second call changes nothing about it, whatever it says. */
export async function handOver(
  { store, tickets, now }: SupportParts,
  { owner }: Asker,
  sessionId: string,
  { title, category, priority }: CreateTicketBody,
): Promise<HandedOver> {
  const thread = await store.thread(owner, sessionId)
  const known = await tickets.ofThread(owner, sessionId)
  if (known !== null) return encode({ ticket: known, isNew: false })
  const newest = await store.items(owner, sessionId, { limit: itemsMax, order: 'desc' })
  const summary = deriveTicket(thread, newest.data.toReversed(), {
    ...(title === undefined ? {} : { title }),
    ...(category === undefined ? {} : { category }),
    ...(priority === undefined ? {} : { priority }),
  })
  const note: SdkHiddenContextItem = {
    id: createItemId('sdk_hidden_context'),
    thread_id: sessionId,
    created_at: now().toISOString(),
    type: 'sdk_hidden_context',
    content: `The user has opened a ticket from this conversation (${summary.category}, priority ${summary.priority}). People of the support team read all of it and will take over. Do not suggest opening another; go on helping as far as you can.`,
  }
  return encode(await tickets.open(owner, sessionId, summary, note))
}

function encode({ ticket, isNew }: OpenedTicket): HandedOver {
  const { id, conversation, status } = ticket
  return { ticket: { ticketId: id, chatTicketId: conversation.linkId, status }, isNew }
}

/** All tickets of the tenant. Who may see them is asked before. */
export async function readInbox(
  { tickets }: SupportParts,
  { owner }: Asker,
  { limit, order, cursor }: PageQuery,
): Promise<WireInbox & { next: string | null }> {
  const page = await tickets.inbox(owner, {
    limit,
    order,
    ...(cursor === undefined ? {} : { after: cursor }),
  })
  return { tickets: page.data.map(encodeInboxTicket), next: page.after ?? null }
}
