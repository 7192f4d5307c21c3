import { expect, test } from 'vitest'
import { runFuzz } from './testing/fuzz/fuzz.ts'
import { print } from './testing/fuzz/report.ts'

/** A sample of the long runs, which are a command: `npm run fuzz`. */
test('[INPUT-1] CVE-2026-23477: hundreds of requests that are drawn from the document find no fault and reach nothing of another’s', async () => {
  const report = await runFuzz({ database: 'pglite', seed: 20_261, requests: 800 })
  expect(report.faults, print(report)).toEqual([])
  expect(report.requests).toBeGreaterThanOrEqual(800)
  const statuses = new Set([...report.statuses.values()].flatMap((counts) => [...counts.keys()]))
  // Of every kind: what is done, refused, absent and not understood.
  expect([...statuses]).toEqual(expect.arrayContaining([200, 201, 400, 401, 403, 404, 415]))
}, 240_000)
