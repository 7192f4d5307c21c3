/**
 * Blobs from one store to another: from a directory to a bucket, or back.
 *
 *   each key of the source ─ noted, and there? ─────────────────────────────▶ next
 *            │
 *            ├─ gone meanwhile ──▶ next (and what we have put there goes, too)
 *            └─ put ─▶ read back ─ same size and hash? ─▶ note it ─▶ next
 *
 * Blobs never change, so nothing of this minds a server that goes on with the source. Notes are lines of `key bytes sha256`, in a
 * file for each of the 256 beginnings of a key: so little of them is in memory, and a line that a killed process has half written
 * is none.
 */
import { appendFile, mkdir, readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { FileError } from './errors.ts'
import { createMeter } from './store.ts'
import type { BlobFacts, BlobStore } from './store.ts'

export interface FileMoveOptions {
  source: BlobStore
  target: BlobStore
  /** A directory for the notes of what has arrived; made when it is not there. */
  notes: string
  /** Only look. */
  isDryRun?: boolean
  /**
   * Also remove at the target what we have taken there and the source has no longer: what was deleted between two moves.
   * Nothing is removed when the source is empty.
   */
  prunes?: boolean
  onProgress?(progress: { key: string; done: number; total: number }): void
}

export interface FileMoveReport {
  /** At the source. */
  total: number
  moved: number
  bytes: number
  /** By an earlier move. */
  already: number
  /** Deleted while we were on our way. */
  gone: number
  pruned: number
}

/** Throws a `FileError`, also when what arrives is not what was sent. The same again goes on from there. */
export async function moveFiles(options: FileMoveOptions): Promise<FileMoveReport> {
  const { source, notes, isDryRun = false, onProgress } = options
  const report: FileMoveReport = { total: 0, moved: 0, bytes: 0, already: 0, gone: 0, pruned: 0 }
  for await (const _key of source.keys()) report.total += 1
  if (isDryRun) return report
  await mkdir(notes, { recursive: true, mode: 0o700 })
  let done = 0
  for await (const { key, known } of withNotes(options)) {
    if (known.has(key) && (await options.target.exists(key))) report.already += 1
    else {
      const facts = await moveOne(options, key)
      if (facts === null) report.gone += 1
      else {
        report.moved += 1
        report.bytes += facts.bytes
        await appendFile(join(notes, beginningOf(key)), `${key} ${facts.bytes} ${facts.sha256}\n`, {
          mode: 0o600,
        })
      }
    }
    done += 1
    // What came after we had counted.
    onProgress?.({ key, done, total: Math.max(done, report.total) })
  }
  if (options.prunes === true && report.total > 0) report.pruned = await prune(options)
  return report
}

async function* withNotes({
  source,
  notes,
}: FileMoveOptions): AsyncGenerator<{ key: string; known: ReadonlySet<string> }> {
  let beginning = ''
  let known: ReadonlySet<string> = new Set()
  for await (const key of source.keys()) {
    if (beginningOf(key) !== beginning) {
      beginning = beginningOf(key)
      known = await readNotes(notes, beginning)
    }
    yield { key, known }
  }
}

/** Null when it is gone by now. */
async function moveOne({ source, target }: FileMoveOptions, key: string): Promise<BlobFacts | null> {
  const found = await source.get(key)
  if (found === null) return null
  const sent = await target.put(key, found.body, { bytesMax: found.bytes })
  const arrived = await factsOf(target, key)
  if (arrived?.bytes !== sent.bytes || arrived.sha256 !== sent.sha256 || sent.bytes !== found.bytes) {
    throw new FileError('file_damaged', `The blob ${key} is not at the target as it was sent.`)
  }
  // Who deletes a blob deletes it where the server keeps it, and knows nothing of our copy.
  if (await source.exists(key)) return sent
  await target.delete(key)
  return null
}

async function factsOf(store: BlobStore, key: string): Promise<BlobFacts | null> {
  const found = await store.get(key)
  if (found === null) return null
  const meter = createMeter(Infinity)
  for await (const _chunk of meter.read(found.body)) continue
  return meter.facts()
}

async function prune({ source, target, notes }: FileMoveOptions): Promise<number> {
  let pruned = 0
  for (const beginning of (await readdir(notes)).toSorted()) {
    for (const key of await readNotes(notes, beginning)) {
      if ((await source.exists(key)) || !(await target.exists(key))) continue
      await target.delete(key)
      pruned += 1
    }
  }
  return pruned
}

function beginningOf(key: string): string {
  return key.slice(0, 2)
}

async function readNotes(notes: string, beginning: string): Promise<ReadonlySet<string>> {
  const text = await readFile(join(notes, beginning), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  })
  return new Set(Array.from(text.matchAll(/^([0-9a-f]{32}) \d+ [0-9a-f]{64}\n/gm), ([, key = '']) => key))
}
