import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { judge } from './checker.ts'
import type { PromiseName } from './checker.ts'
import type { Entry, Happening } from './history.ts'

const question = 'u1.1'
const run = 'run_00000000000000000000000001'
const thread = 'thr_00000000000000000000000001'
const saying = (name: string): string => `${name}: what now?`

function message(name = question): object {
  return { id: `msg-${name}`, type: 'user_message', content: [{ type: 'input_text', text: saying(name) }] }
}

function answer(text: string, incomplete?: string): object {
  const content = [{ type: 'output_text', text }]
  return { id: 'msg-answer', type: 'assistant_message', content, ...(incomplete && { incomplete }) }
}

const said = (delta: string): object => ({
  type: 'item-updated',
  item_id: 'msg-answer',
  update: { type: 'assistant_message.content_part.text_delta', content_index: 0, delta },
})

/** As the database keeps them. */
function logged(texts: string[], status: string, incomplete?: string): object[] {
  return [
    { type: 'item-done', item: message() },
    { type: 'item-added', item: answer('') },
    ...texts.map(said),
    { type: 'item-done', item: answer(texts.join(''), incomplete) },
    { type: 'run-ended', status },
  ]
}

const wireNames: Record<string, string> = {
  'item-done': 'thread.item.done',
  'item-added': 'thread.item.added',
  'item-updated': 'thread.item.updated',
  'run-ended': 'parley.run_ended',
}

/** As a client is shown it. */
function shown(event: object): object {
  const type = 'type' in event ? String(event.type) : ''
  return { ...event, type: wireNames[type] ?? type }
}

interface Story {
  /** The log, and what it is stored as. */
  log?: object[]
  status?: string
  groups?: { first: number; last: number; events: unknown[] }[]
  items?: object[]
  /** What the first stream shows, with the numbers. */
  frames?: [number, object][]
  plan?: Partial<Extract<Happening, { type: 'plan' }>>
  /** More that happened, at its time; the story begins at 1,000 and its end is at 2,000. */
  more?: Entry[]
  /** Instead of what usually happens. */
  without?: (entry: Entry) => boolean
}

const begin: Entry = { at: 0, type: 'begin', seed: 1, database: 'postgres', leaseSeconds: 10, servers: 2 }
const living = [0, 1].flatMap((server): Entry[] => [
  { at: 1, type: 'program', server, pid: 10 + server, happened: 'launched' },
  { at: 2, type: 'program', server, pid: 10 + server, happened: 'ready' },
])

/** One question whose answer came in two pieces, and all was kept as promised; or as the story says otherwise. */
function historyOf(story: Story = {}): Entry[] {
  const { status = 'completed' } = story
  const log = story.log ?? logged(['You said ', 'what.'], status)
  const numbered = log.map((event, index) => ({ seq: index + 1, event }))
  const frames = story.frames ?? numbered.map(({ seq, event }): [number, object] => [seq, event])
  const items = story.items ?? [message(), answer('You said what.')]
  const entries: Entry[] = [
    begin,
    ...living,
    { at: 3, type: 'plan', question, text: 'You said what.', ends: 'whole', ...story.plan },
    { ...sent(1, 1_000), key: 'k1', question, operation: 'threads.create' },
    { at: 1_010, type: 'answer', call: 1, status: 200, run, thread },
    ...frames.map(([seq, event]): Entry => ({ at: 1_020, type: 'frame', call: 1, seq, event: shown(event) })),
    { at: 2_000, type: 'over', call: 1, how: 'whole' },
    { at: 3_000, type: 'calm' },
    { at: 3_100, type: 'census', running: [] },
    { at: 3_200, type: 'trial', server: 0, ok: true },
    { at: 4_000, type: 'stored-thread', user: 'u1', thread, items },
    {
      ...storedRun,
      status,
      lastSeq: log.length,
      groups: story.groups ?? [{ first: 1, last: log.length, events: numbered }],
    },
  ]
  return [...entries.filter((entry) => story.without?.(entry) !== true), ...(story.more ?? [])].toSorted(
    (one, other) => one.at - other.at,
  )
}

type Call = Extract<Entry, { type: 'call' }>

function sent(call: number, at: number, user = 'u1'): Call {
  return { at, type: 'call', call, user, server: 0, operation: 'parley.resume' }
}

const storedRun: Extract<Entry, { type: 'stored-run' }> = {
  at: 5_000,
  type: 'stored-run',
  run,
  thread,
  user: 'u1',
  key: 'k1',
  status: 'completed',
  lastSeq: 0,
  logDeleted: false,
  groups: [],
}

