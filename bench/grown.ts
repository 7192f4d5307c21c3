/**
 * What reading costs when there is much to read. Each sample fills a database of its own, and then asks in turns for what is small
 * and what is large in it, one question at a time, so that both meet the same weather:
 *
 *   fill ─▶ warm up ─▶ few … some … more … many … many … more … ─▶ many ÷ few, of each round of blocks
 */
import { join } from 'node:path'
import { fillBook, fillItems, fillThreads } from './filling.ts'
import type { Amounts } from './filling.ts'
import { benchFolder } from './laboratory.ts'
import type { Laboratory } from './laboratory.ts'
import type { LoadResult } from './load-plan.ts'
import { problemsOf, settle, startLoad, startWatch } from './measure.ts'
import type { Figures, LoadShape, Measured } from './measure.ts'
import { query } from './postgres-cluster.ts'
import { runProgram } from './processes.ts'
import { readerNames } from './read-protocols.ts'
import type { Reader } from './read-protocols.ts'
import type { Scenario, Size } from './scenarios.ts'
import type { RunningServer } from './server.ts'
import { median } from './statistics.ts'

export function createGrownScenarios(size: Size): Scenario[] {
  // Filling takes minutes at the full size.
  const many = size === 'quick' ? 100_000 : 1_000_000
  const count = many.toLocaleString('en')
  const between = { some: 1_000, more: 30_000 }
  const scenario = (name: string, title: string, measure: Scenario['measure']): Scenario => ({
    name,
    title,
    rounds: { quick: null, full: { servers: ['parley-postgres'], repetitions: 2 } },
    measure,
  })
  return [
    scenario(
      'items',
      `the newest page of 20, in a thread of 20 items and of ${count}`,
      (laboratory, server) =>
        measureReads(laboratory, server, {
          what: 'items',
          amounts: { few: 20, ...between, many },
          fill: fillItems,
        }),
    ),
    scenario('threads', `the newest 10 threads, of 10 and of ${count}`, (laboratory, server) =>
      measureReads(laboratory, server, {
        what: 'threads',
        amounts: { few: 10, ...between, many },
        fill: fillThreads,
      }),
    ),
    scenario('search', `a search among ${count} passages of a book`, (laboratory, server) =>
      measureSearch(laboratory, server, many),
    ),
  ]
}

const blocks = 12
const block: LoadShape = {
  wish: { tokens: 0, tokensPerSecond: 0, delayMilliseconds: 0 },
  openMax: 1,
  streamsMax: 150,
  secondsMax: 60,
  opensPerSecond: Infinity,
  openedWith: 'head',
}

async function measureReads(
  laboratory: Laboratory,
  server: RunningServer,
  { what, amounts, fill }: { what: 'items' | 'threads'; amounts: Amounts; fill: typeof fillItems },
): Promise<Measured> {
  const { seconds, url } = await filled(server, (place) => fill(place, amounts))
  const ask = (of: Reader, streamsMax = block.streamsMax) =>
    startLoad(laboratory, server, { ...block, streamsMax }, `${what}-${of}`).ended
  const warm = await inTurn(readerNames, (of) => ask(of, 2_000))
  await settle(server)
  const watch = startWatch(laboratory, server)
  const rounds: Record<Reader, LoadResult>[] = []
  for (let index = 0; index < blocks; index += 1) {
    // Whoever comes later may find the way paved.
    rounds.push(await inTurn(index % 2 === 0 ? readerNames : readerNames.toReversed(), (of) => ask(of)))
  }
  const { otherCores = NaN } = watch()
  const figures: Figures = { rows: amounts.many, fillSeconds: seconds, otherCores }
  for (const part of ['P50', 'P95'] as const) {
    const name = part === 'P50' ? 'p50' : 'p95'
    figures[`growth${part}`] = median(rounds.map(({ few, many }) => many.reply[name] / few.reply[name]))
    for (const of of readerNames)
      figures[`${of}${part}Milliseconds`] = median(rounds.map((round) => round[of].reply[name]))
  }
  for (const of of readerNames) figures[`${of}Rows`] = amounts[of]
  return {
    figures: { ...figures, databaseBytes: await databaseBytes(url) },
    problems: [warm, ...rounds].flatMap((round) => Object.values(round)).flatMap(problemsOf),
    // What was filled in, nobody has streamed.
    answers: null,
  }
}

/** One after the other. */
async function inTurn(
  order: readonly Reader[],
  ask: (of: Reader) => Promise<LoadResult>,
): Promise<Record<Reader, LoadResult>> {
  const results: Partial<Record<Reader, LoadResult>> = {}
  for (const of of order) results[of] = await ask(of)
  return results as Record<Reader, LoadResult>
}

/** Kinds of five-word questions, by how many passages have their words. */
export const searchKinds = ['rare', 'middling', 'common', 'misspelt'] as const

/** The product's own search on a database of its own size, without the model that would ask for it: see `peers/search-times.mjs`. */
async function measureSearch(
  laboratory: Laboratory,
  server: RunningServer,
  passages: number,
): Promise<Measured> {
  const { seconds, url } = await filled(server, (place) => fillBook(place, passages))
  const watch = startWatch(laboratory, server)
  const said = await runProgram({
    command: [laboratory.node, join(benchFolder, 'peers', 'search-times.mjs')],
    environment: { PATH: laboratory.path, DATABASE_URL: url, NODE_ENV: 'production' },
    cores: laboratory.cores?.server,
  })
  const { otherCores = NaN } = watch()
  const times: Record<string, { p50: number; p95: number; found: number }> = JSON.parse(said)
  const figures: Figures = { rows: passages, fillSeconds: seconds, otherCores }
  for (const kind of searchKinds) {
    figures[`${kind}P50Milliseconds`] = times[kind]?.p50 ?? NaN
    figures[`${kind}P95Milliseconds`] = times[kind]?.p95 ?? NaN
  }
  const problems = searchKinds.flatMap((kind) =>
    (times[kind]?.found ?? 0) > 0 ? [] : [`nothing was found for ${kind} words`],
  )
  return { figures: { ...figures, databaseBytes: await databaseBytes(url) }, problems, answers: null }
}

async function filled(
  { databaseUrl: url }: RunningServer,
  fill: (url: string) => Promise<void>,
): Promise<{ seconds: number; url: string }> {
  if (url === undefined) throw new Error('Only a Postgres can be filled from outside.')
  const begun = performance.now()
  await fill(url)
  return { seconds: (performance.now() - begun) / 1_000, url }
}

async function databaseBytes(url: string): Promise<number> {
  const [row] = await query(url, 'select pg_database_size(current_database())::float8 as bytes')
  return Number(row?.['bytes'])
}
