/**
 * The engine's side of the store: what its runs did, written down in groups.
 *
 *   append ─▶ threads locked · events · items, threads, ends ─▶ committed ─▶ followers elsewhere told
 *                               │ refused
 *                               └▶ each entry by itself ─▶ the one that is refused again is let go
 *
 * Every statement is for all entries at once, so a group costs the same few statements however many runs are in it.
 */
import { decodeId } from '../conversation/ids.ts'
import { mergeTextDeltas } from '../conversation/merge.ts'
import { ParleyError } from '../conversation/errors.ts'
import type { JournalEntry, RunJournal } from '../conversation/store.ts'
import { changeStatements } from './changes.ts'
import type { ChangingRun } from './changes.ts'
import { engineScope } from './database.ts'
import type { Database, Notifications } from './database.ts'
import { releaseLease, releaseLeases, renewLeases, selectEndedBy, takeOver } from './leases.ts'
import { appendGroups, deleteOldLogs, eventGroup, selectLog } from './run-events.ts'
import { endRuns } from './runs.ts'
import { readSignal, signalChannel, signalLogs } from './signals.ts'
import { lockThreads } from './threads.ts'

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
    async renewLeases(processId, leaseSeconds, runIds) {
      const uuids = runIds.flatMap((runId) => decodeId('run', runId) ?? [])
      const [held] = await database.once(engineScope, [renewLeases(processId, leaseSeconds, uuids)])
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
        if (count < logsDeletedAtOnce) break
      }
      if (total > 0) await database.reclaim(['run_events', 'runs'])
      return total
    },
    signal: (signal) => database.notify(signalLogs(signal)),
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
  const rows = entries.map((entry) => ({ entry, runId: runUuid(entry), threadId: threadUuid(entry) }))
  const changing = rows.filter(({ entry }) => entry.changes.length > 0 || entry.end !== undefined)
  const endings = rows.flatMap(({ entry: { end, events }, runId }) =>
    end === undefined ? [] : [{ runId, lastSeq: events.at(-1)?.seq ?? 0, end }],
  )
  const append = appendGroups(
    processId,
    rows.map(({ runId }) => runId),
    rows.map(({ entry, runId }) => eventGroup(runId, entry.events)).filter((group) => group !== null),
  )
  const afterwards = signalFollowers(entries)
  if (changing.length === 0) {
    const [held] = await database.once(engineScope, [append], afterwards)
    return lostOf(rows, held)
  }
  const [, held, ended] = await database.once<[void, string[], string[], ...void[]]>(
    engineScope,
    [
      lockThreads(changing.map(({ threadId }) => threadId)),
      append,
      selectEndedBy(
        processId,
        endings.map(({ runId }) => runId),
      ),
      ...changeStatements(processId, changing),
      ...(endings.length === 0 ? [] : [endRuns(processId, endings)]),
    ],
    afterwards,
  )
  return lostOf(rows, [...held, ...ended])
}

/** Nearly every run is followed where it is driven, and to be told costs every process as much as to read. */
function signalFollowers(entries: JournalEntry[]): Notifications | undefined {
  const followed = entries.filter(({ isFollowedElsewhere }) => isFollowedElsewhere)
  if (followed.length === 0) return undefined
  return signalLogs({ type: 'appended', runIds: followed.map(({ runId }) => runId) })
}

function lostOf(rows: ChangingRun[], written: string[]): Set<string> {
  const kept = new Set(written)
  return new Set(rows.filter(({ runId }) => !kept.has(runId)).map(({ entry }) => entry.runId))
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
