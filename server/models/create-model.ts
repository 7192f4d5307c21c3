import type { Model } from '../conversation/model.ts'
import { createOpenAiModel } from './openai-model.ts'
import { type OutputLimit, withOutputLimit } from './output-limit.ts'
import { createProviderModel, type ProviderName } from './provider-model.ts'
import { type RetryOptions, withRetry } from './retry.ts'
import { type TimeLimits, withTimeLimits } from './time-limits.ts'

export interface ModelSettings {
  /** `openai` is everything that speaks OpenAI's wire. */
  provider: 'openai' | ProviderName
  /** Which of OpenAI's two wires. Default `chat`. */
  api?: 'chat' | 'responses'
  baseUrl?: string
  apiKey?: string
  model: string
}

export type ModelLimits = TimeLimits & OutputLimit & RetryOptions

/** The configured model, with its limits around it: each attempt is timed, all of them together are cut to size. */
export function createModel(settings: ModelSettings, limits: ModelLimits = {}): Model {
  return withOutputLimit(withRetry(withTimeLimits(createBareModel(settings), limits), limits), limits)
}

function createBareModel(settings: ModelSettings): Model {
  const { provider, apiKey, baseUrl, model, api } = settings
  const place = baseUrl === undefined ? {} : { baseUrl }
  if (provider === 'openai') {
    return createOpenAiModel({
      model,
      ...place,
      ...(apiKey !== undefined && { apiKey }),
      ...(api && { api }),
    })
  }
  if (apiKey === undefined) throw new Error(`The provider ${provider} needs an API key.`)
  return createProviderModel({ provider, apiKey, model, ...place })
}
