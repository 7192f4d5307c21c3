/** `npm run fuzz`: reads the parameters, runs, prints. */
import { parseArgs } from 'node:util'
import { runFuzz } from './fuzz.ts'
import { print } from './report.ts'
import { runSchemathesis } from './schemathesis.ts'

const usage = `npm run fuzz -- [options]

  --requests N                 how many requests are judged; default 20000
  --seed N                     default 1
  --database pglite|postgres   default pglite
  --socket-share N             of a hundred generated requests, so many over a real socket; default 10
  --lanes N                    how many people ask at the same time; default 6
  --requests-per-house N       how many one fresh database gets; default 50000
  --schemathesis               lets Schemathesis ask instead, which must be installed; what stands behind -- is handed on to it
`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    requests: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    database: { type: 'string', default: 'pglite' },
    'socket-share': { type: 'string', default: '10' },
    lanes: { type: 'string', default: '6' },
    'requests-per-house': { type: 'string', default: '50000' },
    schemathesis: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const database = values.database === 'postgres' ? 'postgres' : 'pglite'

if (values.help) process.stdout.write(usage)
else if (values.schemathesis) {
  process.exit(await runSchemathesis(database, Number(values.seed), positionals))
} else {
  const report = await runFuzz({
    database,
    seed: Number(values.seed),
    requests: Number(values.requests),
    socketShare: Number(values['socket-share']),
    lanes: Number(values.lanes),
    requestsPerHouse: Number(values['requests-per-house']),
    onProgress: (line) => void process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`),
  })
  await new Promise((resolve) => process.stdout.write(`\n${print(report)}\n`, resolve))
  process.exit(report.faults.length === 0 ? 0 : 1)
}
