/** `npm run torture`: reads the parameters, runs, prints. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { faults, withoutObject } from './faults.ts'
import { print, verdictOf } from './report.ts'
import { runTorture } from './torture.ts'
import type { TortureOptions } from './torture.ts'

const usage = `npm run torture -- [options]

  --database postgres|pglite   default postgres
  --seed N                     default 1
  --minutes M                  under faults; default 5, or as long as --kills and every fault take
  --kills K                    at least so many
  --faults a,b                 only these
  --users N                    default 12
  --history FILE               where the history goes, as lines of JSON, and beside it what the programs print;
                               default: a new file among the system's temporary ones
  --require-all                a fault that is skipped, or has no turn, is a failure
  --quiet                      no line for each fault

faults: ${[...faults.map(({ name }) => name), ...Object.keys(withoutObject)].join(', ')}
`

const { values } = parseArgs({
  options: {
    database: { type: 'string', default: 'postgres' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string' },
    kills: { type: 'string' },
    faults: { type: 'string' },
    users: { type: 'string', default: '12' },
    history: { type: 'string' },
    'require-all': { type: 'boolean', default: false },
    quiet: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const { minutes, kills } = values
const newHistory = (): string => join(mkdtempSync(join(tmpdir(), 'parley-history-')), 'history.jsonl')
const historyPath = values.history ?? (values.help ? '' : newHistory())
const time = minutes ?? (kills === undefined ? '5' : undefined)
const options: TortureOptions = {
  database: values.database === 'pglite' ? 'pglite' : 'postgres',
  seed: Number(values.seed),
  users: Number(values.users),
  ...(time !== undefined && { minutes: Number(time) }),
  ...(kills !== undefined && { kills: Number(kills) }),
  ...(values.faults !== undefined && { faults: values.faults.split(',') }),
  historyPath,
  ...(values.quiet ? {} : { onProgress: (line: string) => void process.stdout.write(`${line}\n`) }),
}

if (values.help) process.stdout.write(usage)
else {
  const report = await runTorture(options)
  const { text, isGood } = verdictOf(report, values['require-all'])
  const said = `\n${print(report)}\nhistory: ${historyPath}\n${text}\n`
  await new Promise((resolve) => process.stdout.write(said, resolve))
  // Left to end by itself, Node 20 spins for minutes over sockets that were reset (uv_run in CleanupHandles).
  process.exit(isGood ? 0 : 1)
}
