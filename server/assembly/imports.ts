/** `parley import`, by the settings. */
import { mkdir } from 'node:fs/promises'
import { readImportRequest, runImport } from '../commands/import-command.ts'
import type { ImportSurroundings } from '../commands/import-command.ts'
import { readConfiguration } from '../settings/configuration.ts'
import type { Environment, Settings } from '../settings/configuration.ts'
import type { Storage } from '../storage/open.ts'
import { logOf, openStorage } from './settled.ts'

export type ImportTerminal = Pick<ImportSurroundings, 'say' | 'isTerminal' | 'columns' | 'signal'>

/**
 * PGlite's directory serves one program at a time, so the server must be stopped meanwhile; Postgres serves both. Nothing is opened
 * for what only counts, or saves in a file. Throws `CommandLineError` or `StartError`.
 */
export async function runConfiguredImport(
  environment: Environment,
  parameters: string[],
  terminal: ImportTerminal,
): Promise<void> {
  const request = readImportRequest(parameters)
  const { settings } = readConfiguration(environment)
  const storage = request.into.kind === 'import' ? await open(settings, terminal) : null
  try {
    await runImport(request, {
      ...terminal,
      apiKey: settings.openaiApiKey,
      baseUrl: settings.openaiBaseUrl,
      imports: storage?.imports ?? null,
    })
  } finally {
    await storage?.close()
  }
}

async function open(settings: Settings, { say }: ImportTerminal): Promise<Storage> {
  if (settings.databaseUrl === null) await mkdir(settings.data, { recursive: true, mode: 0o700 })
  return openStorage(settings, { say, log: logOf(settings) })
}
