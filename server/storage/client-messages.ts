/**
 * Messages of clients beside the items of their thread. Whoever writes or reads first has the tree told of what the thread has
 * said meanwhile:
 *
 *   thread locked ─▶ told of items ─▶ is it one of those? ─ yes ─▶ written by the client now
 *                                       ╰ no ──▶ a new message ─▶ the thread is the path to it ─▶ its words are an item
 */
import { tellMessages, isSameSaying } from '../conversation/told-messages.ts'
import type { ToldMessage } from '../conversation/told-messages.ts'
import type { ClientMessages, NewClientMessage } from '../conversation/client-messages.ts'
import { ParleyError, notFound } from '../conversation/errors.ts'
import { createItemId, decodeId, encodeId } from '../conversation/ids.ts'
import type { Attachment } from '../conversation/items.ts'
import { cleanText, cutText } from '../conversation/text.ts'
import { refuseUnlessActive } from '../conversation/threads.ts'
import type { Owner, Thread } from '../conversation/threads.ts'
import { claimAttachments } from './attachments.ts'
import {
  deleteItemsBehind,
  hasUntoldItems,
  insertClientMessage,
  saveToldMessages,
  selectClientMessages,
  selectPath,
  selectTip,
  selectTreeMessage,
  selectUntoldItems,
  selectUnwritten,
  tieItem,
  updateClientFeedback,
  wordsAsItem,
  writeClientMessage,
} from './client-message-rows.ts'
import type { TreeMessage } from './client-message-rows.ts'
import { changeClientThread, growClientThread, insertClientThread } from './client-threads.ts'
import { selectClientThread, selectClientThreads, selectTenantClientThreads } from './client-threads.ts'
import { userScope } from './database.ts'
import type { Database, Defer, Run } from './database.ts'
import { encodeJson } from './encode.ts'
import { deleteItem, updateFeedback, upsertItem } from './items.ts'
import type { Place } from './items.ts'
import { uuidOf } from './store.ts'
import { insertOwners } from './tenants.ts'
import { openThreads } from './tenant-threads.ts'
import { insertThread, lockThread, threadExists, updateThreads } from './threads.ts'

/** Of all messages of a thread together, in characters: a client may ask for all of them at once. */
const contentLengthMax = 33_554_432

export function createClientMessages(database: Database): ClientMessages {
  return { ...threadMethods(database), ...messageMethods(database) }
}

type ThreadMethods = Pick<
  ClientMessages,
  'createThread' | 'thread' | 'changeThread' | 'threads' | 'tenantThreads'
>

function threadMethods(database: Database): ThreadMethods {
  return {
    async createThread(owner, thread, said) {
      const place = placeOf(owner, thread.id)
      await database.once(userScope(owner), [
        ...insertOwners([owner]),
        insertThread(owner, place.threadId, thread),
        insertClientThread(place, said, thread.created_at),
      ])
    },
    async thread(owner, threadId) {
      const [found] = await database.once(userScope(owner), [selectClientThread(placeOf(owner, threadId))])
      return found ?? Promise.reject(notFound('Thread', threadId))
    },
    async changeThread(owner, threadId, change, at) {
      await locked(database, placeOf(owner, threadId), async ({ place, thread, defer }) => {
        const { title } = change
        if (title !== undefined)
          defer(updateThreads([{ ...place, thread: { ...thread, title }, changed: ['title'] }]))
        defer(changeClientThread(place, change, at))
      })
    },
    async threads(owner, request) {
      const [threads] = await database.once(userScope(owner), [
        selectClientThreads(owner, {
          ...request,
          externalId: request.externalId ?? null,
          after: cursorOf(request.after),
        }),
      ])
      return threads
    },
    async tenantThreads(tenantId, request) {
      const [, threads] = await database.once(userScope({ tenantId, userId: '' }), [
        openThreads(),
        selectTenantClientThreads(tenantId, {
          ...request,
          externalId: request.externalId ?? null,
          after: cursorOf(request.after),
        }),
      ])
      return threads
    },
  }
}