function fault(
  excuses: Extract<Happening, { type: 'fault' }>['excuses'] = [],
  from = 1_000,
  to = 1_500,
): Entry[] {
  return [
    { at: from, type: 'fault', fault: 'something', id: 1, phase: 'begin', ...(excuses && { excuses }) },
    { at: to, type: 'fault', fault: 'something', id: 1, phase: 'end' },
  ]
}

function found(story: Story): string[] {
  return judge(historyOf(story)).violations.map(({ promise, sentence }) => `${promise}: ${sentence}`)
}

/** That this is found, and under this name. */
function expectFound(promise: PromiseName, sentence: RegExp, story: Story): void {
  const sentences = found(story).filter((each) => each.startsWith(`${promise}: `))
  expect(sentences.join('\n')).toMatch(sentence)
}

const whole = logged(['You said ', 'what.'], 'completed')
const numberedWhole = whole.map((event, index): [number, object] => [index + 1, event])
const [, , , , ...endOfWhole] = numberedWhole
const firstThree = numberedWhole.slice(0, 3)
const second = 'u1.2'

/** Another message of the same user in the same thread, sent and taken at those times. */
function another(sentAt: number, takenAt: number, number = second): Entry[] {
  return [
    { at: 3, type: 'plan', question: number, text: '', ends: 'whole' },
    { ...sent(2, sentAt), key: 'k2', question: number, operation: 'threads.add_user_message', thread },
    { at: takenAt, type: 'answer', call: 2, status: 200, run: run.replace(/1$/, '2'), thread },
    { ...storedRun, run: run.replace(/1$/, '2'), key: 'k2', logDeleted: true, lastSeq: 3 },
  ]
}

test('[SURVIVE-2] nothing is found where every promise was kept', () => {
  expect(found({})).toEqual([])
  const broken = {
    status: 'interrupted',
    log: logged(['You sa'], 'interrupted', 'interrupted'),
    items: [message(), answer('You sa', 'interrupted')],
    more: fault(['interrupted']),
  }
  expect(found(broken)).toEqual([])
  // Pieces that were written alone may be read as one, and a stream may be cut and resumed.
  const cut: Entry[] = [
    { ...sent(2, 1_500), run, thread, after: 2 },
    { at: 1_510, type: 'answer', call: 2, status: 200, run, thread },
    { at: 1_520, type: 'frame', call: 2, seq: 4, event: shown(said('You said what.')) },
    ...endOfWhole.map(([seq, event]): Entry => ({
      at: 1_530,
      type: 'frame',
      call: 2,
      seq,
      event: shown(event),
    })),
    { at: 1_540, type: 'over', call: 2, how: 'whole' },
  ]
  expect(found({ more: cut })).toEqual([])
})

const lostMessages: [string, RegExp, Story][] = [
  ['lost', /acknowledged, and is not stored/, { items: [] }],
  ['doubled', /stored 2 times/, { items: [message(), answer('You said what.'), message()] }],
  [
    'stored in another thread',
    /stored in thr_elsewhere/,
    {
      without: ({ type }) => type === 'stored-thread',
      more: [
        {
          at: 4_000,
          type: 'stored-thread',
          user: 'u1',
          thread: 'thr_elsewhere',
          items: [message(), answer('You said what.')],
        },
      ],
    },
  ],
  [
    'refused and stored all the same',
    /refused, and is stored/,
    {
      items: [message(), answer('You said what.'), message(second)],
      more: [
        { ...sent(2, 2_100), key: 'k2', question: second, mayConflict: true },
        { at: 2_110, type: 'answer', call: 2, status: 409 },
      ],
    },
  ],
]

test.each(lostMessages)('[SURVIVE-3] a message that is %s is found', (_name, sentence, story) => {
  expectFound('acknowledged messages kept once', sentence, story)
})

test('[SURVIVE-3] messages and runs that nobody asked for are found', () => {
  const items = [message(), answer('You said what.'), message('u1.9')]
  expectFound('nothing made up', /did not send: u1\.9/, { items })
  const more = [{ ...storedRun, run: run.replace(/1$/, '7'), key: null, logDeleted: true }]
  expectFound('nothing made up', /run that they did not ask for/, { more })
})

test('[SURVIVE-3] messages that changed places, and lists that are behind, are found', () => {
  const items = [message(second), message(), answer('You said what.')]
  expectFound('order kept', /u1\.2 .* stands before .* u1\.1/, { items, more: another(1_200, 1_300) })
  const list = (body: object[]): Entry[] => [
    { ...sent(3, 2_500), operation: 'items.list', thread },
    { at: 2_510, type: 'answer', call: 3, status: 200, body },
  ]
  expectFound('lists fresh', /not in a list/, { more: list([]) })
  expect(found({ more: list([message(), answer('You said what.')]) })).toEqual([])
})

