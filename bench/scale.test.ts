import { expect, test } from 'vitest'
import { balancerConfiguration, coresForThroughput, fleetKinds } from './fleet.ts'
import { createReadings } from './figures.ts'
import { scaleFigures } from './scale.ts'
import { createScenarios } from './scenarios.ts'
import { checkTargets } from './targets.ts'

const used = { cpuSeconds: 3, databaseCpuSeconds: 1, proxyCpuSeconds: 0.5 }

test('[SCALE-1] what a turn costs is told of each that takes part, and throughput only where there are cores for all', () => {
  expect(scaleFigures(used, 1_000, 2, 2)).toEqual({
    turnMilliseconds: 4,
    serverTurnMilliseconds: 3,
    databaseTurnMilliseconds: 1,
    proxyTurnMilliseconds: 0.5,
    databaseCores: 0.5,
    proxyCores: 0.25,
  })
  expect(scaleFigures({ ...used, storeCpuSeconds: 2 }, 1_000, 2, coresForThroughput)).toMatchObject({
    storeTurnMilliseconds: 2,
    storeCores: 1,
    turnsPerSecond: 500,
  })
})

test('[SCALE-1] the proxy hands requests to one process after the other, and sticks to nothing', () => {
  const text = balancerConfiguration('/folder', 80, [1001, 1002])
  expect(text).toContain('server 127.0.0.1:1001;\n    server 127.0.0.1:1002;')
  expect(text).not.toMatch(/ip_hash|hash |sticky|cookie/)
  expect(text).toContain('proxy_buffering off;')
})

test('[SCALE-1] the scenarios are there by name and in full runs, with one, two and four processes', () => {
  const scenarios = createScenarios('full').filter(({ name }) => name.startsWith('scale'))
  expect(scenarios.map(({ name }) => name)).toEqual(['scale', 'scale-next', 'scale-follow', 'scale-sessions'])
  const names = fleetKinds.map(({ name }) => name)
  expect(names).toEqual(
    [1, 2, 4]
      .map((count) => `parley-x${count}`)
      .flatMap((name) => name)
      .concat([1, 2, 4].map((count) => `parley-x${count}-redis`)),
  )
  expect(scenarios.map(({ rounds }) => rounds.full?.servers.length)).toEqual([3, 3, 3, 6])
})

test('[SCALE-2] growth is judged by what a turn costs, and by throughput where that was measured', () => {
  const sample = (server: string, figures: Record<string, number>) => ({
    scenario: 'scale',
    server,
    repetition: 1,
    figures,
    problems: [],
  })
  const verdicts = (one: Record<string, number>, four: Record<string, number>) =>
    checkTargets(createReadings([sample('parley-x1', one), sample('parley-x4', four)]))
      .filter(({ value }) => value !== null)
      .map(({ isMet }) => isMet)
  expect(verdicts({ turnMilliseconds: 1 }, { turnMilliseconds: 1.1 })).toEqual([true])
  expect(verdicts({ turnMilliseconds: 1 }, { turnMilliseconds: 1.2 })).toEqual([false])
  const one = { turnMilliseconds: 1, turnsPerSecond: 100 }
  expect(verdicts(one, { turnMilliseconds: 1, turnsPerSecond: 361 })).toEqual([true, true])
  expect(verdicts(one, { turnMilliseconds: 1, turnsPerSecond: 359 })).toEqual([true, false])
})