/** What names nothing is as good as none. */
function cursorOf(after: string | undefined): string | null {
  return after === undefined ? null : decodeId('thr', after)
}

type MessageMethods = Pick<ClientMessages, 'messages' | 'append' | 'replace' | 'feedback'>

function messageMethods(database: Database): MessageMethods {
  return {
    async messages(owner, threadId, request) {
      const place = placeOf(owner, threadId)
      const [exists, hasUntold, page] = await database.once(userScope(owner), [
        threadExists(owner, place.threadId),
        hasUntoldItems(place),
        selectClientMessages(place, request),
      ])
      if (!exists) throw notFound('Thread', threadId)
      if (!hasUntold) return page
      return locked(database, place, async (step) => {
        await tell(step)
        const [told] = await step.run(selectClientMessages(place, request))
        return told
      })
    },
    append: (owner, threadId, message) =>
      locked(database, placeOf(owner, threadId), (step) => append(step, message)),
    async replace(owner, threadId, messageId, written) {
      await locked(database, placeOf(owner, threadId), (step) => replace(step, messageId, written))
    },
    feedback: (owner, threadId, messageId, feedback) =>
      locked(database, placeOf(owner, threadId), async ({ run, place }) => {
        const [message, kept] = await run(
          selectTreeMessage(place, messageId),
          updateClientFeedback(place, messageId, feedback),
        )
        if (message === null || kept === null) throw noMessage(messageId)
        if (message.isInThread) await run(updateFeedback(place, message.itemIds, feedback.type))
        return kept
      }),
  }
}

function placeOf(owner: Owner, threadId: string): Place {
  return { owner, threadId: uuidOf('Thread', threadId) }
}

function noMessage(id: string): ParleyError {
  return new ParleyError('not_found', `Message ${cutText(cleanText(id), 80)} not found`)
}

/** A transaction on one thread, its row locked. */
interface Step {
  run: Run
  defer: Defer
  place: Place
  thread: Thread
}

function locked<Result>(
  database: Database,
  place: Place,
  work: (step: Step) => Promise<Result>,
): Promise<Result> {
  return database.transaction(userScope(place.owner), async (run, defer) => {
    const [thread] = await run(lockThread(place.owner, place.threadId))
    if (thread === undefined) throw notFound('Thread', encodeId('thr', place.threadId))
    return work({ run, defer, place, thread })
  })
}

/** Resolves with the last message that is in the thread. */
async function tell({ run, defer, place }: Step): Promise<TreeMessage | null> {
  const [tip, items] = await run(selectTip(place), selectUntoldItems(place))
  if (items.length === 0) return tip
  const { messages, doubles } = tellMessages(toldOf(tip), items)
  for (const itemId of doubles) defer(deleteItem(place, itemId))
  if (messages.length > 0) defer(saveToldMessages(place, messages))
  const [last] = await run(selectTip(place))
  return last
}

function toldOf(tip: TreeMessage | null): ToldMessage | null {
  if (tip === null || tip.itemSeq === null || tip.said === null) return null
  const { said, itemSeq, ...rest } = tip
  return { ...rest, said, itemSeq }
}

async function append(step: Step, message: NewClientMessage): Promise<string> {
  const { run, defer, place, thread } = step
  refuseUnlessActive(thread)
  const tip = await tell(step)
  const path = message.parentId === null ? [] : await pathTo(step, message.parentId)
  const parentId = path[0]?.id ?? null
  const attachments = await claim(step, message.attachmentIds)
  const id = (await findUnwritten(step, parentId, message)) ?? createItemId('user_message')
  const [known] = await run(selectTreeMessage(place, id))
  if (known === null) {
    const height = path[0] === undefined ? 0 : path[0].height + 1
    await run(insertClientMessage(place, { id, height }, { ...message, parentId }))
    await goTo(step, { tip, path })
    const { said, at } = message
    if (said !== null) defer(upsertItem(place, wordsAsItem(thread.id, id, { said, attachments, at })))
    defer(tieItem(place, id))
  } else {
    defer(writeClientMessage(place, id, { ...message, said: message.said ?? known.said }))
  }
  const { title } = message
  if (title !== undefined && thread.title === undefined) {
    defer(updateThreads([{ ...place, thread: { ...thread, title }, changed: ['title'] }]))
  }
  await grow(step, { length: encodeJson(message.content).length, isSaid: true, at: message.at })
  return id
}

