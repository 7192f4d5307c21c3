/** The conversation, kept in a database. Each method is one round trip, save those that do work in between. */
import { ParleyError, notFound } from '../conversation/errors.ts'
import { decodeId } from '../conversation/ids.ts'
import { mergeTextDeltas } from '../conversation/merge.ts'
import type { ConversationStore } from '../conversation/store.ts'
import type { Owner } from '../conversation/threads.ts'
import { deleteAttachment, insertAttachment, selectAttachment } from './attachments.ts'
import { userScope } from './database.ts'
import type { Database, Defer, Run } from './database.ts'
import { itemExists, selectItem, selectItemsPage, updateFeedback } from './items.ts'
import { checkPage, pageOf } from './pages.ts'
import { selectEvents } from './run-events.ts'
import { noteCancel, runExists, selectNewestRun, selectRun, selectRunByIdempotencyKey } from './runs.ts'
import { signalCancelRequested, signalClient } from './signals.ts'
import { insertOwners } from './tenants.ts'
import { createThreadTransaction, refusal } from './thread-transaction.ts'
import {
  deleteThread,
  insertThread,
  lockThread,
  selectThread,
  selectThreadsPage,
  threadExists,
} from './threads.ts'
import { createTurns } from './turns.ts'

export function createStore(database: Database): ConversationStore {
  return {
    ...threadMethods(database),
    ...itemMethods(database),
    ...attachmentMethods(database),
    ...runMethods(database),
    beginTurn: turnMethod(database),
  }
}

function turnMethod(database: Database): ConversationStore['beginTurn'] {
  const turns = createTurns(database)
  return (owner, turn) => turns.add({ owner, turn })
}

type ThreadMethods = Pick<
  ConversationStore,
  'thread' | 'threads' | 'deleteThread' | 'changeThread' | 'createThread'
>

function threadMethods(database: Database): ThreadMethods {
  return {
    async thread(owner, threadId) {
      const [thread] = await database.once(userScope(owner), [
        selectThread(owner, uuidOf('Thread', threadId)),
      ])
      return found(thread, 'Thread', threadId)
    },
    async threads(owner, page) {
      checkPage(page)
      const after = page.after === undefined ? null : uuidOf('Thread', page.after)
      if (after === null) {
        const [rows] = await database.once(userScope(owner), [selectThreadsPage(owner, page, null)])
        return pageOf(rows, page.limit)
      }
      const [exists, rows] = await database.once(userScope(owner), [
        threadExists(owner, after),
        selectThreadsPage(owner, page, after),
      ])
      if (!exists) throw notFound('Thread', page.after ?? '')
      return pageOf(rows, page.limit)
    },
    async deleteThread(owner, threadId) {
      const [deleted] = await database.once(userScope(owner), [
        deleteThread(owner, uuidOf('Thread', threadId)),
      ])
      if (!deleted) throw notFound('Thread', threadId)
    },
    changeThread(owner, threadId, work) {
      return changing(database, owner, async (run, defer) => {
        const uuid = uuidOf('Thread', threadId)
        const [thread] = await run(lockThread(owner, uuid))
        const place = { owner, threadId: uuid }
        return work(createThreadTransaction({ run, defer }, place, found(thread, 'Thread', threadId)))
      })
    },
    createThread(owner, thread, work) {
      return changing(database, owner, async (run, defer) => {
        const threadId = ownUuidOf('thr', thread.id)
        defer(...insertOwners([owner]), insertThread(owner, threadId, thread))
        return work(createThreadTransaction({ run, defer }, { owner, threadId }, thread))
      })
    },
  }
}

/** A transaction on one thread. What the guards of a beginning run refuse may only show at the commit. */
async function changing<Result>(
  database: Database,
  owner: Owner,
  work: (run: Run, defer: Defer) => Promise<Result>,
): Promise<Result> {
  try {
    return await database.transaction(userScope(owner), work)
  } catch (error) {
    throw refusal(error)
  }
}

function itemMethods(database: Database): Pick<ConversationStore, 'items' | 'item' | 'saveFeedback'> {
  return {
    async items(owner, threadId, page) {
      checkPage(page)
      const place = { owner, threadId: uuidOf('Thread', threadId) }
      const [exists, afterExists, rows] = await database.once(userScope(owner), [
        threadExists(owner, place.threadId),
        itemExists(place, page.after ?? ''),
        selectItemsPage(place, page),
      ])
      if (!exists) throw notFound('Thread', threadId)
      if (page.after !== undefined && !afterExists) throw notFound('Item', page.after)
      return pageOf(rows, page.limit)
    },
    async item(owner, threadId, itemId) {
      const place = { owner, threadId: uuidOf('Thread', threadId) }
      const [exists, item] = await database.once(userScope(owner), [
        threadExists(owner, place.threadId),
        selectItem(place, itemId),
      ])
      if (!exists) throw notFound('Thread', threadId)
      if (item === null) throw notFound('Item', itemId)
      return item
    },
    async saveFeedback(owner, threadId, itemIds, kind) {
      const place = { owner, threadId: uuidOf('Thread', threadId) }
      await database.transaction(userScope(owner), async (run) => {
        const [exists, count] = await run(
          threadExists(owner, place.threadId),
          updateFeedback(place, itemIds, kind),
        )
        if (!exists) throw notFound('Thread', threadId)
        if (count !== new Set(itemIds).size) throw notFound('Item', itemIds.join(', '))
      })
    },
  }
}