const badFrames: [string, RegExp, [number, object][]][] = [
  ['an event twice', /came behind/, [...firstThree, ...firstThree.slice(2), ...numberedWhole.slice(3)]],
  ['a gap in a text', /“|instead of/, [...numberedWhole.slice(0, 2), [4, said('what.')], ...endOfWhole]],
  ['an event that is left out', /leaves out/, [...firstThree, ...numberedWhole.slice(4)]],
  ['events out of order', /came behind/, [...numberedWhole.slice(0, 2), ...firstThree.slice(1)]],
  [
    'other words',
    /instead of/,
    [...numberedWhole.slice(0, 2), [3, said('You sad ')], ...numberedWhole.slice(3)],
  ],
  ['an event that is not in the log', /not in the log/, [...numberedWhole, [8, said('more')]]],
  ['a stream that is closed without an end', /without an end/, numberedWhole.slice(0, -1)],
]

test.each(badFrames)('[SURVIVE-4] %s is found', (_name, sentence, frames) => {
  expectFound('streams exact', sentence, { frames })
})

test('[SURVIVE-4] a resume that repeats, or leaves out, what was behind its number is found', () => {
  const resumed = (after: number, frames: [number, object][]): Entry[] => [
    { ...sent(2, 1_500), run, thread, after },
    { at: 1_510, type: 'answer', call: 2, status: 200, run, thread },
    ...frames.map(([seq, event]): Entry => ({ at: 1_520, type: 'frame', call: 2, seq, event: shown(event) })),
    { at: 1_530, type: 'over', call: 2, how: 'whole' },
  ]
  expect(found({ more: resumed(3, numberedWhole.slice(3)) })).toEqual([])
  expectFound('streams exact', /came behind/, { more: resumed(3, numberedWhole.slice(2)) })
  expectFound('streams exact', /instead of|leaves out/, { more: resumed(2, numberedWhole.slice(3)) })
})

const untrueAnswers: [string, RegExp, Story][] = [
  [
    'another answer',
    /is another/,
    { log: logged(['You said nothing.'], 'completed'), items: [message(), answer('You said nothing.')] },
  ],
  [
    'half an answer as a whole one',
    /has 8 of 14/,
    { log: logged(['You said'], 'completed'), items: [message(), answer('You said')] },
  ],
  ['an answer that is stored shorter', /stored otherwise/, { items: [message(), answer('You said')] }],
  ['an answer that is not stored', /stored otherwise/, { items: [message()] }],
  [
    'an answer that is stored twice',
    /stored otherwise/,
    { items: [message(), answer('You said what.'), answer('You said what.')] },
  ],
  [
    'a mark that only the table has',
    /stored otherwise/,
    { items: [message(), answer('You said what.', 'interrupted')] },
  ],
  [
    'an end that says what was not said before',
    /says in the end/,
    {
      log: [
        ...whole.slice(0, 4),
        { type: 'item-done', item: answer('You said what. And more.') },
        ...whole.slice(5),
      ],
    },
  ],
  [
    'a broken answer without a mark',
    /not whole, and not marked/,
    { status: 'interrupted', log: logged(['You'], 'interrupted'), items: [message(), answer('You')] },
  ],
  [
    'a failed answer that lost what had come',
    /kept 3 of the 14/,
    {
      status: 'failed',
      plan: { ends: 'broken', exact: true },
      log: logged(['You'], 'failed', 'failed'),
      items: [message(), answer('You', 'failed')],
    },
  ],
]

test.each(untrueAnswers)('[SURVIVE-5] %s is found', (_name, sentence, story) => {
  expectFound('answers true', sentence, story)
})

const badEnds: [string, RegExp, Story][] = [
  ['no end', /has no end/, { status: 'running', log: whole.slice(0, -1) }],
  ['two ends', /has 2 ends/, { log: [...whole, { type: 'run-ended', status: 'completed' }] }],
  ['events behind its end', /behind its end/, { log: [...whole, said('more')] }],
  ['an end that its row does not say', /says completed/, { log: logged(['You said ', 'what.'], 'failed') }],
  [
    'a mark that is not its end',
    /marked as failed/,
    { log: logged(['You said ', 'what.'], 'completed', 'failed') },
  ],
  ['an interruption without a cause', /interrupted by nothing/, { status: 'interrupted' }],
  ['a failure without a cause', /failed without a cause/, { status: 'failed' }],
  ['a success without an upstream', /broke off/, { plan: { ends: 'broken' } }],
  ['a stop that nobody asked for', /cancelled by nobody/, { status: 'cancelled' }],
]

