/**
 * A session is a thread that the support agent answers. Its status is the thread's, so that every door keeps to it:
 *
 *   active ─────── takes messages and files
 *   resolved ──┐   locked ┐
 *   archived ──┴── closed ┴─ can be read, handed over and deleted, and takes nothing until it is made active again
 *
 * Who locked it is noted with the thread: a user opens again what this door has closed, and never what an agent has locked.
 */
import { agentKey } from '../../agents/agents.ts'
import { ParleyError } from '../../conversation/errors.ts'
import { createId } from '../../conversation/ids.ts'
import type { Json } from '../../conversation/items.ts'
import { newThread } from '../../conversation/threads.ts'
import type { Thread, ThreadStatus } from '../../conversation/threads.ts'
import { HttpProblem } from '../../http/problem.ts'
import type { Asker, SupportParts } from './parts.ts'
import type {
  CreateSessionBody,
  SessionStatus,
  WireSession,
  WireSuccess,
  WireUpdatedSession,
} from './wire.ts'

export async function createSession(
  { store, now }: SupportParts,
  { owner }: Asker,
  { tenantId }: CreateSessionBody,
): Promise<WireSession> {
  if (tenantId !== owner.tenantId) {
    throw new HttpProblem('forbidden', 'You are not signed in to this tenant.', { param: 'tenantId' })
  }
  const thread: Thread = {
    ...newThread(createId('thr'), now().toISOString()),
    metadata: { [agentKey]: 'support' },
  }
  await store.createThread(owner, thread, async () => {})
  return {
    id: thread.id,
    tenantId: owner.tenantId,
    status: 'active',
    createdAt: thread.created_at,
    updatedAt: thread.created_at,
  }
}

const threadStatuses: Record<SessionStatus, ThreadStatus> = {
  active: { type: 'active' },
  resolved: { type: 'locked', reason: 'This session is resolved. Make it active to go on.' },
  archived: { type: 'closed', reason: 'This session is archived. Make it active to go on.' },
}

const sessionStatusOf: Record<ThreadStatus['type'], SessionStatus> = {
  active: 'active',
  locked: 'resolved',
  closed: 'archived',
}

/** The key of the thread's metadata under which this door notes what it has made of the status, and when. */
const noteKey = 'session'

export async function updateSession(
  { store, now }: SupportParts,
  { owner }: Asker,
  sessionId: string,
  status: SessionStatus,
): Promise<WireUpdatedSession> {
  return store.changeThread(owner, sessionId, async (transaction) => {
    const { thread } = transaction
    const before = sessionStatusOf[thread.status.type]
    const note = noteOf(thread.metadata[noteKey])
    if (before === status) return { id: thread.id, status, updatedAt: note?.changedAt ?? thread.created_at }
    if (before !== 'active' && note?.status !== before) {
      throw new ParleyError(
        'wrong_state',
        thread.status.type === 'locked' ? lockedElsewhere : closedElsewhere,
      )
    }
    const changedAt = now().toISOString()
    const metadata = { ...thread.metadata, [noteKey]: { status, changed_at: changedAt } }
    await transaction.saveThread({ ...thread, status: threadStatuses[status], metadata }, [
      'status',
      'metadata',
    ])
    return { id: thread.id, status, updatedAt: changedAt }
  })
}

const lockedElsewhere = 'This conversation is locked.'
const closedElsewhere = 'This conversation is closed.'

function noteOf(note: Json | undefined): { status: Json; changedAt: string } | null {
  if (typeof note !== 'object' || note === null || Array.isArray(note)) return null
  const { status = null, changed_at: changedAt } = note
  return typeof changedAt === 'string' ? { status, changedAt } : null
}

/** With all that was said and sent. A ticket stays: without the conversation. */
export async function deleteSession(
  { store, waitingFiles, keeper }: SupportParts,
  { owner }: Asker,
  sessionId: string,
): Promise<WireSuccess> {
  const waiting = await waitingFiles.list(owner, sessionId)
  await store.deleteThread(owner, sessionId)
  // Those are nobody's now, and the sweep would find them after a day.
  for (const fileId of waiting) {
    await keeper?.remove(owner, fileId)
    await waitingFiles.remove(owner, fileId).catch(() => {})
  }
  return { success: true }
}
