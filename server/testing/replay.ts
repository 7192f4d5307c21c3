/** Replays recordings through the real HTTP server, one guest a recording. */
import { createToken } from '../auth/bearer-tokens.ts'
import type { Json, JsonObject } from '../conversation/items.ts'
import { differenceOf, joinTextDeltas, withOurIds } from './recordings.ts'
import type { Bindings, Difference, RecordedResponse, RecordedStep, Recording } from './recordings.ts'
import type { ScriptedAgent } from './scripted-agent.ts'

export interface ReplayTarget {
  /** Where the server listens. */
  url: string
  secret: string
  /** Gives the recording's user the recording's agent. */
  useAgent(userId: string, script: Recording['script']): ScriptedAgent
}

export interface ReplayResult {
  name: string
  /** What went differently; undefined when it passed. */
  failure?: string
}

export async function replay(
  recording: Recording,
  differences: Difference[],
  target: ReplayTarget,
): Promise<ReplayResult> {
  const userId = `recording-${recording.name}`
  const agent = target.useAgent(userId, recording.script)
  const token = await createToken({ secret: target.secret }, { userId })
  const bindings: Bindings = new Map()
  for (const [index, step] of recording.steps.entries()) {
    const difference = differences.find((entry) => entry.recording === recording.name && entry.step === index)
    const failure = await replayStep(step, difference, { url: target.url, token, bindings, agent })
    if (failure !== undefined) return { name: recording.name, failure: `step ${index}: ${failure}` }
  }
  return { name: recording.name }
}

interface Replaying {
  url: string
  token: string
  bindings: Bindings
  agent: ScriptedAgent
}

async function replayStep(
  step: RecordedStep,
  difference: Difference | undefined,
  { url, token, bindings, agent }: Replaying,
): Promise<string | undefined> {
  const response = await fetch(`${url}/chatkit`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(withOurIds(step.request, bindings)),
  })
  const body = await response.text()
  const answered = { status: response.status, type: response.headers.get('content-type') ?? '', body }
  const recorded = compare(step.response, answered, bindings)
  if (difference === undefined) {
    return recorded ?? differenceOf(step.calls ?? [], agent.takeCalls(), bindings, '$calls')
  }
  if (recorded === undefined) return 'answers as recorded: take it off the list of differences'
  return compareItems(difference.response.items, answered, bindings)
}

interface Answered {
  status: number
  type: string
  body: string
}

const rejectedStatuses = { invalid: 400, not_found: 404, wrong_state: 409 }

function compare(expected: RecordedResponse, answered: Answered, bindings: Bindings): string | undefined {
  switch (expected.kind) {
    case 'sse':
      if (answered.status !== 200 || !answered.type.startsWith('text/event-stream'))
        return unexpected(answered)
      return differenceOf(
        joinTextDeltas(expected.events),
        joinTextDeltas(parseFrames(answered.body)),
        bindings,
        '$events',
      )
    case 'json':
      if (answered.status !== 200 || !answered.type.startsWith('application/json'))
        return unexpected(answered)
      return differenceOf(expected.body, JSON.parse(answered.body) as Json, bindings, '$body')
    case 'rejected': {
      const status = rejectedStatuses[expected.reason]
      const isProblem = answered.type.startsWith('application/json') && answered.body.startsWith('{"error":{')
      return answered.status === status && isProblem ? undefined : unexpected(answered)
    }
  }
}

function compareItems(ids: string[], answered: Answered, bindings: Bindings): string | undefined {
  if (answered.status !== 200) return unexpected(answered)
  const page = JSON.parse(answered.body) as { data: JsonObject[] }
  return differenceOf(
    ids,
    page.data.map((item) => item['id'] ?? null),
    bindings,
    '$items',
  )
}

/** Exactly `data: ` and compact JSON and a blank line, nothing else: what a stock client is sent. */
function parseFrames(body: string): Json[] {
  if (body === '') return []
  if (!body.endsWith('\n\n')) throw new Error('The stream ends within a frame.')
  return body
    .slice(0, -2)
    .split('\n\n')
    .map((frame) => {
      if (!frame.startsWith('data: ') || frame.includes('\n')) throw new Error(`Not a stock frame: ${frame}`)
      return JSON.parse(frame.slice('data: '.length)) as Json
    })
}

function unexpected({ status, body }: Answered): string {
  return `answered ${status}: ${body.slice(0, 300)}`
}
