/**
 * ChatKit sessions by the settings: who shows a token of one, what goes with the runs it begins, and the door that gives them out.
 */
import type { Admission } from '../admission/admission.ts'
import { createHostedSessions } from '../auth/hosted-sessions.ts'
import type { HostedSessions } from '../auth/hosted-sessions.ts'
import type { Authenticator } from '../auth/identity.ts'
import type { Revocations } from '../auth/revocations.ts'
import { createSessionKeeper } from '../auth/session-keeper.ts'
import type { SessionAllowances } from '../auth/session-allowance.ts'
import type { SessionKeeper } from '../auth/session-keeper.ts'
import { createSessionAuthenticator } from '../auth/session-tokens.ts'
import { createSessionAllowances } from '../contracts/platform/allowances.ts'
import { createSessionsDoor } from '../contracts/sessions/routes.ts'
import { createSessionRunMetadata } from '../contracts/sessions/run-metadata.ts'
import type { RunMetadata } from '../contracts/sessions/run-metadata.ts'
import { siteOf } from '../contracts/sessions/sites.ts'
import type { Door } from '../http/door.ts'
import type { Settings } from '../settings/configuration.ts'
import type { SessionSettings } from '../settings/session-settings.ts'
import type { Storage } from '../storage/open.ts'

export interface SessionsParts {
  /** At least 32 bytes. */
  secret: string
  storage: Pick<Storage, 'sessions' | 'learners'>
  revocations: Revocations
  /** Our public origins, where a proxy rewrites `Host`. */
  publicOrigins?: readonly string[]
  /** In place of the API that the settings name. */
  hosted?: HostedSessions
  onFailure?: (event: string, fields: Record<string, unknown>) => void
  now?: () => Date
}

export interface Sessions {
  /** To be asked before all other authenticators. */
  tokens: Authenticator
  keeper: SessionKeeper
  runMetadata: RunMetadata
  allowances: SessionAllowances
  door(admission: Admission): Door
}

export async function createSessions(
  settings: SessionSettings & Pick<Settings, 'openaiApiKey' | 'openaiBaseUrl'>,
  parts: SessionsParts,
): Promise<Sessions> {
  const { secret, storage, revocations, publicOrigins = [] } = parts
  const { chatkitWorkflowId: workflowId, chatkitOrigins: allowedOrigins } = settings
  const clock = parts.now === undefined ? {} : { now: parts.now }
  const records = storage.sessions
  const keeper = createSessionKeeper({
    secret,
    records,
    revocations,
    hosted: parts.hosted ?? (await hostedBy(settings)),
    ...(parts.onFailure === undefined ? {} : { onFailure: parts.onFailure }),
    ...clock,
  })
  return {
    tokens: createSessionAuthenticator({
      secret,
      records,
      mayShow: (request) => siteOf(request, { allowedOrigins, publicOrigins }) !== 'other',
      ...clock,
    }),
    keeper,
    runMetadata: createSessionRunMetadata({ records, agent: settings.chatkitAgent }),
    allowances: createSessionAllowances({ records, ...clock }),
    door: (admission) =>
      createSessionsDoor({
        admission,
        sessions: keeper,
        workflowId,
        allowedOrigins,
        publicOrigins,
        creationsPerMinute: settings.chatkitSessionsPerMinute,
        learners: storage.learners,
        ...clock,
      }),
  }
}

async function hostedBy({
  chatkitWorkflowHosted,
  openaiApiKey: apiKey,
  openaiBaseUrl: baseUrl,
}: Pick<
  Settings,
  'chatkitWorkflowHosted' | 'openaiApiKey' | 'openaiBaseUrl'
>): Promise<HostedSessions | null> {
  if (chatkitWorkflowHosted === 'off' || apiKey === null) return null
  return createHostedSessions({ apiKey, ...(baseUrl === null ? {} : { baseUrl }) })
}
