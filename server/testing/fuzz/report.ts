/** What a run found, for people. */
import type { FuzzReport } from './fuzz.ts'

export function print({
  options,
  requests,
  statuses,
  faults,
  escapes,
  slowest,
  heap,
  seconds,
}: FuzzReport): string {
  const rows = [...statuses]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([operation, counts]) => {
      const all = [...counts]
        .toSorted(([one], [other]) => one - other)
        .map(([status, times]) => `${status}: ${times}`)
      return `  ${operation.padEnd(52)} ${all.join(', ')}`
    })
  const found = faults.map(({ kind, operation, times, detail, curl, repeat }) =>
    [
      `✗ ${operation}: ${kind} (${times} times)`,
      `    ${detail.replaceAll('\n', '\n    ')}`,
      `    ${curl}`,
      `    ${repeat}`,
    ].join('\n'),
  )
  return [
    ...rows,
    '',
    ...found,
    `${requests.toLocaleString('en')} requests on ${options.database}, seed ${options.seed}, in ${Math.round(seconds)} s`,
    `slowest: ${Math.round(slowest.milliseconds)} ms, ${slowest.curl.slice(0, 300)}`,
    `heap after each house: ${heap.join(', ')} MiB`,
    `${faults.length} faults, ${escapes} of them escapes`,
  ].join('\n')
}
