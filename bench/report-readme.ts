/** What the README quotes: the targets, between two marks, from the same run as the published page. */
import { describeWeather } from './figures.ts'
import type { Report } from './report.ts'
import { showTarget } from './targets.ts'

const beginMark = '<!-- figures: npm run bench -- --publish -->'
const endMark = '<!-- end of figures -->'

/** The same text with these figures in it. Throws when the marks are not there, in their order. */
export function withFigures(readme: string, report: Report): string {
  const begin = readme.indexOf(beginMark)
  const end = readme.indexOf(endMark)
  if (begin === -1 || end < begin)
    throw new Error(`The README has no place for figures: ${beginMark} … ${endMark}.`)
  return [readme.slice(0, begin + beginMark.length), figures(report), readme.slice(end)].join('\n')
}

function figures({ targets, samples, startedAt, machine, commit, earlier }: Report): string {
  const rows = targets
    .filter(({ isMet }) => isMet !== null)
    .map((target) => [target.title, showTarget(target)])
  const head = ['Parley on Postgres', 'measured (least to greatest)']
  const missed = targets.filter(({ isMet }) => isMet === false).length
  return [
    '',
    ...[head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`),
    '',
    `Measured on ${startedAt.slice(0, 10)} at commit ${commit}${whatElse(earlier)} on ${machine.processor}, ${machine.cores} cores. ${describeWeather(samples)}`,
    `[The page](docs/bench.html) has the commands and the tables behind it, and what we want to reach: ${missed} of these ${rows.length} are not there yet, each with the reason.`,
    '',
  ].join('\n')
}

function whatElse(earlier: Report['earlier']): string {
  const commits = [...new Set(earlier.map(({ commit }) => commit))]
  return commits.length === 0 ? '' : `, and in earlier runs at ${commits.join(' and ')},`
}
