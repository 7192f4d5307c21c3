/** `npm run fuzz`: reads the parameters, runs, prints. */
import { parseArgs } from 'node:util'
import { runFuzz } from './fuzz.ts'
import { print } from './report.ts'

const usage = `npm run fuzz -- [options]

  --requests N                 how many requests are judged; default 20000
  --seed N                     default 1
  --database pglite|postgres   default pglite
  --socket-share N             of a hundred generated requests, so many over a real socket; default 10
  --lanes N                    how many people ask at the same time; default 6
  --requests-per-house N       how many one fresh database gets; default 50000
`

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    database: { type: 'string', default: 'pglite' },
    'socket-share': { type: 'string', default: '10' },
    lanes: { type: 'string', default: '6' },
    'requests-per-house': { type: 'string', default: '50000' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) process.stdout.write(usage)
else {
  const report = await runFuzz({
    database: values.database === 'postgres' ? 'postgres' : 'pglite',
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