test.each(badEnds)('[SURVIVE-6] a run with %s is found', (_name, sentence, story) => {
  expectFound('one end per run', sentence, story)
})

const unfinished: Story = {
  frames: firstThree,
  without: ({ type }) => type === 'census' || type === 'over',
}
const late: Entry = { at: 90_000, type: 'trial', server: 0, ok: true }

test('[SURVIVE-7] runs without an end 15 s after the last fault are found', () => {
  const census = (at: number, running: string[]): Entry => ({ at, type: 'census', running })
  const without: Story['without'] = ({ type }) => type === 'census'
  expectFound('ends in time', /1 runs have no end 15 s/, {
    without,
    more: [census(3_100, [run]), census(18_500, [])],
  })
  expect(found({ without, more: [census(3_100, [run]), census(17_500, [])] })).toEqual([])
})

test('[SURVIVE-7] a run whose process died, and that nobody ends, is found; a database that is away is an excuse', () => {
  const died: Entry[] = [
    { at: 1_200, type: 'program', server: 0, pid: 10, happened: 'signalled', signal: 'SIGKILL' },
    { at: 1_210, type: 'program', server: 0, pid: 10, happened: 'ended', code: null },
  ]
  const census: Entry = { at: 3_100, type: 'census', running: [] }
  expectFound('ends in time', /after its process died/, { ...unfinished, more: [...died, census, late] })
  const away = fault(['database'], 1_300, 80_000)
  expect(
    found({ ...unfinished, more: [...died, census, late, ...away] }).filter((each) =>
      each.includes('in time'),
    ),
  ).toEqual([])
})

test('[SURVIVE-7] a run that goes on after it was stopped is found', () => {
  const stop: Entry[] = [
    { ...sent(2, 1_300), operation: 'parley.cancel', run, thread },
    { at: 1_310, type: 'answer', call: 2, status: 200 },
  ]
  const census: Entry = { at: 3_100, type: 'census', running: [] }
  expectFound('ends in time', /stopped a run, and it went on/, {
    ...unfinished,
    more: [...stop, census, late],
  })
})

const badLogs: [string, RegExp, [number, number, number[]][]][] = [
  [
    'a gap',
    /begins with 5 behind 3/,
    [
      [1, 3, [1, 2, 3]],
      [5, 6, [5, 6]],
    ],
  ],
  [
    'the same number twice',
    /begins with 3 behind 3/,
    [
      [1, 3, [1, 2, 3]],
      [3, 6, [3, 4, 5, 6]],
    ],
  ],
  [
    'a group with other numbers than it says',
    /holds 1, 2, 4/,
    [
      [1, 3, [1, 2, 4]],
      [4, 6, [4, 5, 6]],
    ],
  ],
  ['less than its row says', /says that 6 is the last, its log 3/, [[1, 3, [1, 2, 3]]]],
]

test.each(badLogs)('[SURVIVE-8] a log with %s is found', (_name, sentence, numbers) => {
  const groups = numbers.map(([first, last, seqs]) => ({
    first,
    last,
    events: seqs.map((seq) => ({ seq, event: whole[seq - 1] ?? said('') })),
  }))
  expectFound('one writer per run', sentence, { groups })
})

test('[SURVIVE-9] what one user is shown of another is found', () => {
  const list = (body: object): Entry[] => [
    { ...sent(2, 2_500, 'u2'), operation: 'threads.list' },
    { at: 2_510, type: 'answer', call: 2, status: 200, body },
  ]
  const mine = JSON.parse(JSON.stringify([{ id: thread, title: 'mine' }])) as object
  const seenFirst: Entry[] = [
    { ...sent(3, 2_400), operation: 'threads.list' },
    { at: 2_410, type: 'answer', call: 3, status: 200, body: mine },
  ]
  expectFound('users apart', /u2 was shown thr_.*u1’s/, { more: [...seenFirst, ...list(mine)] })
  expectFound('users apart', /u2 was shown u1\.1/, { more: list([{ title: saying(question) }]) })
})

