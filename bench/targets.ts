/** What the relay must reach, beside what it has reached. The limits are the project's; the figures come from the run. */
import type { Readings } from './figures.ts'

export interface Target {
  title: string
  /** Null: it was not measured in this run. */
  value: number | null
  least: number | null
  greatest: number | null
  limit: number
  rule: 'at least' | 'at most'
  unit: string
  isMet: boolean | null
  /** Why it is missed, where it is. */
  reason: string
}

interface Range {
  value: number
  least: number
  greatest: number
}

const ours = 'parley-postgres'

/** What stands between us and a target, as profiles of the profiled scenarios show it. Without figures: those are in the tables. */
const reasons = {
  turns:
    'Beside its tokens every answer has a turn: who asks is checked, and the message, the run and the answer are written down in two transactions, each with its own way to the database and back. A pipe has none of that; the longer an answer is, the less it matters.',
  peers:
    'The ratio moves with the peer as much as with us: both are measured with answers of 200 tokens that arrive as fast as they can.',
  paced:
    'At this pace every token arrives alone, so nothing can be merged before it is read: beside the reading and the writing, which are all that a pipe does, each one is parsed, numbered, written into the log and encoded again by itself.',
  firstToken:
    'Nothing is shown that is not written down. So two commits come before the first token, the turn’s and that of the first words, and between them the model is asked. Beside open streams the turn waits for them, too: it takes its place in the same groups, and on a core that is full it waits for that as well. The first commit is the promise that a message which was taken is never lost, the second that no word is taken back.',
  pglite:
    'PGlite is Postgres within our own process: what its queries cost is counted as the server’s, and for Postgres it stands in a column of its own.',
  memory:
    'A run keeps its newest events, its unfinished answer and the stream from its model, beside the two connections that a pipe has, too.',
  sessions:
    'A bare insert is one statement. Before a session is there, the door has looked at where the page is from, who asks, whether they may, and counted it; the visitor, who is new, gets a signed cookie, and the session a signed token; visitor and session are written down in groups, two rows and seven entries of indexes for each.',
  growing:
    'Each process writes groups of its own, so with the same load on more of them a group is smaller, and what a commit costs is shared by fewer turns.',
  starting:
    'npm takes a quarter of a second before anything begins, and the first answer a fifth of one. Between them 550 modules are loaded on one core while the database opens on another; where there is only one, one after the other. As a single file they might cost less; nobody has tried.',
  none: 'No reason is known.',
} as const

export function checkTargets(readings: Readings): Target[] {
  return [
    ...flatOut(readings),
    ...paced(readings),
    ...firstTokens(readings),
    ...resources(readings),
    ...tutoring(readings),
    ...growing(readings),
    ...starting(readings),
    ...reading(readings),
  ]
}

function flatOut(readings: Readings): Target[] {
  const ratio = (pair: readonly [string, string]): Range | null =>
    ratioOf(readings, 'burst', 'tokensPerCpuSecond', pair)
  const times = (title: string, other: string, limit: number, why: keyof typeof reasons): Target =>
    judge(`tokens per CPU second, flat out, against ${title}`, ratio([ours, other]), {
      limit,
      rule: 'at least',
      unit: '×',
      why,
    })
  return [
    times('the plain Node pipe', 'pipe', 1, 'turns'),
    times('the leanest Node pipe', 'best-pipe', 0.5, 'turns'),
    times('the AI SDK with persistence and resumable streams', 'ai-sdk', 25, 'peers'),
    times('chatkit-nodejs', 'chatkit-nodejs', 40, 'peers'),
    judge('on PGlite against on Postgres, flat out', ratio(['parley-pglite', ours]), {
      limit: 0.6,
      rule: 'at least',
      unit: '×',
      why: 'pglite',
    }),
  ]
}

function paced(readings: Readings): Target[] {
  const scenarios = [
    ['human', '100 streams at 50 tokens a second'],
    ['thousand', '1,000 open streams'],
  ] as const
  return scenarios.map(([scenario, title]) =>
    judge(
      `CPU per token against the plain pipe, ${title}`,
      ratioOf(readings, scenario, 'cpuMicrosecondsPerToken', [ours, 'pipe']),
      { limit: 1.25, rule: 'at most', unit: '×', why: 'paced' },
    ),
  )
}

