/** Into the database, or nowhere: what the source tells is made ours, and counted. */
import { createId } from '../conversation/ids.ts'
import type { Added, ThreadImports } from '../conversation/imports.ts'
import type { Item } from '../conversation/items.ts'
import { count } from './import-report.ts'
import type { ImportReport } from './import-report.ts'
import { isObject, textOf } from './json-reading.ts'
import { readItem } from './platform-items.ts'
import { readThread, threadOf } from './platform-threads.ts'
import type { ReadThread } from './platform-threads.ts'
import type { ImportTarget, SourcePart } from './source.ts'

export interface ThreadTargetOptions {
  tenantId: string
  /** What copying from this source, with these filters, is called: it goes on where it was broken off. */
  name: string
  report: ImportReport
  /** Whether a thread is wanted. */
  wants(thread: unknown): boolean
  /** Null: nothing is written, only counted. */
  imports: ThreadImports | null
}

export const skips = {
  gone: 'threads that were copied before and deleted here since',
  taken: 'threads that another user has a copy of',
} as const

export function createThreadTarget(options: ThreadTargetOptions): ImportTarget {
  const { tenantId, name, report, wants, imports } = options
  return {
    async standing(raw) {
      if (!wants(raw)) return 'skip'
      const thread = readThread(raw)
      if ('skipped' in thread) {
        count(report.skipped, thread.skipped)
        return 'skip'
      }
      const owner = { tenantId, userId: thread.value.userId }
      const standing = (await imports?.standing(owner, thread.value.sourceId)) ?? null
      if (standing?.isGone === true) {
        count(report.skipped, skips.gone)
        return 'skip'
      }
      return { after: standing?.lastItemId ?? null }
    },
    async write(part) {
      const thread = readThread(part.thread)
      if ('skipped' in thread) return
      const read = readItems(part, thread.value, report)
      const items = read.map(({ item }) => item)
      const owner = { tenantId, userId: thread.value.userId }
      const added = await imports?.add(owner, {
        sourceId: thread.value.sourceId,
        thread: threadOf(thread.value, createId('thr')),
        items,
        lastItemId: lastIdOf(part.items),
      })
      const all = { outcome: 'added' as const, isNewThread: part.isFirst, itemIds: items.map(({ id }) => id) }
      tell(report, { part, thread: thread.value, read, added: added ?? all })
    },
    async savePlace(place) {
      await imports?.savePlace(tenantId, name, place)
    },
    async close() {},
  }
}

interface Written {
  part: SourcePart
  thread: ReadThread
  read: ReadItem[]
  added: Added
}

function tell(report: ImportReport, { part, thread, read, added }: Written): void {
  if (added.outcome !== 'added') return count(report.skipped, skips[added.outcome])
  if (added.isNewThread) {
    report.threads += 1
    if (thread.isRenamed)
      count(report.notes, 'threads of users whose names are percent-encoded, because they are no ids here')
  } else if (part.isFirst) report.knownThreads += 1
  const news = new Set(added.itemIds)
  report.items += news.size
  report.knownItems += read.length - news.size
  for (const { item, notes } of read) {
    if (news.has(item.id)) for (const note of notes) count(report.notes, note)
  }
}

interface ReadItem {
  item: Item
  notes: string[]
}

/** Each once, however often the source tells it. */
function readItems(part: SourcePart, thread: ReadThread, report: ImportReport): ReadItem[] {
  const read = new Map<string, ReadItem>()
  for (const raw of part.items) {
    const notes: string[] = []
    const item = readItem(raw, {
      threadId: thread.sourceId,
      createdAt: thread.createdAt.toISOString(),
      onNote: (note) => notes.push(note),
    })
    if ('skipped' in item) count(report.skipped, item.skipped)
    else if (!read.has(item.value.id)) read.set(item.value.id, { item: item.value, notes })
  }
  return [...read.values()]
}

function lastIdOf(items: unknown[]): string | null {
  const last = items.at(-1)
  return isObject(last) ? (textOf(last['id']) ?? null) : null
}
