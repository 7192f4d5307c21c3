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
    switch (step['do']) {
      case undefined:
        yield toEvent(inThread(step, context.thread.id))
        break
      case 'stream_widget':
        yield* context.streamWidget(step['states'] as unknown as WidgetNode[])
        break
      default:
        changeOrThrow(step, context)
    }
  }
}

function changeOrThrow(step: ScriptStep, { thread }: RunContext): void {
  switch (step['do']) {
    case 'set_title':
      thread.title = String(step['title'])
      break
    case 'set_metadata':
      thread.metadata = step['metadata'] as JsonObject
      break
    case 'set_status':
      thread.status = step['status'] as unknown as typeof thread.status
      break
    case 'set_allowed_image_domains':
      thread.allowed_image_domains = step['domains'] as string[]
      break
    case 'raise_custom_error':
      throw new ParleyError('agent_error', String(step['message']), {
        retryable: step['allow_retry'] === true,
      })
    case 'raise_stream_error':
    case 'raise':
      throw new Error('The script says so.')
    default:
      throw new Error(`The script wants ${JSON.stringify(step)}, which nobody knows.`)
  }
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
  const type = eventTypes[String(step['type'])]
  if (type === undefined)
    throw new Error(`The script emits ${JSON.stringify(step['type'])}, which nobody knows.`)
  return { ...step, type } as unknown as RunEvent
}

function inThread(step: JsonObject, threadId: string): JsonObject {
  return JSON.parse(JSON.stringify(step).replaceAll('"$thread"', JSON.stringify(threadId))) as JsonObject
}