/** The parent and what lies before it. A parent that is named as we name none is as good as none: others' servers know it. */
async function pathTo({ run, place }: Step, parentId: string): Promise<TreeMessage[]> {
  const [path] = await run(selectPath(place, parentId))
  if (path.length === 0 && parentId.startsWith('msg_')) {
    throw new ParleyError('invalid_request', 'Parent message not found in thread', { param: 'parent_id' })
  }
  return path
}

async function claim({ run, place }: Step, attachmentIds: readonly string[]): Promise<Attachment[]> {
  const uuids = attachmentIds.map((id) => decodeId('atc', id)).filter((uuid) => uuid !== null)
  if (uuids.length === 0) return []
  const [claimed] = await run(claimAttachments(place.owner, place.threadId, uuids))
  return claimed
}

async function findUnwritten(
  { run, place }: Step,
  parentId: string | null,
  { said }: NewClientMessage,
): Promise<string | undefined> {
  if (said === null) return undefined
  const [unwritten] = await run(selectUnwritten(place, parentId))
  return unwritten.find((each) => each.said !== null && isSameSaying(each.said, said))?.id
}

/**
 * Makes the thread the path to a new message: what stands behind the last of it that is there goes, as with a retry, and what is
 * missing of it comes back as words.
 */
async function goTo(
  { run, place, thread }: Step,
  { tip, path }: { tip: TreeMessage | null; path: readonly TreeMessage[] },
): Promise<void> {
  const found = path.findIndex(({ isInThread }) => isInThread)
  const anchor = found === -1 ? undefined : path[found]
  if (tip !== null && tip.id !== anchor?.id) await run(deleteItemsBehind(place, anchor?.itemIds ?? []))
  const missing = path.slice(0, found === -1 ? path.length : found).toReversed()
  for (const { id, said, createdAt: at } of missing) {
    if (said === null) continue
    await run(
      upsertItem(place, wordsAsItem(thread.id, id, { said, attachments: [], at })),
      tieItem(place, id),
    )
  }
}

async function replace(
  step: Step,
  messageId: string,
  written: Pick<NewClientMessage, 'content' | 'said' | 'attachmentIds' | 'at'>,
): Promise<void> {
  const { run, defer, place, thread } = step
  refuseUnlessActive(thread)
  const tip = await tell(step)
  const [known] = await run(selectTreeMessage(place, messageId))
  if (known === null) throw noMessage(messageId)
  const attachments = await claim(step, written.attachmentIds)
  const said = known.fromItems ? (written.said ?? known.said) : written.said
  defer(writeClientMessage(place, known.id, { ...written, format: 'aui/v0', said }))
  // What a run has said stays as it was said.
  if (!known.fromItems) {
    const isNext = !known.isInThread && known.parentId === (tip?.id ?? null)
    if (said === null && known.isInThread) defer(deleteItem(place, known.id))
    if (said !== null && (known.isInThread || isNext)) {
      defer(upsertItem(place, wordsAsItem(thread.id, known.id, { said, attachments, at: known.createdAt })))
    }
    defer(tieItem(place, known.id))
  }
  const length = encodeJson(written.content).length - known.contentLength
  await grow(step, { length, isSaid: false, at: written.at })
}

async function grow(
  { run, place }: Step,
  change: { length: number; isSaid: boolean; at: string },
): Promise<void> {
  const [length] = await run(growClientThread(place, change))
  if (length <= contentLengthMax || change.length <= 0) return
  throw new ParleyError(
    'too_large',
    `The messages of this thread have more than ${contentLengthMax} characters (contentLengthMax).`,
  )
}
