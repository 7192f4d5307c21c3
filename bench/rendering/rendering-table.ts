import { median } from '../statistics.ts'
import { contestants } from './build-pages.ts'
import type { RenderingSample } from './rendering.ts'

type Figure = Exclude<
  { [K in keyof RenderingSample]: RenderingSample[K] extends number ? K : never }[keyof RenderingSample],
  'repetition'
>

const figures: [Figure, string][] = [
  ['openMilliseconds', 'open, ms'],
  ['milliseconds', 'until all is shown, ms'],
  ['scriptMilliseconds', 'script, ms'],
  ['layoutMilliseconds', 'layout, ms'],
  ['taskMilliseconds', 'main thread, ms'],
  ['frameMedian', 'frame, median, ms'],
  ['frame99', 'frame, p99, ms'],
  ['frameMax', 'frame, longest, ms'],
  ['heapMegabytes', 'heap, MiB'],
  ['nodes', 'DOM nodes'],
]

/** Medians of all repetitions, and in brackets how often the element's they are. */
export function renderingTable(samples: readonly RenderingSample[]): string {
  return (['answer', 'thread'] as const)
    .map((scenario) =>
      [titles[scenario], ...rows(samples.filter((sample) => sample.scenario === scenario))].join('\n'),
    )
    .join('\n\n')
}

const titles = {
  answer: 'A long answer while it arrives',
  thread: 'A long conversation, opened, and a short answer in it',
}

function rows(samples: readonly RenderingSample[]): string[] {
  const value = (contestant: string, figure: Figure): number =>
    median(samples.filter((sample) => sample.contestant === contestant).map((sample) => sample[figure]))
  const header = ['', ...contestants].map((cell) => cell.padStart(columnWidth)).join('')
  const lines = figures
    .filter(([figure]) => samples.some((sample) => sample[figure] !== 0))
    .map(([figure, title]) => {
      const own = value('parley', figure)
      const cells = contestants.map((contestant) => {
        const found = value(contestant, figure)
        const times = contestant === 'parley' ? '' : ` (${(found / own).toFixed(1)}×)`
        return `${found.toFixed(found < 100 ? 1 : 0)}${times}`
      })
      return [title, ...cells].map((cell) => cell.padStart(columnWidth)).join('')
    })
  return [header, ...lines]
}

const columnWidth = 24