function firstTokens(readings: Readings): Target[] {
  const scenarios = [
    ['ttft', 'one at a time'],
    ['ttft-32', '150 a second'],
    ['ttft-1000', 'with 1,000 open streams'],
  ] as const
  return scenarios.flatMap(([scenario, title]) =>
    (
      [
        ['P50', 'the median', 1.5],
        ['P99', 'p99', 15],
      ] as const
    ).map(([part, name, limit]) =>
      judge(
        `first token over the plain pipe at ${name}, ${title}`,
        differenceOf(readings, scenario, `firstToken${part}Milliseconds`, [ours, 'pipe']),
        { limit, rule: 'at most', unit: ' ms', why: 'firstToken' },
      ),
    ),
  )
}

function resources(readings: Readings): Target[] {
  const kibibytes = (scenario: string): Range | null => {
    const reading = readings.read(scenario, ours, 'bytesPerStream')
    return (
      reading && {
        value: reading.median / 1_024,
        least: reading.least / 1_024,
        greatest: reading.greatest / 1_024,
      }
    )
  }
  const few = readings.read('writes-50', ours, 'commitsPerSecond')
  const many = readings.read('writes-800', ours, 'commitsPerSecond')
  const growth = few && many && rangeOfOne(many.median / few.median)
  // A sample with a lost token or row is not there to be read.
  const beside = readings.read('idle', ours, 'streams')
  return [
    judge('memory per open stream', kibibytes('memory'), {
      limit: 64,
      rule: 'at most',
      unit: ' KiB',
      why: 'memory',
    }),
    judge('memory per idle connection', kibibytes('idle'), {
      limit: 24,
      rule: 'at most',
      unit: ' KiB',
      why: 'memory',
    }),
    judge('streams answered beside 10,000 idle ones, nothing lost', beside && rangeOfOne(beside.median), {
      limit: 1_000,
      rule: 'at least',
      unit: '',
    }),
    judge('database transactions a second, 800 streams against 50', growth, {
      limit: 1.5,
      rule: 'at most',
      unit: '×',
    }),
  ]
}

/** Contract B's targets, and how close a session comes to the least that a stored row costs. */
function tutoring(readings: Readings): Target[] {
  const within = (scenario: string, part: 'firstToken' | 'reply', title: string, limit: number): Target =>
    judge(`${title}, p95`, readingOf(readings, scenario, `${part}P95Milliseconds`), {
      limit,
      rule: 'at most',
      unit: ' ms',
    })
  return [
    within('sessions', 'reply', 'a session is created, one at a time', 200),
    within('sessions-64', 'reply', 'a session is created, 64 at once', 200),
    within('tutor', 'firstToken', 'the tutor’s first words', 500),
    within('tutor', 'reply', 'the tutor’s whole answer', 500),
    judge(
      'sessions a second against a bare insert, 64 at once',
      ratioOf(readings, 'sessions-64', 'requestsPerSecond', [ours, 'bare-insert']),
      { limit: 0.7, rule: 'at least', unit: '×', why: 'sessions' },
    ),
  ]
}

/** A turn that costs the same on more processes is throughput that grows with them, for as long as the database has room. */
function growing(readings: Readings): Target[] {
  const scenarios = [
    ['scale', 'turns'],
    ['scale-next', 'second messages of threads that began anywhere'],
    ['scale-follow', 'answers with a second reader'],
  ] as const
  return ([2, 4] as const).flatMap((processes) =>
    scenarios.flatMap(([scenario, what]) => {
      const pair = [`parley-x${processes}`, 'parley-x1'] as const
      const throughput = ratioOf(readings, scenario, 'turnsPerSecond', pair)
      return [
        judge(
          `CPU per turn of server and database, ${processes} processes against one: ${what}`,
          ratioOf(readings, scenario, 'turnMilliseconds', pair),
          { limit: 1 / 0.9, rule: 'at most', unit: '×', why: 'growing' },
        ),
        // Where the machine has too few cores for it there is nothing to say.
        ...(throughput === null
          ? []
          : [
              judge(`turns a second, ${processes} processes against one: ${what}`, throughput, {
                limit: 0.9 * processes,
                rule: 'at least',
                unit: '×',
                why: 'growing',
              }),
            ]),
      ]
    }),
  )
}

