/** What the door of files answers: an upload with ChatKit's attachment, a file with its bytes. */
import type { Attachment } from '../../conversation/items.ts'

export type { Attachment }

/** The body of every reply that is not 2xx. */
export interface WireError {
  error: { message: string; type: string; param: string | null; code: string }
}
