/**
 * What the secret of a session is good for that a server has made: so many answers a minute, so many files a minute and in all, and
 * whatever else was said of it. Each process counts for itself. Whoever shows something else is held to none of it.
 */
import type { Identity } from '../auth/identity.ts'
import { createMemory } from '../auth/memory.ts'
import type { SessionAllowance, SessionAllowances } from '../auth/session-allowance.ts'
import { HttpProblem } from '../http/problem.ts'
import type { Limiter } from '../limits/limits.ts'
import { sessionSubject } from '../limits/subjects.ts'
import { admitCounted } from './counting.ts'

type Tell = (headers: Record<string, string>) => void

export interface MadeSessions {
  allowance: SessionAllowances
  /** Before an agent is asked to do anything. Throws `rate_limited`. `tell` says how the limit stands, whatever the reply will be. */
  countAnswer(identity: Identity, tell: Tell): Promise<void>
  /** Before a file is taken or announced. Throws `rate_limited`, and a problem that says what the session may not. */
  admitFile(identity: Identity, tell: Tell): Promise<AdmittedFile>
}

export interface AdmittedFile {
  /** Infinity: as many as the server takes. */
  bytesMax: number
  /** It came to nothing, and does not count to the session's files. */
  giveBack(): void
}

export interface MadeSessionsOptions {
  limiter: Limiter
  now: () => Date
  /** Default: no session is held to anything but its requests a minute. */
  allowances?: SessionAllowances
}

const sessionsMax = 10_000
const windowSeconds = 60

export function createMadeSessions({ limiter, now, allowances }: MadeSessionsOptions): MadeSessions {
  const allowance: SessionAllowances = (identity) => allowances?.(identity)
  /** Of each session, the files that it has sent. */
  const sent = createMemory<{ files: number }>(sessionsMax)

  async function count(identity: Identity, name: string, tell: Tell): Promise<void> {
    const { sessionId, requestsPerMinute: requestsMax } = identity
    if (sessionId === undefined || requestsMax === undefined) return
    const limit = { name, subject: sessionSubject(sessionId), requestsMax, windowSeconds }
    const release = await admitCounted([limit], { limiter, now, tell })
    release()
  }

  function sentBy({ sessionId = '', credential }: Identity): { files: number } {
    const known = sent.get(sessionId, now().getTime())
    if (known !== undefined) return known
    const fresh = { files: 0 }
    sent.set(sessionId, fresh, credential?.expiresAt ?? Number.POSITIVE_INFINITY)
    return fresh
  }

  return {
    allowance,
    countAnswer: (identity, tell) => count(identity, 'session-minute', tell),
    async admitFile(identity, tell) {
      const allowed = await allowance(identity)
      if (allowed === undefined) return { bytesMax: Number.POSITIVE_INFINITY, giveBack() {} }
      if (allowed.files === null)
        throw uploadRefusal('disabled', 'File uploads are disabled for this session.')
      // Apart from answers, or a message with ten files would be refused for its files.
      await count(identity, 'session-files-minute', tell)
      const { bytesMax, filesMax } = allowed.files
      const bySession = sentBy(identity)
      if (bySession.files >= filesMax) {
        throw uploadRefusal(
          'limit_reached',
          `This session may send ${filesMax} files (max_files), and has sent them.`,
        )
      }
      bySession.files += 1
      return { bytesMax, giveBack: () => void (bySession.files -= 1) }
    },
  }
}

/** `disabled` and `type_rejected` are OpenAI's codes. */
export function uploadRefusal(
  reason: 'disabled' | 'type_rejected' | 'too_large' | 'limit_reached',
  message: string,
): HttpProblem {
  return new HttpProblem(`chatkit.file_upload_${reason}`, message, { status: 400 })
}

export function uploadTooLarge(bytesMax: number): HttpProblem {
  return uploadRefusal('too_large', `Files of this session have at most ${bytesMax} bytes (max_file_size).`)
}

/** For clients of ours: what the session goes without, so that no button is shown for it. */
export function withoutHeader(allowance: SessionAllowance | undefined): Record<string, string> {
  if (allowance === undefined) return {}
  const without = [
    ...(allowance.files === null ? ['files'] : []),
    ...(allowance.threadsMax === 0 ? ['history'] : []),
  ]
  return without.length === 0 ? {} : { 'parley-session-without': without.join(', ') }
}
