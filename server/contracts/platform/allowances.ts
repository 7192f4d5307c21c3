/** What a session's terms allow, read once for each session: they never change. */
import type { SessionRecords } from '../../auth/chatkit-sessions.ts'
import type { Identity } from '../../auth/identity.ts'
import { createMemory } from '../../auth/memory.ts'
import { isMadeSession } from '../../auth/session-allowance.ts'
import type { SessionAllowance, SessionAllowances } from '../../auth/session-allowance.ts'
import { SessionTerms } from './wire.ts'
import type { Configuration } from './wire.ts'

export interface SessionAllowanceOptions {
  records: Pick<SessionRecords, 'find'>
  now?: () => Date
}

const rememberedMax = 10_000
const bytesOfMegabyte = 1_048_576

export function createSessionAllowances({
  records,
  now = () => new Date(),
}: SessionAllowanceOptions): SessionAllowances {
  const remembered = createMemory<SessionAllowance>(rememberedMax)

  async function read(owner: Identity, sessionId: string): Promise<SessionAllowance> {
    const known = remembered.get(sessionId, now().getTime())
    if (known !== undefined) return known
    const { terms, expiresAt } = await records.find(owner, sessionId)
    const allowance = allowanceOf(SessionTerms.parse(terms).chatkit_configuration)
    remembered.set(sessionId, allowance, expiresAt.getTime())
    return allowance
  }

  return (identity) =>
    identity.sessionId !== undefined && isMadeSession(identity)
      ? read(identity, identity.sessionId)
      : undefined
}

function allowanceOf({
  automatic_thread_titling: titling,
  file_upload: { enabled, max_file_size, max_files },
  history,
}: Configuration): SessionAllowance {
  const unlimited = Number.POSITIVE_INFINITY
  return {
    files: enabled
      ? { bytesMax: (max_file_size ?? unlimited) * bytesOfMegabyte, filesMax: max_files ?? unlimited }
      : null,
    threadsMax: history.enabled ? history.recent_threads : 0,
    titles: titling.enabled,
  }
}
