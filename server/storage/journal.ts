/**
 * The engine's side of the store: what its runs did, written down in groups.
 *
 *   append ─▶ one statement when there are only events ─────────────────▶ commit ▶ notify
 *         └─▶ lock threads · append · items, threads, ends ─────────────▶ commit ▶ notify
 *                                 │ refused
 *                                 └▶ each entry by itself ─▶ the one that is refused again is let go
 */
import { decodeId } from '../conversation/ids.ts'
import { mergeTextDeltas } from '../conversation/merge.ts'
import { ParleyError } from '../conversation/errors.ts'
import type { ConversationChange, JournalEntry, RunJournal } from '../conversation/store.ts'
import { engineScope } from './database.ts'
import type { Database, Statement } from './database.ts'
import { deleteItem, upsertItem } from './items.ts'
import { releaseLease, releaseLeases, renewLeases, selectEndedBy, takeOver } from './leases.ts'
import { appendGroups, deleteOldLogs, eventGroup, selectLog } from './run-events.ts'
import { endRun } from './runs.ts'
import { readSignal, signalAppended, signalChannel } from './signals.ts'
import { lockThreads, updateThread } from './threads.ts'

export interface JournalOptions {
  /** The database refuses what this entry says, and would again. Its run was let go, so that it is settled as interrupted. */
  onRefused(runId: string, error: unknown): void
}

const logsDeletedAtOnce = 500

export function createJournal(database: Database, { onRefused }: JournalOptions): RunJournal {
  async function letGo(processId: string, { runId }: JournalEntry, error: unknown): Promise<void> {
    onRefused(runId, error)
    const uuid = decodeId('run', runId)
    if (uuid !== null) await database.once(engineScope, [releaseLease(processId, uuid)])
  }

  async function appendOneByOne(processId: string, entries: JournalEntry[]): Promise<Set<string>> {
    const lost = new Set<string>()
    for (const entry of entries) {
      try {
        for (const runId of await appendTogether(database, processId, [entry])) lost.add(runId)
      } catch (error) {
        if (isPassing(error)) throw error
        await letGo(processId, entry, error)
        lost.add(entry.runId)
      }
    }
    return lost
  }

  return {
    async append(processId, entries) {
      if (entries.length === 0) return new Set()
      try {
        return await appendTogether(database, processId, entries)
      } catch (error) {
        if (isPassing(error)) throw error
        return appendOneByOne(processId, entries)
      }
    },
    async renewLeases(processId, leaseSeconds) {
      const [held] = await database.once(engineScope, [renewLeases(processId, leaseSeconds)])
      return held
    },
    async takeOver(processId, leaseSeconds, limit) {
      const [abandoned] = await database.once(engineScope, [takeOver(processId, leaseSeconds, limit)])
      return abandoned
    },
    async releaseLeases(processId) {
      await database.once(engineScope, [releaseLeases(processId)])
    },
    async log(runId) {
      const uuid = decodeId('run', runId)
      if (uuid === null) return []
      const [events] = await database.once(engineScope, [selectLog(uuid)])
      return mergeTextDeltas(events)
    },
    async deleteLogs(endedSecondsAgo) {
      let total = 0
      for (;;) {
        const [count] = await database.once(engineScope, [deleteOldLogs(endedSecondsAgo, logsDeletedAtOnce)])
        total += count
        if (count < logsDeletedAtOnce) return total
      }
    },
    listen: (handler) =>
      database.listen(signalChannel, (payload) => {
        const signal = readSignal(payload)
        if (signal !== undefined) handler(signal)
      }),
  }
}

/** The database is away: the same group can be written later. */
function isPassing(error: unknown): boolean {
  return error instanceof ParleyError && error.code === 'unavailable'
}

async function appendTogether(
  database: Database,
  processId: string,
  entries: JournalEntry[],
): Promise<Set<string>> {
  const rows = entries.map((entry) => ({ entry, uuid: runUuid(entry) }))
  const append = appendGroups(
    processId,
    rows.map(({ uuid }) => uuid),
    rows.map(({ entry, uuid }) => eventGroup(uuid, entry.events)).filter((group) => group !== null),
  )
  const afterwards = signalAppended(entries.map(({ runId }) => runId))
  const changing = rows.filter(({ entry }) => entry.changes.length > 0 || entry.end !== undefined)
  if (changing.length === 0) {
    const [held] = await database.once(engineScope, [append], { afterwards })
    return lostOf(rows, held)
  }
  const ending = rows.filter(({ entry }) => entry.end !== undefined).map(({ uuid }) => uuid)
  return database.transaction(
    engineScope,
    async (run) => {
      const [, held, ended] = await run(
        lockThreads(changing.map(({ entry }) => threadUuid(entry)).sort()),
        append,
        selectEndedBy(processId, ending),
      )
      const mine = new Set(held)
      const changes = changing.filter(({ uuid }) => mine.has(uuid)).flatMap(changeStatements)
      if (changes.length > 0) await run(...changes)
      return lostOf(rows, [...held, ...ended])
    },
    { afterwards },
  )
}

interface EntryRow {
  entry: JournalEntry
  uuid: string
}

function lostOf(rows: EntryRow[], written: string[]): Set<string> {
  const kept = new Set(written)
  return new Set(rows.filter(({ uuid }) => !kept.has(uuid)).map(({ entry }) => entry.runId))
}

function changeStatements({ entry, uuid }: EntryRow): Statement<void>[] {
  const place = { owner: entry.owner, threadId: threadUuid(entry) }
  const statements = entry.changes.map((change: ConversationChange) => {
    switch (change.type) {
      case 'save-item':
        return upsertItem(place, change.item)
      case 'delete-item':
        return deleteItem(place, change.itemId)
      case 'save-thread':
        return updateThread(place.owner, place.threadId, change.thread, change.changed)
    }
  })
  if (entry.end !== undefined) statements.push(endRun(uuid, entry.events.at(-1)?.seq ?? 0, entry.end))
  return statements
}

function runUuid({ runId }: JournalEntry): string {
  const uuid = decodeId('run', runId)
  if (uuid === null) throw new Error(`${runId} is no id of a run`)
  return uuid
}

function threadUuid({ threadId }: JournalEntry): string {
  const uuid = decodeId('thr', threadId)
  if (uuid === null) throw new Error(`${threadId} is no id of a thread`)
  return uuid
}
