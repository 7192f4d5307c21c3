/**
 * What happened in a torture run: one line of JSON for everything that clients did and were told, for every fault, for every
 * program that began or ended, and at last for what is stored. The checker knows a run by this alone.
 */
import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'

/** What a fault may honestly cause while it lasts. What it does not name must not happen because of it. */
export type Excuse =
  /** A run is broken off and marked. */
  | 'interrupted'
  /** A run ends with an error. */
  | 'failed'
  /** A request is answered 503, or not at all. */
  | 'unavailable'
  /** A stream ends before its run does. */
  | 'cut'
  /** The database can take nothing, so that nothing can be settled. */
  | 'database'
  /** A program may end by itself. One that has not begun may, too, where there is no database. */
  | 'ended'
  /** A program that is asked to stop need not end in good order. */
  | 'untidy'

export type Happening =
  | { type: 'begin'; seed: number; database: string; leaseSeconds: number; servers: number }
  /** A request as it leaves. `mayConflict`: 409 is a right answer. `foreign`: it asks for another user's. */
  | {
      type: 'call'
      call: number
      user: string
      server: number
      operation: string
      key?: string
      /** Named by every request that begins a run: what is said, or which message is to be answered again. */
      question?: string
      thread?: string
      run?: string
      after?: number
      mayConflict?: boolean
      foreign?: boolean
    }
  /** `request`: by this name the server's log knows it. */
  | {
      type: 'answer'
      call: number
      status: number
      run?: string
      thread?: string
      request?: string
      body?: unknown
    }
  | { type: 'frame'; call: number; seq: number; event: unknown }
  /** `whole`: the server ended it. `cut`: the connection failed. `left`: the client went. */
  | { type: 'over'; call: number; how: 'whole' | 'cut' | 'left' }
  /**
   * What the upstream will say to a question. `whole`: all of it, and then it is complete. `broken`: it fails, at the latest
   * behind the text. `exact`: what came before it failed was there long enough to be kept.
   */
  | { type: 'plan'; question: string; text: string; ends: 'whole' | 'broken'; exact?: boolean }
  | {
      type: 'fault'
      fault: string
      id: number
      phase: 'begin' | 'end'
      detail?: string
      excuses?: Excuse[]
    }
  /** `pid` names the program: no number is used twice in a run. */
  | {
      type: 'program'
      server: number
      pid: number
      happened: 'launched' | 'ready' | 'signalled' | 'ended'
      signal?: string
      code?: number | null
    }
  /** A program printed what nobody but a user may know. */
  | { type: 'leak'; server: number; line: string }
  /** No fault from here on. */
  | { type: 'calm' }
  /** How many runs go on that began before the calm. */
  | { type: 'census'; running: string[] }
  /** Whether each server takes and answers a new question in the end. */
  | { type: 'trial'; server: number; ok: boolean; detail?: string }
  /** What the server says is stored. */
  | { type: 'stored-thread'; user: string; thread: string; items: unknown[] }
  /** What the database says, in the order of their beginning. */
  | {
      type: 'stored-run'
      run: string
      thread: string
      user: string
      key: string | null
      status: string
      lastSeq: number
      logDeleted: boolean
      groups: { first: number; last: number; events: unknown[] }[]
    }

/** `at`: milliseconds on one clock that never goes back. */
export type Entry = Happening & { at: number }

export interface History {
  add(happening: Happening): void
  /** Everything so far. */
  readonly entries: Entry[]
  /** Resolves when all is on disk. */
  close(): Promise<void>
}

/** Kept in memory, and written to the file if there is one. */
export function createHistory(path: string | null): History {
  const entries: Entry[] = []
  const file = path === null ? null : createWriteStream(path)
  const zero = performance.now()
  return {
    entries,
    add(happening) {
      const at = Math.round((performance.now() - zero) * 100) / 100
      const entry: Entry = { at, ...happening }
      entries.push(entry)
      file?.write(`${JSON.stringify(entry)}\n`)
    },
    close: () => new Promise((resolve) => (file === null ? resolve() : file.end(() => resolve()))),
  }
}

export async function readHistory(path: string): Promise<Entry[]> {
  const lines = (await readFile(path, 'utf8')).split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Entry)
}
