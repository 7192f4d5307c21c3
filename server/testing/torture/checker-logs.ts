/** Runs' logs as the database keeps them, streams as clients saw them, and whether the one is the other. */
import type { Call, StoredRun } from './checker-facts.ts'

/** What an event says, in the words of the wire, as far as anybody could tell it from another. */
export interface Gist {
  kind: string
  /** A piece of a text; neighbouring ones may reach a reader as one. */
  delta?: { part: string; text: string }
  /** An item that is finished. */
  done?: FinishedItem
  removed?: string
  status?: string
  /** All that was said of anything else. */
  rest: string
}

export interface FinishedItem {
  id: string
  type: string
  text: string
  incomplete: string | undefined
}

/** The log's own names, where the wire has others. */
const wireKinds: Record<string, string> = {
  'thread-created': 'thread.created',
  'thread-updated': 'thread.updated',
  'item-added': 'thread.item.added',
  'item-updated': 'thread.item.updated',
  'item-done': 'thread.item.done',
  'item-replaced': 'thread.item.replaced',
  'item-removed': 'thread.item.removed',
  options: 'stream_options',
  progress: 'progress_update',
  'client-effect': 'client_effect',
  'run-ended': 'parley.run_ended',
}

function gistOf(event: unknown): Gist {
  const type = textAt(event, 'type')
  const kind = wireKinds[type] ?? type
  if (kind === 'thread.item.updated') return updateGist(kind, event)
  if (kind === 'thread.item.removed') return { kind, removed: textAt(event, 'item_id'), rest: '' }
  if (kind === 'parley.run_ended') return { kind, status: textAt(event, 'status'), rest: '' }
  if (kind.startsWith('thread.item.')) {
    const item = itemOf(at(event, 'item'))
    const done = kind === 'thread.item.added' ? {} : { done: item }
    return { kind, ...done, rest: JSON.stringify(item) }
  }
  if (kind.startsWith('thread.')) {
    const thread = at(event, 'thread')
    return { kind, rest: `${textAt(thread, 'id')} ${textAt(thread, 'title')}` }
  }
  return { kind, rest: `${textAt(event, 'code')} ${textAt(event, 'message')} ${textAt(event, 'text')}` }
}

function updateGist(kind: string, event: unknown): Gist {
  const update = at(event, 'update')
  const item = textAt(event, 'item_id')
  const index = String(at(update, 'content_index'))
  if (textAt(update, 'type') === 'assistant_message.content_part.text_delta')
    return { kind, delta: { part: `${item} ${index}`, text: textAt(update, 'delta') }, rest: '' }
  return {
    kind,
    rest: `${item} ${index} ${textAt(update, 'type')} ${textAt(at(update, 'content'), 'text')}`,
  }
}

export function itemOf(item: unknown): FinishedItem {
  const content = at(item, 'content')
  const incomplete = at(item, 'incomplete')
  return {
    id: textAt(item, 'id'),
    type: textAt(item, 'type'),
    text: Array.isArray(content) ? content.map((part) => textAt(part, 'text')).join('') : '',
    incomplete: typeof incomplete === 'string' ? incomplete : undefined,
  }
}

function at(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined
}

export function textAt(value: unknown, field: string): string {
  const found = at(value, field)
  return typeof found === 'string' ? found : ''
}

export interface Logged {
  seq: number
  gist: Gist
}

/** One sentence for everything that shows that not one writer alone wrote it, in one go. */
export function logProblems(run: StoredRun): string[] {
  const problems: string[] = []
  let last = 0
  for (const { first, last: groupLast, events } of run.groups) {
    const seqs = events.map((event) => Number(at(event, 'seq')))
    if (first !== last + 1) problems.push(`a group begins with ${first} behind ${last}`)
    if (seqs.some((seq, index) => seq !== first + index) || seqs.at(-1) !== groupLast)
      problems.push(`the group from ${first} to ${groupLast} holds ${seqs.join(', ')}`)
    last = groupLast
  }
  if (last !== run.lastSeq) problems.push(`its row says that ${run.lastSeq} is the last, its log ${last}`)
  return problems
}

export function logOf(run: StoredRun): Logged[] {
  return run.groups.flatMap(({ events }) =>
    events.map((event) => ({ seq: Number(at(event, 'seq')), gist: gistOf(at(event, 'event')) })),
  )
}

/** What a log comes to. */
export interface Outcome {
  statuses: string[]
  isLastTheEnd: boolean
  /** Finished and not taken back, in the order of their first coming. */
  items: FinishedItem[]
  /** All that assistants said. */
  text: string
  /** Items whose end says something else than their pieces. */
  contradictions: string[]
}

export function outcomeOf(log: readonly Logged[]): Outcome {
  const items = new Map<string, FinishedItem>()
  const pieces = new Map<string, string>()
  const statuses: string[] = []
  for (const { gist } of log) {
    if (gist.delta !== undefined) {
      const [item = ''] = gist.delta.part.split(' ')
      pieces.set(item, (pieces.get(item) ?? '') + gist.delta.text)
    }
    if (gist.done !== undefined) items.set(gist.done.id, gist.done)
    if (gist.removed !== undefined) items.delete(gist.removed)
    if (gist.status !== undefined) statuses.push(gist.status)
  }
  const kept = [...items.values()]
  const answers = kept.filter(({ type }) => type === 'assistant_message')
  return {
    statuses,
    isLastTheEnd: log.at(-1)?.gist.status !== undefined,
    items: kept,
    text: answers.map(({ text }) => text).join(''),
    contradictions: answers.filter(({ id, text }) => (pieces.get(id) ?? '') !== text).map(({ id }) => id),
  }
}

/** What is wrong with what a client was shown, or null: it is the log from where the client stood, and nothing else. */
export function streamProblem(call: Call, log: readonly Logged[]): string | null {
  let before = call.after ?? 0
  for (const { seq, event } of call.frames) {
    if (!(seq > before)) return `event ${seq} came behind event ${before}`
    // Numbers are 1, 2, 3, …; a log where they are not is a broken promise of its own.
    const covered = log.slice(before, seq)
    const problem = frameProblem(
      gistOf(event),
      covered.map(({ gist }) => gist),
    )
    if (problem !== null) return `event ${seq} behind ${before} ${problem}`
    before = seq
  }
  const last = call.frames.at(-1)
  if (call.over?.how === 'whole' && (last === undefined || gistOf(last.event).status === undefined))
    return 'the stream was closed without an end'
  return null
}

function frameProblem(shown: Gist, logged: readonly Gist[]): string | null {
  const [first] = logged
  if (first === undefined) return 'is not in the log'
  if (logged.length === 1 && first.delta === undefined)
    return JSON.stringify(shown) === JSON.stringify(first) ? null : `is another: ${differing(first, shown)}`
  const isOnePart = logged.every(({ delta }) => delta !== undefined && delta.part === first.delta?.part)
  if (!isOnePart) return `leaves out ${logged.length - 1} of the log`
  if (shown.delta?.part !== first.delta?.part) return 'belongs to something else'
  const text = logged.map(({ delta }) => delta?.text ?? '').join('')
  return shown.delta?.text === text ? null : `says ${differingText(text, shown.delta?.text ?? '')}`
}

function differing(one: Gist, other: Gist): string {
  return differingText(JSON.stringify(one), JSON.stringify(other))
}

export function differingText(one: string, other: string): string {
  let place = 0
  while (place < one.length && one[place] === other[place]) place += 1
  const cut = (text: string): string => JSON.stringify(text.slice(place, place + 30))
  return `${cut(other)} instead of ${cut(one)} from ${place} of ${one.length} on`
}
