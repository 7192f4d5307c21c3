/** The model of the settings, or the answerer that needs none. */
import { resolve } from 'node:path'
import type { Model } from '../conversation/model.ts'
import { readDocuments } from '../knowledge/documents.ts'
import { createPassageSearch } from '../knowledge/search.ts'
import { createAnswerer } from '../models/answerer.ts'
import { createModel } from '../models/create-model.ts'
import type { Settings } from '../settings/configuration.ts'
import { isSystemError, StartError } from './settled.ts'

/** Throws `StartError`. `ownDocuments`: the folder that is answered from when the settings name none. */
export async function chooseModel(settings: Settings, ownDocuments: string): Promise<Model> {
  const { model, modelProvider } = settings
  if (model === null || modelProvider === null) return answererFrom(settings.documents ?? ownDocuments)
  const keys = {
    openai: settings.openaiApiKey,
    anthropic: settings.anthropicApiKey,
    google: settings.googleApiKey,
    mistral: settings.mistralApiKey,
  }
  const apiKey = keys[modelProvider]
  return createModel(
    {
      provider: modelProvider,
      model,
      api: settings.modelApi,
      ...(apiKey === null ? {} : { apiKey }),
      ...(modelProvider === 'openai' && settings.openaiBaseUrl !== null
        ? { baseUrl: settings.openaiBaseUrl }
        : {}),
    },
    {
      firstTokenSecondsMax: settings.modelFirstTokenSeconds,
      silenceSecondsMax: settings.modelSilenceSeconds,
    },
  )
}

async function answererFrom(folder: string): Promise<Model> {
  const documents = await readDocuments(resolve(folder)).catch((error: unknown) => {
    throw isSystemError(error) ? new StartError(`PARLEY_DOCUMENTS cannot be read: ${error.message}`) : error
  })
  const search = createPassageSearch(documents)
  return createAnswerer({ find: search.find, topics: [...search.topics] })
}

/** For whoever starts the program. */
export function describeModel({ model, openaiApiKey }: Settings): string {
  if (model !== null) return model
  return openaiApiKey === null
    ? 'built-in answerer: no language model is configured'
    : 'built-in answerer: OPENAI_API_KEY is set, name a model with PARLEY_MODEL to use it'
}
