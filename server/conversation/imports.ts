/** Copies of conversations that were held elsewhere. `storage/imports.ts` implements it. */
import type { Item } from './items.ts'
import type { Owner, Thread } from './threads.ts'

export interface ThreadImports {
  /** How far the copy of a thread has come; null when nothing of it is here. */
  standing(owner: Owner, sourceId: string): Promise<ImportStanding | null>
  /**
   * Adds the next items of a thread, and the thread with the first of them: in one transaction, so that whoever is killed in
   * between has lost and doubled nothing. What is here already stays as it is.
   */
  add(owner: Owner, part: ImportedPart): Promise<Added>
  /** Where in the source's list of threads the copying under this name goes on; null: at its beginning. */
  place(tenantId: string, name: string): Promise<string | null>
  savePlace(tenantId: string, name: string, place: string | null): Promise<void>
}

export interface ImportStanding {
  /** As the source calls the last item that was copied; null before the first. */
  lastItemId: string | null
  /** It was copied and is no longer its user's: deleted here, mostly. */
  isGone: boolean
}

export interface ImportedPart {
  /** As the source calls the thread. A tenant has one copy of it, whatever it was copied from. */
  sourceId: string
  /** With a new id, which counts when nothing of the thread is here. */
  thread: Thread
  /** In their order, with the ids that they have there. */
  items: Item[]
  /** As the source calls the last item that was read, also when nothing could be made of it. Null: none was. */
  lastItemId: string | null
}

/** `gone`: as in `ImportStanding`. `taken`: another user has a copy of this thread. Nothing was written then. */
export type Added =
  | { outcome: 'added'; isNewThread: boolean; itemIds: string[] }
  | { outcome: 'gone' }
  | { outcome: 'taken' }
