/**
 * What reading costs when there is much to read. Each sample fills a database of its own, and then asks in turns for what is small
 * and what is large in it, one question at a time, so that both meet the same weather:
 *
 *   fill ─▶ warm up ─▶ few … many … few … many … ─▶ many ÷ few, of each pair of blocks
 */
import { join } from 'node:path'
import { fillBook, fillItems, fillThreads } from './filling.ts'
import { benchFolder } from './laboratory.ts'
import type { Laboratory } from './laboratory.ts'
import type { LoadResult } from './load-plan.ts'
import { problemsOf, settle, startLoad, startWatch } from './measure.ts'
import type { Figures, LoadShape, Measured } from './measure.ts'
import { query } from './postgres-cluster.ts'
import { runProgram } from './processes.ts'
import type { Scenario, Size } from './scenarios.ts'
import type { RunningServer } from './server.ts'
import { median } from './statistics.ts'

export function createGrownScenarios(size: Size): Scenario[] {
  // Filling takes minutes at the full size.
  const many = size === 'quick' ? 100_000 : 1_000_000
  const count = many.toLocaleString('en')
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
      (laboratory, server) => measureReads(laboratory, server, { what: 'items', many, fill: fillItems }),
    ),
    scenario('threads', `the newest 10 threads, of 10 and of ${count}`, (laboratory, server) =>
      measureReads(laboratory, server, { what: 'threads', many, fill: fillThreads }),
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
  { what, many, fill }: { what: 'items' | 'threads'; many: number; fill: typeof fillItems },
): Promise<Measured> {
  const { seconds, url } = await filled(server, (place) => fill(place, many))
  const ask = (of: 'few' | 'many', streamsMax = block.streamsMax) =>
    startLoad(laboratory, server, { ...block, streamsMax }, `${what}-${of}`).ended
  const warm = [await ask('few', 2_000), await ask('many', 2_000)]
  await settle(server)
  const watch = startWatch(laboratory, server)
  const pairs: Record<'few' | 'many', LoadResult>[] = []
  for (let index = 0; index < blocks; index += 1) {
    // Whoever is second may find the way paved.
    const first = index % 2 === 0 ? 'few' : 'many'
    const one = await ask(first)
    const other = await ask(first === 'few' ? 'many' : 'few')
    pairs.push(first === 'few' ? { few: one, many: other } : { few: other, many: one })
  }
  const { otherCores = NaN } = watch()
  const part = (of: 'few' | 'many', name: 'p50' | 'p95'): number =>
    median(pairs.map((pair) => pair[of].reply[name]))
  const growth = (name: 'p50' | 'p95'): number =>
    median(pairs.map((pair) => pair.many.reply[name] / pair.few.reply[name]))
  return {
    figures: {
      rows: many,
      fillSeconds: seconds,
      growthP50: growth('p50'),
      growthP95: growth('p95'),
      fewP50Milliseconds: part('few', 'p50'),
      fewP95Milliseconds: part('few', 'p95'),
      manyP50Milliseconds: part('many', 'p50'),
      manyP95Milliseconds: part('many', 'p95'),
      otherCores,
      databaseBytes: await databaseBytes(url),
    },
    problems: [...warm, ...pairs.flatMap((pair) => [pair.few, pair.many])].flatMap(problemsOf),
    // What was filled in, nobody has streamed.
    answers: null,
  }
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
