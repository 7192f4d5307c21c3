/** The todo agent's model where none is configured: a handful of phrases become the same tool calls that a model would make. */
import type { Model, ModelMessage } from '../conversation/model.ts'
import { called, newestWords, outputOf, spoken } from './spoken.ts'

export interface TaskAnswersOptions {
  /** What answers everything else: the built-in answerer. */
  otherwise: Model
  /** The pause after each word. Default 0.015. */
  wordSeconds?: number
}

export function createTaskAnswers({ otherwise, wordSeconds = 0.015 }: TaskAnswersOptions): Model {
  return {
    name: otherwise.name,
    async *stream(request, signal) {
      const newest = request.messages.at(-1)
      const output = newest?.role === 'tool' ? describeOutput(newest) : undefined
      const command = output === undefined ? commandOf(newestWords(request.messages)) : undefined
      if (output !== undefined) yield* spoken(output, wordSeconds, signal)
      else if (command === undefined) yield* otherwise.stream(request, signal)
      else yield* called(command.name, command.parameters, request.messages.length)
    },
  }
}

interface Command {
  name: string
  parameters: Record<string, string>
}

const things = '(?:tasks?|to-?dos?|to-?do list|list)'
const quoted = '["“„]?(?<task>[^"“”„]+?)["”]?'

/** The first that fits. Each is anchored at both ends and has no nested repetition. */
const phrases: { pattern: RegExp; name: string }[] = [
  {
    name: 'list_tasks',
    pattern: new RegExp(
      `^(?:please )?(?:(?:can you )?(?:show|list|see|view|open|give)(?: me)?(?: all)?(?: of)?|what(?: is|'s|’s| are)(?: on)?)(?: my| the)? ${things}(?: please)?[.?!]*$`,
      'i',
    ),
  },
  { name: 'list_tasks', pattern: new RegExp(`^(?:my )?${things}[.?!]*$`, 'i') },
  {
    name: 'add_task',
    pattern:
      /^(?:please )?(?:add|create|new|remember|remind me)(?: a| the| new| a new)?(?: task| to-?do)?(?: to(?= ))?:? ["“„]?(?<title>[^"“”„]+?)["”]?(?: to (?:my|the) (?:list|tasks|to-?dos?|to-?do list))?[.!]?$/i,
  },
  {
    name: 'rename_task',
    pattern: new RegExp(
      `^(?:please )?rename (?:the )?(?:task )?${quoted} to ["“„]?(?<title>[^"“”„]+?)["”]?[.!]?$`,
      'i',
    ),
  },
  {
    name: 'delete_task',
    pattern: new RegExp(`^(?:please )?(?:delete|remove) (?:the )?(?:task )?${quoted}[.!]?$`, 'i'),
  },
  {
    name: 'complete_task',
    pattern: new RegExp(
      `^(?:please )?(?:complete|finish|check off|mark|done:?|done with|i did) (?:the )?(?:task )?${quoted}(?: (?:as )?(?:done|complete|completed|finished))?[.!]?$`,
      'i',
    ),
  },
]

const commandLengthMax = 300

function commandOf(words: string): Command | undefined {
  if (words.length > commandLengthMax) return undefined
  const plain = words.replaceAll(/\s+/g, ' ').trim()
  for (const { pattern, name } of phrases) {
    const found = pattern.exec(plain)
    if (found !== null) return { name, parameters: { ...found.groups } }
  }
  return undefined
}

function describeOutput(message: Extract<ModelMessage, { role: 'tool' }>): string | undefined {
  const { error, did, task, tasks } = outputOf(message)
  if (typeof error === 'string') return `That did not work. ${error}`
  if (Array.isArray(tasks))
    return tasks.length === 0 ? 'You have no tasks yet. Say “Add buy milk” to begin.' : 'Here are your tasks.'
  const title = typeof task === 'object' && task !== null && 'title' in task ? String(task.title) : ''
  return typeof did === 'string' ? `Done: ${did} “${title}”.` : undefined
}
