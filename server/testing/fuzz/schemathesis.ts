/**
 * A second opinion from another language: Schemathesis reads the same document and asks the same house. It is a program of its own
 * (https://schemathesis.readthedocs.io), which has to be installed: `pip install schemathesis`.
 */
import { spawn } from 'node:child_process'
import type { DatabaseKind } from '../databases.ts'
import { openHouse } from './house.ts'

/**
 * Not looked at: rules that a schema cannot say (a message has text or a file) are refused as well; another method at an address is
 * refused without its name for it; and what is shown with every request is shown with those that are to show nothing, too.
 */
const meant = ['positive_data_acceptance', 'unsupported_method', 'ignored_auth']

/** Resolves with its exit code; 127 where there is no such program. `parameters` are handed on. */
export async function runSchemathesis(
  database: DatabaseKind,
  seed: number,
  parameters: readonly string[],
): Promise<number> {
  const house = await openHouse(database)
  try {
    const [person] = house.people
    const shown = Object.entries(person?.credentials ?? {}).flatMap(([name, value]) => [
      '-H',
      `${name}: ${value}`,
    ])
    const all = [
      'run',
      `${house.url}/openapi.json`,
      '--checks=all',
      `--exclude-checks=${meant.join(',')}`,
      `--seed=${seed}`,
      ...shown,
      ...parameters,
    ]
    const code = await new Promise<number>((resolve) => {
      const child = spawn('schemathesis', all, { stdio: 'inherit' })
      child.on('error', () => resolve(127))
      child.on('close', (ended) => resolve(ended ?? 1))
    })
    for (const change of await house.past.changes()) process.stdout.write(`✗ another's rows: ${change}\n`)
    for (const failure of house.failures())
      process.stdout.write(`✗ written down: ${failure.slice(0, 2_000)}\n`)
    return code
  } finally {
    await house.close()
  }
}
