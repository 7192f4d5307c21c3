/** The commands that are done at once, each with the settings that a server would have here. */
import { resolve } from 'node:path'
import { createApiKeys } from '../auth/api-keys.ts'
import { createToken } from '../auth/bearer-tokens.ts'
import { defaultTenantId } from '../auth/identity.ts'
import { createRevocations } from '../auth/revocations.ts'
import { changeUsers, readUserRequest } from '../commands/account-command.ts'
import { readIngestRequest, readTokenRequest } from '../commands/command-line.ts'
import { changeKeys, readKeyRequest } from '../commands/key-command.ts'
import type { Terminal } from '../commands/progress-bar.ts'
import { ParleyError } from '../conversation/errors.ts'
import { defaultBook } from '../knowledge/books.ts'
import { ingestFolder } from '../knowledge/ingest.ts'
import type { Environment } from '../settings/configuration.ts'
import type { Storage } from '../storage/open.ts'
import { createAccounts } from './create-accounts.ts'
import { logOf, openStorage, settle, StartError } from './settled.ts'
import type { Settled } from './settled.ts'

/** `parley token`: prints a credential, because it was asked to. */
export async function printToken(
  environment: Environment,
  parameters: string[],
  { say }: Terminal,
): Promise<void> {
  const request = readTokenRequest(parameters)
  const { secret } = await settle(environment)
  say(`${await createToken({ secret }, request)}\n`)
}

/** `parley ingest`. */
export async function ingest(
  environment: Environment,
  parameters: string[],
  terminal: Terminal,
): Promise<void> {
  const { folder, book = defaultBook, tenantId = defaultTenantId, baseUrl } = readIngestRequest(parameters)
  const { say, isTerminal } = terminal
  await withStorage(environment, terminal, async ({ bookWriter: writer }) => {
    const { written, passages, unchanged, removed } = await ingestFolder({
      folder: resolve(folder),
      tenantId,
      book,
      ...(baseUrl === undefined ? {} : { baseUrl }),
      writer,
      onProgress({ done, total }) {
        if (isTerminal) say(`\r${done} of ${total} files`)
        else if (done % 100 === 0 || done === total) say(`${done} of ${total} files\n`)
      },
    }).catch((error: unknown) => {
      throw error instanceof ParleyError ? new StartError(error.message, { cause: error }) : error
    })
    if (isTerminal) say('\n')
    say(
      `${book}: ${written} files written (${passages} passages), ${unchanged} unchanged, ${removed} removed\n`,
    )
  })
}

/** `parley user`. */
export async function changeAccounts(
  environment: Environment,
  parameters: string[],
  terminal: Terminal,
): Promise<void> {
  const request = readUserRequest(parameters)
  await withStorage(environment, terminal, async (storage, { settings, secret }) => {
    const revocations = createRevocations({ source: storage.revocations })
    const onFailure = logOf(settings).error
    const accounts = createAccounts(settings, { database: storage.accounts, secret, revocations, onFailure })
    if (accounts === null) throw new StartError('There are no accounts here: PARLEY_ACCOUNTS is off.')
    await changeUsers(accounts.users, request, terminal.say)
  })
}

/** `parley key`. */
export async function changeApiKeys(
  environment: Environment,
  parameters: string[],
  terminal: Terminal,
): Promise<void> {
  const request = readKeyRequest(parameters)
  await withStorage(environment, terminal, async ({ apiKeys: records, revocations: source }) => {
    await changeKeys(
      createApiKeys({ records, revocations: createRevocations({ source }) }),
      request,
      terminal.say,
    )
  })
}

/** PGlite's directory serves one program at a time, so the server must be stopped meanwhile; Postgres serves both. */
async function withStorage(
  environment: Environment,
  { say }: Terminal,
  work: (storage: Storage, settled: Settled) => Promise<void>,
): Promise<void> {
  const settled = await settle(environment)
  const storage = await openStorage(settled.settings, { say, log: logOf(settled.settings) })
  try {
    await work(storage, settled)
  } finally {
    await storage.close()
  }
}
