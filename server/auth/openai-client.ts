/** A client of OpenAI's API, loaded only where somebody needs it. */
import type * as OpenAiSdk from 'openai'

export interface OpenAiClientOptions {
  apiKey: string
  /** With `/v1`. */
  baseUrl: string
  /** How long one attempt may take. */
  attemptSecondsMax: number
  /** How often the SDK tries again by itself. */
  retriesMax: number
  /** Default: the global one. */
  fetch?: typeof globalThis.fetch
}

export const openAiUrl = 'https://api.openai.com/v1'

/** All of it is said: the SDK looks into the environment for what is not. */
export async function createOpenAiClient(
  options: OpenAiClientOptions,
): Promise<{ sdk: typeof OpenAiSdk; client: OpenAiSdk.OpenAI }> {
  const { apiKey, baseUrl: baseURL, attemptSecondsMax, retriesMax: maxRetries, fetch } = options
  const sdk = await import('openai')
  const client = new sdk.OpenAI({
    apiKey,
    baseURL,
    organization: null,
    project: null,
    webhookSecret: null,
    adminAPIKey: null,
    timeout: attemptSecondsMax * 1_000,
    maxRetries,
    logLevel: 'off',
    ...(fetch === undefined ? {} : { fetch }),
  })
  return { sdk, client }
}
