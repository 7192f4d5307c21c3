/** An agent that does what a recording's script says, and remembers what it was called with. */
import type { Agent, RunContext } from '../conversation/agent.ts'
import { ParleyError } from '../conversation/errors.ts'
import type { RunEvent } from '../conversation/events.ts'
import type { Json, JsonObject, WidgetItem, WidgetNode } from '../conversation/items.ts'
import type { Recording, ScriptStep } from './recordings.ts'

export interface ScriptedAgent extends Agent {
  /** What was called since the last call of this. */
  takeCalls(): Json[]
}

export function createScriptedAgent(script: Recording['script']): ScriptedAgent {
  let calls: Json[] = []
  const responses = (script.respond ?? []).values()
  const actions = (script.action ?? []).values()
  const syncActions = (script.sync_action ?? []).values()
  return {
    takeCalls() {
      const taken = calls
      calls = []
      return taken
    },
    async *respond(context, message) {
      calls.push({ call: 'respond', item: message?.id ?? null })
      yield* perform(responses.next().value ?? [], context)
    },
    async *action(context, { type, payload }, sender) {
      calls.push({ call: 'action', action: { type, payload }, sender: sender?.id ?? null })
      yield* perform(actions.next().value ?? [], context)
    },
    async syncAction(context, { type, payload }, sender) {
      calls.push({ call: 'sync_action', action: { type, payload }, sender: sender?.id ?? null })
      const item = syncActions.next().value ?? null
      return item === null ? null : (inThread(item, context.thread.id) as unknown as WidgetItem)
    },
    async feedback(_context, { threadId, itemIds, kind }) {
      calls.push({ call: 'feedback', thread: threadId, items: itemIds, kind })
    },
    async transcribe({ bytes, mimeType, mediaType }) {
      const heard = Buffer.from(bytes).toString()
      calls.push({ call: 'transcribe', bytes: heard, mime_type: mimeType, media_type: mediaType })
      return heard
    },
  }
}

async function* perform(steps: ScriptStep[], context: RunContext): AsyncGenerator<RunEvent> {
  for (const step of steps) {
    if (step['do'] === undefined) yield toEvent(inThread(step, context.thread.id))
    else if (step['do'] === 'stream_widget')
      yield* context.streamWidget(step['states'] as unknown as WidgetNode[])
    else deedOf(step)(step, context)
  }
}

type Deed = (step: ScriptStep, context: RunContext) => void

/** What a script may have the agent do besides emitting events. */
const deeds: Record<string, Deed> = {
  set_title: ({ title }, { thread }) => void (thread.title = title as string),
  set_metadata: ({ metadata }, { thread }) => void (thread.metadata = metadata as JsonObject),
  set_status: ({ status }, { thread }) => void (thread.status = status as typeof thread.status),
  set_allowed_image_domains: ({ domains }, { thread }) =>
    void (thread.allowed_image_domains = domains as string[]),
  raise_custom_error({ message, allow_retry }) {
    throw new ParleyError('agent_error', message as string, { retryable: allow_retry === true })
  },
  raise_stream_error: fail,
  raise: fail,
}

function fail(): never {
  throw new Error('The script says so.')
}

function deedOf(step: ScriptStep): Deed {
  const deed = deeds[step['do'] as string]
  if (deed === undefined) throw new Error(`The script wants ${JSON.stringify(step)}, which nobody knows.`)
  return deed
}

const eventTypes: Record<string, RunEvent['type']> = {
  'thread.item.added': 'item-added',
  'thread.item.updated': 'item-updated',
  'thread.item.done': 'item-done',
  'thread.item.replaced': 'item-replaced',
  'thread.item.removed': 'item-removed',
  progress_update: 'progress',
  client_effect: 'client-effect',
  notice: 'notice',
}

function toEvent(step: JsonObject): RunEvent {
  const type = eventTypes[step['type'] as string]
  if (type === undefined)
    throw new Error(`The script emits ${JSON.stringify(step['type'])}, which nobody knows.`)
  return { ...step, type } as unknown as RunEvent
}

function inThread(step: JsonObject, threadId: string): JsonObject {
  return JSON.parse(JSON.stringify(step).replaceAll('"$thread"', JSON.stringify(threadId))) as JsonObject
}
