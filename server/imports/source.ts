/**
 * Where conversations are copied from, and where to. A source asks how far a thread has come before it reads on in it.
 *
 *   source ── standing? ──▶ target          parts, in the order of the threads' creation and of what was said in them
 *      └───── part, part, place, … ───────▶ target
 */

export interface ThreadSource {
  /**
   * Ends when there is nothing more. Throws a `ParleyError` for what stops all of it, and the signal's reason. Whoever takes a
   * step waits until the one before it has been seen to.
   */
  steps(target: Pick<ImportTarget, 'standing'>, signal: AbortSignal): AsyncIterable<SourceStep>
}

export type SourceStep =
  | { kind: 'part'; part: SourcePart; progress: number | null }
  /** All before it has been given: from here one can go on another time. Null: that was everything. */
  | { kind: 'place'; place: string | null }
  /** Something is left out; `kind` counts it. */
  | { kind: 'skipped'; what: string }
  /** Something could not be read, in a sentence. */
  | { kind: 'failed'; sentence: string }

/** As the source tells them. */
export interface SourcePart {
  thread: unknown
  /** Empty for a thread in which nothing (more) was said. */
  items: unknown[]
  /** The first of this thread in this run. */
  isFirst: boolean
}

/** `skip`: nothing of it is wanted, which the target has counted. */
export type Standing = { after: string | null } | 'skip'

export interface ImportTarget {
  standing(thread: unknown): Promise<Standing>
  write(part: SourcePart): Promise<void>
  savePlace(place: string | null): Promise<void>
  close(): Promise<void>
}
