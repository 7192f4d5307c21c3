/** What the server and its database thread say to each other. */
import type { Value } from './database.ts'

export interface PlainStatement {
  text: string
  values: readonly Value[]
}

export type PgliteRequest =
  /** One after the other; the first failure ends the list. */
  | { type: 'run'; id: number; statements: PlainStatement[] }
  | { type: 'script'; id: number; text: string }
  /** Answers with the whole data directory, packed. */
  | { type: 'dump'; id: number }
  | { type: 'close'; id: number }

export type PgliteResponse =
  | { type: 'done'; id: number; results: (readonly unknown[])[] }
  | { type: 'dumped'; id: number; archive: Uint8Array }
  | { type: 'failed'; id: number; message: string; code?: string; constraint?: string }
  | { type: 'opened' }
  | { type: 'not-opened'; message: string }

export interface PgliteStart {
  /** Where the data is, or null for memory only. */
  dataDirectory: string | null
  /** A packed data directory to begin with, when there is nothing yet. */
  preparedFile: string | null
}

/** The part of a MessagePort, and of a worker's parent port, that is used. */
export interface Port {
  postMessage(message: PgliteResponse): void
  on(event: 'message', listener: (message: PgliteRequest) => void): unknown
  close(): void
}