type AttachmentMethods = Pick<ConversationStore, 'createAttachment' | 'attachment' | 'deleteAttachment'>

function attachmentMethods(database: Database): AttachmentMethods {
  return {
    async createAttachment(owner, attachment) {
      const uuid = ownUuidOf('atc', attachment.id)
      const threadId = attachment.thread_id === undefined ? null : uuidOf('Thread', attachment.thread_id)
      await database.transaction(userScope(owner), async (run) => {
        if (threadId !== null) {
          const [exists] = await run(threadExists(owner, threadId))
          if (!exists) throw notFound('Thread', attachment.thread_id ?? '')
        }
        await run(...insertOwners([owner]), insertAttachment(owner, uuid, threadId, attachment))
      })
    },
    async attachment(owner, attachmentId) {
      const [attachment] = await database.once(userScope(owner), [
        selectAttachment(owner, uuidOf('Attachment', attachmentId)),
      ])
      return found(attachment, 'Attachment', attachmentId)
    },
    async deleteAttachment(owner, attachmentId) {
      const [deleted] = await database.once(userScope(owner), [
        deleteAttachment(owner, uuidOf('Attachment', attachmentId)),
      ])
      if (!deleted) throw notFound('Attachment', attachmentId)
    },
  }
}

type RunMethods = Pick<
  ConversationStore,
  'run' | 'runByIdempotencyKey' | 'newestRun' | 'runEvents' | 'runSince' | 'requestCancel' | 'signalClient'
>

function runMethods(database: Database): RunMethods {
  return {
    async run(owner, runId) {
      const [run] = await database.once(userScope(owner), [selectRun(owner, uuidOf('Run', runId))])
      return found(run, 'Run', runId)
    },
    async runByIdempotencyKey(owner, key) {
      const [begun] = await database.once(userScope(owner), [selectRunByIdempotencyKey(owner, key)])
      return begun
    },
    async newestRun(owner, threadId) {
      const place = { owner, threadId: uuidOf('Thread', threadId) }
      const [exists, run] = await database.once(userScope(owner), [
        threadExists(owner, place.threadId),
        selectNewestRun(place),
      ])
      if (!exists) throw notFound('Thread', threadId)
      return run
    },
    async runEvents(owner, runId, afterSeq, bytesMax) {
      const uuid = uuidOf('Run', runId)
      const [exists, { events }] = await database.once(userScope(owner), [
        runExists(owner, uuid),
        selectEvents(owner, uuid, afterSeq, bytesMax),
      ])
      if (!exists) throw notFound('Run', runId)
      return mergeTextDeltas(events)
    },
    async runSince(owner, runId, afterSeq, bytesMax) {
      const uuid = uuidOf('Run', runId)
      const [run, { events, isAll }] = await database.once(userScope(owner), [
        selectRun(owner, uuid),
        selectEvents(owner, uuid, afterSeq, bytesMax),
      ])
      return { run: found(run, 'Run', runId), events: mergeTextDeltas(events), isAll }
    },
    async requestCancel(owner, runId) {
      const uuid = uuidOf('Run', runId)
      const [exists, running] = await database.once(userScope(owner), [
        runExists(owner, uuid),
        noteCancel(owner, uuid),
      ])
      if (!exists) throw notFound('Run', runId)
      if (running) await database.notify(signalCancelRequested(runId))
    },
    async signalClient(owner, runId, news) {
      const [exists] = await database.once(userScope(owner), [runExists(owner, uuidOf('Run', runId))])
      if (!exists) throw notFound('Run', runId)
      await database.notify(signalClient(runId, news))
    },
  }
}

type Kind = Parameters<typeof notFound>[0]

const prefixes = { Thread: 'thr', Run: 'run', Attachment: 'atc' } as const

/** An id that is none of ours names nothing. */
export function uuidOf(kind: keyof typeof prefixes, id: string): string {
  const uuid = decodeId(prefixes[kind], id)
  if (uuid === null) throw notFound(kind, id)
  return uuid
}

/** For ids that we make ourselves. */
function ownUuidOf(prefix: 'thr' | 'run' | 'atc', id: string): string {
  const uuid = decodeId(prefix, id)
  if (uuid === null) throw new ParleyError('invalid_request', `${id.slice(0, 80)} is not an id of ours`)
  return uuid
}

function found<Value>(value: Value | undefined, kind: Kind, id: string): Value {
  if (value === undefined) throw notFound(kind, id)
  return value
}
