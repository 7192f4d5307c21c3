/** What has become of what was copied, counted. */

export interface ImportReport {
  /** New here. */
  threads: number
  items: number
  /** Were here already. */
  knownThreads: number
  knownItems: number
  /** What was left out, by its kind. */
  skipped: Map<string, number>
  /** What was taken and is not quite what it was, by its kind. */
  notes: Map<string, number>
  /** What could not be read, in sentences: the first of them. */
  failures: string[]
  failureCount: number
}

const failuresShownMax = 20
/** Whoever makes up kinds does not fill our memory with them. */
const kindsMax = 100
const otherKinds = 'other things'

export function createImportReport(): ImportReport {
  return {
    threads: 0,
    items: 0,
    knownThreads: 0,
    knownItems: 0,
    skipped: new Map(),
    notes: new Map(),
    failures: [],
    failureCount: 0,
  }
}

export function count(counts: Map<string, number>, kind: string): void {
  const name = counts.has(kind) || counts.size < kindsMax ? kind : otherKinds
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

export function noteFailure(report: ImportReport, sentence: string): void {
  report.failureCount += 1
  if (report.failures.length < failuresShownMax) report.failures.push(sentence)
}
