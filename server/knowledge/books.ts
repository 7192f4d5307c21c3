/** Books in a database: what can be asked of them, and how they are written. `storage/passages.ts` implements both. */
import type { Owner } from '../conversation/threads.ts'

/** The book that is meant where none is named. */
export const defaultBook = 'book'

/** A part of a book. The narrowest that is named counts: a document's path before a lesson before a chapter. */
export interface BookScope {
  book: string
  chapter?: string
  /** Of the chapter, which must be named as well. */
  lesson?: string
  /** Of one document. */
  path?: string
}

export interface BookPassage {
  /** Unique in its book: the document's path and the passage's place, `04-python/01-intro.md:3`. */
  id: string
  book: string
  chapter?: string
  lesson?: string
  path: string
  /** Of the document. */
  title: string
  /** From the outermost to the innermost, ` › ` between them; empty before the first. */
  heading: string
  /** Markdown. */
  text: string
  url?: string
  /** More is better; comparable only among the answers to one query. */
  score: number
}

/** What of the book somebody looks at: with a path, that document; without, only the chapter is certain. */
export interface BookPlace {
  path?: string
  title?: string
  chapter?: string
  lesson?: string
}

export interface BookSearch {
  /**
   * The best passages of the owner's tenant first, at most `limit`. Misspelt words are looked for as the book's nearest.
   * Empty when nothing fits. `query` may be any text; only its first 2,000 characters and 24 different words count.
   */
  find(owner: Owner, query: string, scope: BookScope, limit: number): Promise<BookPassage[]>
  /**
   * The document whose page the address names (`/docs/04-python/01-intro` names `04-python/01-intro`), else the lesson's first,
   * else the chapter. Null when the book has none of them.
   */
  place(owner: Owner, book: string, page: PageAddress): Promise<BookPlace | null>
}

export interface PageAddress {
  pagePath?: string
  chapter?: string
  lesson?: string
}

/** A document, ready to be stored. */
export interface BookDocument {
  path: string
  page: string
  chapter: string | null
  lesson: string | null
  title: string
  /** The same one means the same document: then nothing is written. */
  checksum: string
  passages: { heading: string; url: string | null; text: string }[]
}

/** Writes a tenant's book. Each call is one transaction; calls for one book happen one after the other, whoever makes them. */
export interface BookWriter {
  replaceDocument(tenantId: string, book: string, document: BookDocument): Promise<'written' | 'unchanged'>
  /** Removes the documents whose paths are not among these. Resolves with how many. */
  keepOnly(tenantId: string, book: string, paths: string[]): Promise<number>
}
