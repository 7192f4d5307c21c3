/** What the contract suite writes and how it looks behind the walls. */
import { expect } from 'vitest'
import { createTextDelta } from '../conversation/events.ts'
import type { RunEvent, SequencedEvent } from '../conversation/events.ts'
import { createId, createItemId } from '../conversation/ids.ts'
import type { Attachment, Item, UserMessageItem } from '../conversation/items.ts'
import type { ConversationStore, JournalEntry, RunJournal } from '../conversation/store.ts'
import type { Owner, Page, PageRequest, Thread } from '../conversation/threads.ts'
import type { FileRecords } from '../files/records.ts'
import type { Database, Scope, Value } from './database.ts'
import { statement } from './database.ts'
import type { Storage } from './open.ts'

/** A fresh database of the engine under test. */
export interface ContractDatabase {
  storage: Storage
  database: Database
  /** As another process would see it. */
  openAnother(): Promise<Storage>
  close(): Promise<void>
}

/** What each rule gets: the same database for all, and owners of its own. */
export interface Ground {
  store(): ConversationStore
  journal(): RunJournal
  files(): FileRecords
  database(): Database
  openAnother(): Promise<Storage>
  /** Run ids that were refused, and why. */
  refused: Map<string, unknown>
}

let ownerNumber = 0

export function createOwner(tenantId = `tenant_${++ownerNumber}`): Owner {
  return { tenantId, userId: `user_${++ownerNumber}` }
}

export function createThread(changes: Partial<Thread> = {}): Thread {
  return {
    id: createId('thr'),
    created_at: new Date().toISOString(),
    status: { type: 'active' },
    metadata: {},
    ...changes,
  }
}

export function createMessage(threadId: string, text: string): UserMessageItem {
  return {
    id: createItemId('user_message'),
    thread_id: threadId,
    created_at: new Date().toISOString(),
    type: 'user_message',
    content: [{ type: 'input_text', text }],
    attachments: [],
    inference_options: {},
  }
}

export function createAnswer(threadId: string, text: string): Item {
  return {
    id: createItemId('assistant_message'),
    thread_id: threadId,
    created_at: new Date().toISOString(),
    type: 'assistant_message',
    content: [{ type: 'output_text', text, annotations: [] }],
  }
}

export function createFile(changes: Partial<Attachment> = {}): Attachment {
  return {
    id: createId('atc'),
    type: 'file',
    name: 'notes.txt',
    mime_type: 'text/plain',
    ...changes,
  } as Attachment
}

export function progress(seq: number, text = `step ${seq}`): SequencedEvent {
  return { seq, event: { type: 'progress', text } }
}

export function delta(seq: number, text: string): SequencedEvent {
  return { seq, event: createTextDelta('msg_1', text) }
}

export function ended(seq: number): SequencedEvent {
  return { seq, event: { type: 'run-ended', status: 'completed' } }
}

export function textOf(events: SequencedEvent[]): string {
  return events.map(({ event }) => deltaText(event)).join('')
}

function deltaText(event: RunEvent): string {
  if (event.type !== 'item-updated') return ''
  return 'delta' in event.update ? event.update.delta : ''
}

export interface BegunRun {
  owner: Owner
  thread: Thread
  runId: string
  processId: string
}

/** A thread with a running run in it. */
export async function beginRun(
  store: ConversationStore,
  settings: { owner?: Owner; processId?: string; leaseSeconds?: number; events?: SequencedEvent[] } = {},
): Promise<BegunRun> {
  const { owner = createOwner(), processId = createId('prc'), leaseSeconds = 60, events = [] } = settings
  const thread = createThread()
  const runId = createId('run')
  await store.createThread(owner, thread, (transaction) =>
    transaction.beginRun({ id: runId, processId, leaseSeconds }, events),
  )
  return { owner, thread, runId, processId }
}

export function entryOf(
  { owner, thread, runId }: BegunRun,
  rest: Partial<Pick<JournalEntry, 'events' | 'changes' | 'end'>>,
): JournalEntry {
  return { owner, threadId: thread.id, runId, events: [], changes: [], isFollowedElsewhere: true, ...rest }
}

/** Every page, one after the other. */
export async function allPages<Row>(
  page: (request: PageRequest) => Promise<Page<Row>>,
  limit: number,
  order: 'asc' | 'desc',
): Promise<Row[][]> {
  const pages: Row[][] = []
  let after: string | undefined
  do {
    const next = await page({ limit, order, ...(after === undefined ? {} : { after }) })
    expect(next.after === undefined).toBe(!next.has_more)
    pages.push(next.data)
    after = next.after
  } while (after !== undefined)
  return pages
}

/** The code and the words of what it throws, for comparison. */
export async function failureOf(work: Promise<unknown>): Promise<{ code: unknown; message: string }> {
  try {
    await work
  } catch (error) {
    if (error instanceof Error) return { code: Reflect.get(error, 'code'), message: error.message }
  }
  throw new Error('Nothing was thrown.')
}

/** A query of the test's own, in somebody's name. */
export async function query<Row>(
  database: Database,
  scope: Scope,
  text: string,
  values: readonly Value[] = [],
): Promise<readonly Row[]> {
  const [rows] = await database.once(scope, [statement<Row, readonly Row[]>(text, values, (all) => all)])
  return rows
}
