/** Threads as OpenAI's platform API tells them (`chatkit.thread`), made ours. */
import { isId } from '../auth/identity.ts'
import { cleanText, cutText } from '../conversation/text.ts'
import type { Thread, ThreadStatus } from '../conversation/threads.ts'
import { isObject, textOf } from './json-reading.ts'

export interface ReadThread {
  sourceId: string
  /** As it is called here. */
  userId: string
  /** It is called otherwise there. */
  isRenamed: boolean
  createdAt: Date
  title?: string
  status: ThreadStatus
}

/** What it is, or in which kind of thing it is counted that was not copied. */
export type Reading<Value> = { value: Value } | { skipped: string }

const titleLengthMax = 500
const reasonLengthMax = 1_000

export function readThread(raw: unknown): Reading<ReadThread> {
  if (!isObject(raw) || !isId(raw['id'])) return { skipped: 'threads without an id' }
  const createdAt = instantOf(raw['created_at'])
  if (createdAt === null) return { skipped: 'threads without a time' }
  const user = textOf(raw['user'])
  if (user === undefined) return { skipped: 'threads of nobody' }
  const userId = isId(user) ? user : encodeURIComponent(cleanText(user))
  if (!isId(userId)) return { skipped: 'threads of users whose names are too long' }
  const title = textOf(raw['title'])
  return {
    value: {
      sourceId: raw['id'],
      userId,
      isRenamed: userId !== user,
      createdAt,
      ...(title === undefined ? {} : { title: cutText(cleanText(title), titleLengthMax) }),
      status: statusOf(raw['status']),
    },
  }
}

/** With an id of ours. */
export function threadOf({ createdAt, title, status }: ReadThread, id: string): Thread {
  return {
    id,
    created_at: createdAt.toISOString(),
    ...(title === undefined ? {} : { title }),
    status,
    metadata: {},
  }
}

function statusOf(raw: unknown): ThreadStatus {
  const { type, reason } = isObject(raw) ? raw : {}
  if (type !== 'locked' && type !== 'closed') return { type: 'active' }
  const said = textOf(reason)
  return { type, ...(said === undefined ? {} : { reason: cutText(cleanText(said), reasonLengthMax) }) }
}

/** The year 9999. */
const secondsMax = 253_402_300_799

/** Seconds of the epoch. Null for anything else. */
export function instantOf(seconds: unknown): Date | null {
  const isInstant = typeof seconds === 'number' && seconds >= 0 && seconds <= secondsMax
  return isInstant ? new Date(seconds * 1_000) : null
}
