/** One suite for both engines: whatever it says holds for each, defaults included. */
import { afterAll, beforeAll, describe } from 'vitest'
import { conversationRules } from './contract-conversation.ts'
import { errorRules } from './contract-errors.ts'
import { fileRules } from './contract-files.ts'
import { journalRules } from './contract-journal.ts'
import { pageRules } from './contract-pages.ts'
import type { ContractDatabase, Ground } from './contract-parts.ts'
import { runRules } from './contract-runs.ts'
import { turnRules } from './contract-turns.ts'
import { wallRules } from './contract-walls.ts'

export interface ContractSettings {
  onRefused(runId: string, error: unknown): void
}

export function storeContract(
  name: string,
  createDatabase: (settings: ContractSettings) => Promise<ContractDatabase>,
  missingReason: string | null = null,
): void {
  describe.skipIf(missingReason !== null)(
    missingReason === null ? name : `${name} (${missingReason})`,
    () => {
      const refused = new Map<string, unknown>()
      let opened: ContractDatabase | undefined

      function ground(): ContractDatabase {
        if (opened === undefined) throw new Error('The database is not open yet.')
        return opened
      }

      beforeAll(async () => {
        opened = await createDatabase({ onRefused: (runId, error) => refused.set(runId, error) })
      })
      afterAll(() => opened?.close())

      const rules: Ground = {
        store: () => ground().storage.store,
        journal: () => ground().storage.journal,
        files: () => ground().storage.files,
        database: () => ground().database,
        openAnother: () => ground().openAnother(),
        refused,
      }
      conversationRules(rules)
      pageRules(rules)
      runRules(rules)
      turnRules(rules)
      journalRules(rules)
      fileRules(rules)
      wallRules(rules)
      errorRules(rules)
    },
  )
}
