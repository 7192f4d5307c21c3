/** A user's tasks, as the todo agent needs them. `storage/tasks.ts` implements it. */
import { ParleyError } from '../conversation/errors.ts'
import type { Owner } from '../conversation/threads.ts'
import { cleanText, cutText } from '../conversation/text.ts'

export interface UserTask {
  /** `tsk_…` */
  id: string
  title: string
  done: boolean
  /** ISO 8601. */
  createdAt: string
}

/** Everything acts as the owner: another's task does not exist. */
export interface TaskStore {
  /** Those that are open first, each kind in the order of their places. At most 500 (`tasksMax`). */
  list(owner: Owner): Promise<UserTask[]>
  /** At the end of the list. Throws `wrong_state` for more than `tasksMax`. */
  add(owner: Owner, title: string): Promise<UserTask>
  /** Throws `not_found`. */
  change(owner: Owner, taskId: string, changes: { title?: string; done?: boolean }): Promise<UserTask>
  /** Throws `not_found`. */
  remove(owner: Owner, taskId: string): Promise<void>
}

const titleLengthMax = 200

/** Without control characters or blanks around it. Throws `invalid_request` for an empty or too long one. */
export function checkTitle(given: string): string {
  const title = cleanText(given)
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
  if (title === '') throw new ParleyError('invalid_request', 'A task needs a title.')
  if (title.length <= titleLengthMax) return title
  throw new ParleyError(
    'invalid_request',
    `A task’s title has at most ${titleLengthMax} characters (titleLengthMax).`,
  )
}

/** One wording for a task that does not exist and for one of somebody else. */
export function taskNotFound(named: string): ParleyError {
  return new ParleyError('not_found', `There is no task “${cutText(cleanText(named), 80)}” (any more).`)
}