test('[SURVIVE-9] a reach for what is another’s that is not refused is found', () => {
  const reach = (status: number): Entry[] => [
    { ...sent(2, 2_500, 'u2'), run, thread, foreign: true },
    { at: 2_510, type: 'answer', call: 2, status },
  ]
  expect(found({ more: reach(404) })).toEqual([])
  expectFound('users apart', /answered 200/, { more: reach(200) })
  expectFound('users apart', /answered 409/, { more: reach(409) })
})

test('[SURVIVE-10] a key that began two runs, or was taken for other words, is found', () => {
  const again = (told: string, other = question): Entry[] => [
    { ...sent(2, 1_600), key: 'k1', question: other, operation: 'threads.create' },
    { at: 1_610, type: 'answer', call: 2, status: 200, run: told, thread },
  ]
  expect(found({ more: again(run) })).toEqual([])
  expectFound('one effect per key', /began 2 runs/, { more: again(run.replace(/1$/, '2')) })
  expectFound('one effect per key', /taken for u1\.2 as well/, { more: again(run, second) })
  expectFound('one effect per key', /key of 2 runs/, {
    more: [{ ...storedRun, run: run.replace(/1$/, '2'), logDeleted: true }],
  })
  expectFound('one effect per key', /has no run/, { without: ({ type }) => type === 'stored-run' })
})

test('[SURVIVE-11] an answer that nothing explains is found', () => {
  const told = (status: number): Entry[] => [
    { ...sent(2, 1_600), operation: 'threads.list' },
    { at: 1_610, type: 'answer', call: 2, status },
  ]
  for (const status of [400, 401, 404, 409, 500, 502, 503])
    expectFound('honest answers', new RegExp(`answered ${status}`), { more: told(status) })
  expect(found({ more: [...told(503), ...fault(['unavailable'])] })).toEqual([])
  // No fault is an excuse for that.
  expectFound('honest answers', /answered 500/, { more: [...told(500), ...fault(['unavailable'])] })
})

test('[SURVIVE-11] a stream that is cut without a cause is found', () => {
  const cut: Story = {
    frames: firstThree,
    without: ({ type }) => type === 'over',
    more: [{ at: 2_000, type: 'over', call: 1, how: 'cut' }],
  }
  expectFound('honest answers', /cut by nothing/, cut)
  expect(found({ ...cut, more: [...(cut.more ?? []), ...fault(['cut'])] })).toEqual([])
})

test('[SURVIVE-12] programs that end by themselves or in disorder, print secrets or do not answer in the end are found', () => {
  const ended = (code: number | null): Entry => ({
    at: 2_600,
    type: 'program',
    server: 0,
    pid: 10,
    happened: 'ended',
    code,
  })
  const asked: Entry = {
    at: 2_500,
    type: 'program',
    server: 0,
    pid: 10,
    happened: 'signalled',
    signal: 'SIGTERM',
  }
  expectFound('programs behave', /ended by itself with 1/, { more: [ended(1)] })
  // A database that is away keeps a program from beginning, and is no reason to die of.
  expectFound('programs behave', /ended by itself/, {
    more: [ended(1), ...fault(['database'], 1_000, 2_700)],
  })
  expect(found({ more: [ended(1), ...fault(['ended'], 2_500, 2_700)] })).toEqual([])
  expectFound('programs behave', /asked to stop, and ended with 1/, { more: [asked, ended(1)] })
  expect(found({ more: [asked, ended(0)] })).toEqual([])
  expectFound('programs behave', /printed/, {
    more: [{ at: 2_500, type: 'leak', server: 0, line: 'u1.1: what?' }],
  })
  expectFound('programs behave', /does not answer/, {
    more: [{ at: 3_300, type: 'trial', server: 1, ok: false, detail: 'it is not ready' }],
  })
})

test('[SURVIVE-2] each violation comes with the piece of the history that shows it', () => {
  const [violation] = judge(historyOf({ items: [] })).violations
  expect(violation?.piece.join('\n')).toMatch(
    /1000 #1 u1 .* threads\.create key k1 .* 200 run_0+1 at 1010, frames 1…6/,
  )
})

test('[SURVIVE-2] the checker shares no code with the server', () => {
  const folder = new URL('.', import.meta.url)
  const files = readdirSync(folder).filter((name) => /^checker(?:-\w+)?\.ts$/.test(name))
  const imported = [...files, 'history.ts'].flatMap((name) =>
    Array.from(
      readFileSync(new URL(name, folder), 'utf8').matchAll(/from '([^']+)'/g),
      ([, specifier = '']) => specifier,
    ),
  )
  expect(files.length).toBeGreaterThan(3)
  expect(imported.filter((each) => !/^node:|^\.\/(?:checker|history)/.test(each))).toEqual([])
})