/** What is large costs what is small costs. */
function reading(readings: Readings): Target[] {
  return (
    [
      ['items', 'the newest page of 20 items, in a large thread against one of 20'],
      ['threads', 'the newest 10 threads, of very many against 10'],
    ] as const
  ).flatMap(([scenario, title]) =>
    (['P50', 'P95'] as const).map((part) =>
      judge(`${title}, ${part.toLowerCase()}`, readingOf(readings, scenario, `growth${part}`), {
        limit: 1.3,
        rule: 'at most',
        unit: '×',
      }),
    ),
  )
}

function starting(readings: Readings): Target[] {
  return (
    [
      ['first', 5],
      ['second', 2],
    ] as const
  ).map(([start, limit]) => {
    const reading = readings.read('start', 'npm-start', `${start}AnswerMilliseconds`)
    const range = reading && {
      value: reading.median / 1_000,
      least: reading.least / 1_000,
      greatest: reading.greatest / 1_000,
    }
    return judge(`npm start to the first words of an answer, the ${start} time`, range, {
      limit,
      rule: 'at most',
      unit: ' s',
      why: 'starting',
    })
  })
}

function judge(
  title: string,
  range: Range | null,
  { why = 'none', ...limit }: Pick<Target, 'limit' | 'rule' | 'unit'> & { why?: keyof typeof reasons },
): Target {
  const { value = null, least = null, greatest = null } = range ?? {}
  const isMet =
    value === null ? null : limit.rule === 'at least' ? value >= limit.limit : value <= limit.limit
  return { title, value, least, greatest, ...limit, isMet, reason: reasons[why] }
}

function readingOf(readings: Readings, scenario: string, figure: string): Range | null {
  const reading = readings.read(scenario, ours, figure)
  return reading && { value: reading.median, least: reading.least, greatest: reading.greatest }
}

function ratioOf(
  readings: Readings,
  scenario: string,
  figure: string,
  pair: readonly [string, string],
): Range | null {
  const ratio = readings.ratio(scenario, figure, pair)
  return ratio && { value: ratio.ratio, least: ratio.least, greatest: ratio.greatest }
}

function differenceOf(
  readings: Readings,
  scenario: string,
  figure: string,
  [one, other]: readonly [string, string],
): Range | null {
  const [first, second] = [readings.read(scenario, one, figure), readings.read(scenario, other, figure)]
  if (first === null || second === null) return null
  return {
    value: first.median - second.median,
    least: first.least - second.greatest,
    greatest: first.greatest - second.least,
  }
}

function rangeOfOne(value: number): Range {
  return { value, least: value, greatest: value }
}

export function showTarget({ value, least, greatest, unit }: Target): string {
  if (value === null || least === null || greatest === null) return 'not measured'
  const show = (number: number): string => number.toFixed(Math.abs(number) >= 10 ? 1 : 2)
  return `${show(value)}${unit} (${show(least)} to ${show(greatest)})`
}

export function showLimit({ limit, rule, unit }: Target): string {
  return `${rule} ${limit.toLocaleString('en', { maximumFractionDigits: 2 })}${unit}`
}

export function showVerdict({ isMet }: Target): string {
  return isMet === null ? '–' : isMet ? 'met' : 'missed'
}

/** Each reason once, with the targets that it kept from being met. */
export function missedAndWhy(targets: readonly Target[]): { reason: string; titles: string[] }[] {
  const missed = targets.filter(({ isMet }) => isMet === false)
  return [...new Set(missed.map(({ reason }) => reason))].map((reason) => ({
    reason,
    titles: missed.filter((target) => target.reason === reason).map(({ title }) => title),
  }))
}
