/**
 * Sessions whose workflow is hosted at OpenAI, or wherever its ChatKit API is spoken: created there, with OpenAI's own SDK.
 * Source: https://platform.openai.com/docs/api-reference/chatkit/sessions
 */
import type * as OpenAiSdk from 'openai'
import { createOpenAiClient, openAiUrl } from './openai-client.ts'

export interface HostedSession {
  id: string
  clientSecret: string
  expiresAt: Date
}

export interface HostedRequest {
  /** Who it is for: what this user creates there is this user's. */
  user: string
  workflowId: string
  /** Handed to the workflow: texts by name. */
  stateVariables?: Readonly<Record<string, string>>
}

export interface HostedSessions {
  /** Throws `HostedSessionError`. */
  create(request: HostedRequest): Promise<HostedSession>
  /** The secret stops working. Throws `HostedSessionError`; one that is no longer there is no error. */
  cancel(hostedId: string): Promise<void>
}

/** What went wrong, without a word of what was sent or received: the SDK's own errors carry both. */
export class HostedSessionError extends Error {
  constructor(reason: string) {
    super(`The ChatKit API gave no session: ${reason}.`)
    this.name = 'HostedSessionError'
  }
}

export interface HostedSessionsOptions {
  apiKey: string
  /** With `/v1`. Default: OpenAI's. */
  baseUrl?: string
  /** How long one attempt may take. Default 5. */
  attemptSecondsMax?: number
  /** How long all attempts together may take. Default 12. */
  secondsMax?: number
  /** How often what failed is tried again, where that can help. Default 2. */
  retriesMax?: number
}

/** The longest that the API gives. */
const lifetimeSeconds = 600

export async function createHostedSessions(options: HostedSessionsOptions): Promise<HostedSessions> {
  const { apiKey, baseUrl = openAiUrl, secondsMax = 12 } = options
  const { attemptSecondsMax = 5, retriesMax = 2 } = options
  const { sdk, client } = await createOpenAiClient({ apiKey, baseUrl, attemptSecondsMax, retriesMax })
  const { sessions } = client.beta.chatkit
  const inTime = (): { signal: AbortSignal } => ({ signal: AbortSignal.timeout(secondsMax * 1_000) })
  return {
    async create({ user, workflowId, stateVariables }) {
      const workflow = {
        id: workflowId,
        ...(stateVariables === undefined ? {} : { state_variables: { ...stateVariables } }),
      }
      const expires = { anchor: 'created_at', seconds: lifetimeSeconds } as const
      try {
        return read(await sessions.create({ user, workflow, expires_after: expires }, inTime()))
      } catch (error) {
        throw failure(error, sdk)
      }
    },
    async cancel(hostedId) {
      try {
        await sessions.cancel(hostedId, inTime())
      } catch (error) {
        if (!(error instanceof sdk.NotFoundError)) throw failure(error, sdk)
      }
    },
  }
}

/** What comes from elsewhere is not believed to be what its types say. */
function read(answer: unknown): HostedSession {
  if (typeof answer !== 'object' || answer === null) throw new HostedSessionError('the answer is no session')
  const { id, client_secret: clientSecret, expires_at: expires }: Record<string, unknown> = { ...answer }
  if (!isVisible(id) || !isVisible(clientSecret) || typeof expires !== 'number' || !(expires > 0)) {
    throw new HostedSessionError('the answer is no session')
  }
  return { id, clientSecret, expiresAt: new Date(expires * 1_000) }
}

function isVisible(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]{1,4096}$/.test(value)
}

function failure(error: unknown, sdk: typeof OpenAiSdk): HostedSessionError {
  if (error instanceof HostedSessionError) return error
  if (error instanceof sdk.APIConnectionTimeoutError) return new HostedSessionError('it took too long')
  if (error instanceof sdk.APIUserAbortError) return new HostedSessionError('it took too long')
  if (error instanceof sdk.APIConnectionError) return new HostedSessionError('it cannot be reached')
  if (error instanceof sdk.APIError) return new HostedSessionError(`it answered with ${String(error.status)}`)
  return new HostedSessionError('its answer could not be read')
}
