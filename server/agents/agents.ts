/** The agents that come with Parley, by name, and one agent that stands for all of them. */
import type { Agent, AgentContext } from '../conversation/agent.ts'
import { ParleyError } from '../conversation/errors.ts'
import type { Model } from '../conversation/model.ts'
import type { BookSearch } from '../knowledge/books.ts'
import type { AttachmentReading } from './attachment-contents.ts'
import { createBookAnswers } from './book-answers.ts'
import type { Learners } from './learners.ts'
import { createModelAgent } from './model-agent.ts'
import type { ModelAgentLimits } from './model-agent.ts'
import { createSupportAgent } from './support.ts'
import { createTaskAnswers } from './task-answers.ts'
import type { TaskStore } from './tasks.ts'
import { createTodoAgent } from './todo.ts'
import { createTutorAgent } from './tutor.ts'

const agentNames = ['assistant', 'tutor', 'support', 'todo'] as const
/** What the platform API calls a workflow's id. */
export type AgentName = (typeof agentNames)[number]
export type Agents = Record<AgentName, Agent>

export interface AgentsOptions {
  model: Model
  /** Whether `model` is the built-in answerer, which chooses no tools: then phrases do. */
  isBuiltIn: boolean
  books: BookSearch
  learners: Learners
  tasks: TaskStore
  /** Of the assistant. */
  instructions?: string
  /** Which book the tutor teaches. */
  book?: string
  bookTitle?: string
  limits?: ModelAgentLimits
  /** Lets the model see attached files. */
  attachments?: AttachmentReading
  onToolFailure?(toolName: string, error: unknown): void
}

export function createAgents(options: AgentsOptions): Agents {
  const { model, isBuiltIn, books, learners, tasks, instructions, book, bookTitle } = options
  const { limits, attachments, onToolFailure } = options
  const shared = {
    ...(limits === undefined ? {} : { limits }),
    ...(attachments === undefined ? {} : { attachments }),
    ...(onToolFailure === undefined ? {} : { onToolFailure }),
  }
  return {
    assistant: createModelAgent({
      ...shared,
      model,
      ...(instructions === undefined ? {} : { instructions }),
    }),
    support: createSupportAgent({ ...shared, model }),
    tutor: createTutorAgent({
      ...shared,
      model: isBuiltIn ? createBookAnswers({ otherwise: model }) : model,
      books,
      learners,
      ...(book === undefined ? {} : { book }),
      ...(bookTitle === undefined ? {} : { bookTitle }),
    }),
    todo: createTodoAgent({
      ...shared,
      model: isBuiltIn ? createTaskAnswers({ otherwise: model }) : model,
      tasks,
    }),
  }
}

export function isAgentName(name: unknown): name is AgentName {
  return agentNames.some((known) => known === name)
}

/** The key of a run's, and of a thread's, metadata that names the agent. */
export const agentKey = 'agent'

/**
 * One agent that hands each run to the one that its thread belongs to. A thread belongs to whoever answered it first: the one that
 * the run's metadata named then, or else `defaultName`. Later runs cannot move it.
 */
export function createSwitchboard(agents: Agents, defaultName: AgentName): Agent {
  function agentOf(context: AgentContext): Agent {
    const settled = context.thread.metadata[agentKey]
    if (isAgentName(settled)) return agents[settled]
    const wanted = context.metadata[agentKey]
    const name = isAgentName(wanted) ? wanted : defaultName
    // The default needs no note, and a note would tell every client of a change that it cannot see.
    if (name !== defaultName) context.thread.metadata = { ...context.thread.metadata, [agentKey]: name }
    return agents[name]
  }
  const { transcribe } = agents[defaultName]
  return {
    respond: (context, message) => agentOf(context).respond(context, message),
    action(context, action, sender) {
      const { action: handle } = agentOf(context)
      if (handle === undefined) throw unsupported()
      return handle(context, action, sender)
    },
    async syncAction(context, action, sender) {
      const { syncAction: handle } = agentOf(context)
      if (handle === undefined) throw unsupported()
      return handle(context, action, sender)
    },
    async feedback(context, feedback) {
      await agentOf(context).feedback?.(context, feedback)
    },
    ...(transcribe === undefined ? {} : { transcribe }),
  }
}

function unsupported(): ParleyError {
  return new ParleyError('unsupported', 'This assistant does not handle actions.')
}
