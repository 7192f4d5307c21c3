/** Files that were sent to a thread before the message that they go with. */
import type { Owner } from './threads.ts'

export interface WaitingFiles {
  /**
   * The file, which is nobody's yet, goes with the thread's next message. Throws `not_found` for a thread or a file that the
   * owner does not have, and `wrong_state` for a thread that is not active, a file that belongs to a message, and more than
   * `filesMax` that wait.
   */
  add(owner: Owner, threadId: string, fileId: string, filesMax: number): Promise<void>
  /** The ids of those that still wait, oldest first. Empty for a thread that the owner does not have. */
  list(owner: Owner, threadId: string): Promise<string[]>
  /** The file goes, and out of the message that it was sent with. Its bytes are the file keeper's. Throws `not_found`. */
  remove(owner: Owner, fileId: string): Promise<void>
}
