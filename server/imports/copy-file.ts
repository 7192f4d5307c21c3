/**
 * Keeping what the API says in a file, as it says it (`file-source.ts` has the format). A file that is there is gone on with,
 * behind the last whole line in it: whoever wrote it may have been killed.
 */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { ParleyError } from '../conversation/errors.ts'
import { lineBytesMaxDefault } from './file-source.ts'
import { count } from './import-report.ts'
import type { ImportReport } from './import-report.ts'
import { isObject, textOf } from './json-reading.ts'
import { linesOf } from './lines.ts'
import type { ImportTarget } from './source.ts'

export interface CopyFile extends ImportTarget {
  /** Where in the source's list to go on: behind the last but one thread of the file, since the last may not be all there. */
  readonly place: string | null
}

export interface CopyFileOptions {
  path: string
  report: ImportReport
  /** Whether a thread is wanted. */
  wants(thread: unknown): boolean
}

/** Only its owner may read it: it holds what people have said. */
const fileMode = 0o600

/** Throws `invalid_request` for a file that holds something else. */
export async function openCopyFile({ path, report, wants }: CopyFileOptions): Promise<CopyFile> {
  const file = await open(path, 'a+', fileMode)
  try {
    const end = await endOf(path)
    await file.truncate(end.bytes)
    return copyFile(file, end, { report, wants })
  } catch (error) {
    await file.close()
    throw error
  }
}

function copyFile(
  file: FileHandle,
  end: FileEnd,
  { report, wants }: Pick<CopyFileOptions, 'report' | 'wants'>,
): CopyFile {
  return {
    place: end.threadBefore,
    async standing(thread) {
      if (!wants(thread)) return 'skip'
      const id = idOf(thread)
      if (id === end.thread) return { after: end.item }
      // The list was begun anew, because the thread to go on behind is gone there.
      return id !== null && end.threads.has(id) ? 'skip' : { after: null }
    },
    async write({ thread, items, isFirst }) {
      const isThere = idOf(thread) === end.thread
      const lines = (isFirst && !isThere ? [thread, ...items] : items).map(lineOf)
      for (const line of lines) if (line === null) count(report.skipped, 'things that are nested too deeply')
      const whole = lines.filter((line) => line !== null)
      if (whole.length > 0) await file.appendFile(whole.join(''))
      if (isFirst && isThere) report.knownThreads += 1
      else if (isFirst) report.threads += 1
      report.items += items.length
    },
    async savePlace() {
      await file.datasync()
    },
    async close() {
      await file.close()
    },
  }
}

/** Null for what cannot be written. */
function lineOf(object: unknown): string | null {
  try {
    return `${JSON.stringify(object)}\n`
  } catch {
    return null
  }
}

interface FileEnd {
  /** Up to and with the last whole line. */
  bytes: number
  threads: Set<string>
  /** The last of them. */
  thread: string | null
  threadBefore: string | null
  /** Of the last thread. */
  item: string | null
}

async function endOf(path: string): Promise<FileEnd> {
  const end: FileEnd = { bytes: 0, threads: new Set(), thread: null, threadBefore: null, item: null }
  for await (const { number, text, isEnded, bytesRead } of linesOf(
    createReadStream(path),
    lineBytesMaxDefault,
  )) {
    if (!isEnded) break
    end.bytes = bytesRead
    const object = text === null ? {} : objectOf(text)
    const id = textOf(object?.['id']) ?? null
    if (object?.['object'] === 'chatkit.thread') {
      if (id !== end.thread) end.threadBefore = end.thread
      end.thread = id
      if (id !== null) end.threads.add(id)
      end.item = null
    } else if (object?.['object'] === 'chatkit.thread_item') end.item = id
    else if (text !== null) throw isNoCopy(path, number)
  }
  return end
}

function objectOf(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

function isNoCopy(path: string, number: number): ParleyError {
  return new ParleyError(
    'invalid_request',
    `${path} is there, and line ${number} of it is neither a thread nor an item. Nothing was written: name another file.`,
  )
}

function idOf(thread: unknown): string | null {
  return isObject(thread) ? (textOf(thread['id']) ?? null) : null
}
