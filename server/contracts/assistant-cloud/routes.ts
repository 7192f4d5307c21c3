/**
 * The assistant-cloud door: what assistant-ui's cloud client asks, with `baseUrl: 'https://<host>/assistant-cloud'`. It keeps
 * threads and messages; who answers is the client's business, at another door of ours or anywhere.
 *
 *   a page ─▶ Authorization: Bearer <JWT of a user, or of a guest> ─────────────────────╮
 *   a server ─▶ Bearer sk-parley-… + Aui-Workspace-Id ─▶ that user, if the key may ─────┴─▶ threads, messages, titles, files
 *                                                    ╰▶ projects/…: all of the tenant's
 *
 * It has a path of its own because the client's own paths are OpenAI's names for other things: `/v1/threads`, `/v1/files`.
 * Source: assistant-cloud 0.2.2, and https://www.assistant-ui.com/docs/cloud/api
 */
import type { Admit, LimitRule } from '../../admission/admission.ts'
import type { Access } from '../../admission/caller.ts'
import type { CorsPolicy } from '../../http/cors.ts'
import { createDoor } from '../../http/door.ts'
import type { Door } from '../../http/door.ts'
import { limitHeaderNames } from '../../limits/headers.ts'
import { encodeProblem } from './encode.ts'
import { messageRoutes } from './message-routes.ts'
import type { AssistantCloudDoorOptions } from './options.ts'
import { projectRoutes } from './project-routes.ts'
import { reportRoutes } from './report-routes.ts'
import { threadRoutes } from './thread-routes.ts'
import { tokenRoutes } from './token-routes.ts'
import { CloudProblem } from './wire.ts'

/** A message is a few requests: to keep it, to name its thread, to report. */
const cloudLimits: readonly LimitRule[] = [
  { name: 'assistant-cloud-user-minute', per: 'user', requestsMax: 600, windowSeconds: 60 },
  { name: 'assistant-cloud-address-minute', per: 'address', requestsMax: 6_000, windowSeconds: 60 },
]
const guestLimits: readonly LimitRule[] = [
  { name: 'assistant-cloud-guests-minute', per: 'address', requestsMax: 120, windowSeconds: 60 },
]

/** Tokens are shown by scripts only, so any page may ask. What an API key needs, no page may send: keys are for servers. */
const cors: CorsPolicy = {
  credentialedOrigins: [],
  anyOrigin: true,
  allowedHeaders: ['Authorization', 'Content-Type', 'Aui-Sdk', 'X-Request-ID'],
  exposedHeaders: ['X-Request-ID', ...limitHeaderNames],
}

export function createAssistantCloudDoor(options: AssistantCloudDoorOptions): Door {
  return createDoor<Access>({
    title: 'assistant-ui',
    description:
      'Threads and messages of assistant-ui’s cloud client, whose base URL is this server’s with `/assistant-cloud`.',
    routes: [
      ...tokenRoutes(options),
      ...threadRoutes(options),
      ...messageRoutes(options),
      ...reportRoutes(options),
      ...projectRoutes(options),
    ],
    admit: createAdmit(options),
    encodeProblem,
    problemSchema: CloudProblem,
    problemStatuses: [400, 401, 403, 404, 405, 409, 413, 415, 429, 500, 503],
    cors,
    below: ['/assistant-cloud/*'],
  })
}

/** A key is itself where the tenant's is asked for, and a user elsewhere. */
function createAdmit({ admission, actingAdmission, limits = cloudLimits }: AssistantCloudDoorOptions): Admit {
  // That is: by no cookie, whatever is asked for.
  const guestsBeginWith = { resource: 'session', action: 'create' } as const
  const ofKeys = admission({ limits, guestsBeginWith })
  const ofUsers = actingAdmission({ limits, guestsBeginWith })
  const ofGuests = admission({ limits: guestLimits })
  return (request, access, context) => {
    if (access === 'public') return ofGuests(request, access, context)
    return (isOfTenant(access) ? ofKeys : ofUsers)(request, access, context)
  }
}

function isOfTenant(access: Access): boolean {
  return typeof access === 'object' && access.resource.startsWith('platform-')
}
