/**
 * An agent that does what the words ask for, so that a client can show all that it can show:
 *
 *   "everything"  all kinds of items, one after the other      "tool"  a call for the page, and then what came of it
 *   "fail"        a failure in words for people                "slow"  as the test paces it
 *   "hidden"      a failure that is nobody's business           else    an echo, numbered
 */
import type { Agent, RunContext } from '../conversation/agent.ts'
import { ParleyError } from '../conversation/errors.ts'
import { createTextDelta } from '../conversation/events.ts'
import type { RunEvent } from '../conversation/events.ts'
import type { ItemType, UserMessageItem, Workflow } from '../conversation/items.ts'
import { createMessage, createPacedAgent } from './paced-agent.ts'
import type { PacedAgent } from './paced-agent.ts'

export interface VersatileAgent extends Agent {
  /** Of the slow answers. */
  paced: PacedAgent
  /** The threads that it was asked in, in order. */
  asked: string[]
}

export function createVersatileAgent(): VersatileAgent {
  const paced = createPacedAgent()
  const asked: string[] = []
  return {
    paced,
    asked,
    async *respond(context, message) {
      asked.push(context.thread.id)
      const words = message === null ? '' : wordsOf(message)
      const files = (message?.attachments ?? []).map(({ name }) => ` with ${name}`).join('')
      if (message === null) yield* say(context, `You picked ${await pickedIn(context)}.`)
      else if (words.startsWith('everything')) yield* sayEverything(context)
      else if (words.startsWith('tool')) {
        yield* say(context, 'Let me ask.')
        yield* context.callClientTool('pick_colour', { of: 'the sky' })
      } else if (words.startsWith('fail')) {
        yield* say(context, 'I will look')
        throw new ParleyError('agent_error', 'The library is closed today.', { retryable: true })
      } else if (words.startsWith('hidden')) throw new Error('The password is hunter2.')
      else if (words.startsWith('slow')) yield* paced.respond(context, message)
      else yield* say(context, `${asked.filter((id) => id === context.thread.id).length}: ${words}${files}`)
    },
  }
}

function wordsOf({ content }: UserMessageItem): string {
  return content.map(({ text }) => text).join('')
}

async function pickedIn(context: RunContext): Promise<string> {
  const call = (await context.history()).findLast((item) => item.type === 'client_tool_call')
  return JSON.stringify(call?.type === 'client_tool_call' ? (call.output ?? null) : null)
}

async function* say(context: RunContext, text: string): AsyncGenerator<RunEvent> {
  const item = createMessage(context)
  yield { type: 'item-added', item }
  for (const word of text.split(/(?<= )/)) yield createTextDelta(item.id, word)
  yield { type: 'item-done', item: { ...item, content: [{ type: 'output_text', text, annotations: [] }] } }
}

function base<Type extends ItemType>(context: RunContext, type: Type) {
  const { id: thread_id } = context.thread
  return { id: context.createId(type), thread_id, created_at: context.now().toISOString(), type }
}

async function* sayEverything(context: RunContext): AsyncGenerator<RunEvent> {
  context.thread.title = 'Everything'
  yield { type: 'progress', text: 'Looking into it', icon: 'search' }
  yield* ponder(context)
  yield* cite(context)
  yield { type: 'notice', level: 'warning', message: 'That was half of it.' }
  const states = ['1', '1, 2'].map((value) => ({
    type: 'Card',
    children: [{ type: 'Text', id: 'numbers', value, streaming: true }],
  }))
  yield* context.streamWidget(states, { copyText: 'A card with the numbers 1 and 2' })
  yield { type: 'item-done', item: { ...base(context, 'generated_image'), image: picture } }
  const task = { type: 'web_search' as const, title: 'Searched', queries: ['sky'], sources: [] }
  yield {
    type: 'item-done',
    item: { ...base(context, 'task'), task: { ...task, status_indicator: 'complete' } },
  }
  yield { type: 'client-effect', name: 'confetti', data: { pieces: 7 } }
  yield* say(context, 'That is everything.')
}

/** A grey pixel. */
const picture = {
  id: 'img_1',
  url: 'data:image/gif;base64,R0lGODlhAQABAIAAAMLCwgAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==',
}

async function* ponder(context: RunContext): AsyncGenerator<RunEvent> {
  const thought = (content: string, isDone = false) => ({
    type: 'thought' as const,
    content,
    status_indicator: isDone ? ('complete' as const) : ('loading' as const),
  })
  const reasoning = { ...base(context, 'workflow'), workflow: workflowOf('reasoning') }
  yield { type: 'item-added', item: reasoning }
  const updates = [
    { type: 'workflow.task.added' as const, task_index: 0, task: thought('The sky is') },
    { type: 'workflow.task.updated' as const, task_index: 0, task: thought('The sky is wide.', true) },
  ]
  for (const update of updates) yield { type: 'item-updated', item_id: reasoning.id, update }
  const tasks = [thought('The sky is wide.', true)]
  yield { type: 'item-done', item: { ...reasoning, workflow: { ...reasoning.workflow, tasks } } }
  const custom = { ...base(context, 'workflow'), workflow: workflowOf('custom') }
  yield { type: 'item-added', item: custom }
  const step = { type: 'custom' as const, title: 'Measured', status_indicator: 'complete' as const }
  yield {
    type: 'item-updated',
    item_id: custom.id,
    update: { type: 'workflow.task.added', task_index: 0, task: step },
  }
  yield { type: 'item-done', item: { ...custom, workflow: { ...custom.workflow, tasks: [step] } } }
}

function workflowOf(type: Workflow['type']): Workflow {
  return { type, tasks: [], expanded: false }
}

async function* cite(context: RunContext): AsyncGenerator<RunEvent> {
  const item = createMessage(context)
  const text = 'The sky is blue.'
  const annotations = [
    {
      type: 'annotation' as const,
      source: { type: 'url' as const, title: 'Skies', url: 'https://sky.example/' },
    },
    { type: 'annotation' as const, source: { type: 'file' as const, title: 'Blue', filename: 'blue.pdf' } },
  ]
  yield { type: 'item-added', item }
  yield createTextDelta(item.id, text)
  for (const [annotation_index, annotation] of annotations.entries()) {
    yield {
      type: 'item-updated',
      item_id: item.id,
      update: {
        type: 'assistant_message.content_part.annotation_added',
        content_index: 0,
        annotation_index,
        annotation,
      },
    }
  }
  yield { type: 'item-done', item: { ...item, content: [{ type: 'output_text', text, annotations }] } }
}
