/**
 * A model's events as the items that people see, in ChatKit's exact order.
 *
 *   idle ─ thought ─▶ thinking ─ text, annotation ─▶ writing ─ thought ─▶ thinking …
 *            └──────────────── close ──▶ idle ◀── close ──┘
 *
 * What is open when the model fails stays open: the run settles it, so that nothing of it is lost.
 */
import type { RunContext } from '../conversation/agent.ts'
import { createTextDelta, type ItemUpdate, type RunEvent } from '../conversation/events.ts'
import type {
  Annotation,
  AssistantMessageItem,
  OutputText,
  Task,
  WorkflowItem,
} from '../conversation/items.ts'

export interface AnswerWriter {
  thought(text: string): RunEvent[]
  text(text: string): RunEvent[]
  annotation(annotation: Annotation): RunEvent[]
  /** Finishes what is open. */
  close(): RunEvent[]
}

type Open =
  | { type: 'thinking'; item: WorkflowItem; thought: string; shownLength: number; beganAt: Date }
  | { type: 'writing'; item: AssistantMessageItem; part: OutputText; startsAt: number }

/** An update repeats the whole thought, so it is worth sending only when the thought has grown by a part of itself. */
const thoughtGrowthMin = 0.1
const thoughtLengthStep = 60

export function createAnswerWriter(context: Pick<RunContext, 'createId' | 'now' | 'thread'>): AnswerWriter {
  let open: Open | undefined
  let textLength = 0

  function itemBase(type: 'workflow' | 'assistant_message'): {
    id: string
    thread_id: string
    created_at: string
  } {
    return {
      id: context.createId(type),
      thread_id: context.thread.id,
      created_at: context.now().toISOString(),
    }
  }

  function close(): RunEvent[] {
    const closing = open
    open = undefined
    if (closing === undefined) return []
    return closing.type === 'thinking'
      ? closeThought(closing, context.now())
      : closeMessage(closing.item, closing.part)
  }

  function write(change: (message: Extract<Open, { type: 'writing' }>) => RunEvent): RunEvent[] {
    if (open?.type === 'writing') return [change(open)]
    const before = close()
    const part: OutputText = { type: 'output_text', text: '', annotations: [] }
    const item: AssistantMessageItem = {
      ...itemBase('assistant_message'),
      type: 'assistant_message',
      content: [],
    }
    open = { type: 'writing', item, part, startsAt: textLength }
    const partAdded = {
      type: 'assistant_message.content_part.added',
      content_index: 0,
      content: emptyPart(),
    } as const
    return [...before, { type: 'item-added', item }, update(item.id, partAdded), change(open)]
  }

  return {
    thought(text) {
      if (open?.type === 'thinking') {
        open.thought += text
        const grown = open.thought.length - open.shownLength
        if (grown < thoughtLengthStep + open.shownLength * thoughtGrowthMin) return []
        open.shownLength = open.thought.length
        return [taskUpdate('workflow.task.updated', open.item.id, thoughtTask(open.thought, 'loading'))]
      }
      const before = close()
      const workflow = { type: 'reasoning', tasks: [], expanded: true } as const
      const item: WorkflowItem = {
        ...itemBase('workflow'),
        type: 'workflow',
        workflow: { ...workflow, tasks: [] },
      }
      open = { type: 'thinking', item, thought: text, shownLength: text.length, beganAt: context.now() }
      return [
        ...before,
        { type: 'item-added', item },
        taskUpdate('workflow.task.added', item.id, thoughtTask(text, 'loading')),
      ]
    },
    text: (text) =>
      write((message) => {
        message.part.text += text
        textLength += text.length
        return createTextDelta(message.item.id, text)
      }),
    annotation: (given) =>
      write((message) => {
        const annotation = moved(given, message.startsAt)
        const annotation_index = message.part.annotations.push(annotation) - 1
        const type = 'assistant_message.content_part.annotation_added'
        return update(message.item.id, { type, content_index: 0, annotation_index, annotation })
      }),
    close,
  }
}

function closeMessage(item: AssistantMessageItem, part: OutputText): RunEvent[] {
  return [
    update(item.id, { type: 'assistant_message.content_part.done', content_index: 0, content: part }),
    { type: 'item-done', item: { ...item, content: [part] } },
  ]
}

function closeThought(open: Extract<Open, { type: 'thinking' }>, now: Date): RunEvent[] {
  const task = thoughtTask(open.thought, 'complete')
  const duration = Math.max(0, Math.round((now.getTime() - open.beganAt.getTime()) / 1000))
  const workflow = { type: 'reasoning' as const, tasks: [task], summary: { duration }, expanded: false }
  return [
    taskUpdate('workflow.task.updated', open.item.id, task),
    { type: 'item-done', item: { ...open.item, workflow } },
  ]
}

/** A model counts from the beginning of its answer, which a thought in the middle divides into two messages. */
function moved(annotation: Annotation, startsAt: number): Annotation {
  if (annotation.index === undefined || startsAt === 0) return annotation
  return { ...annotation, index: Math.max(0, annotation.index - startsAt) }
}

function emptyPart(): OutputText {
  return { type: 'output_text', text: '', annotations: [] }
}

function thoughtTask(content: string, status_indicator: 'loading' | 'complete'): Task {
  return { type: 'thought', status_indicator, content }
}

function taskUpdate(
  type: 'workflow.task.added' | 'workflow.task.updated',
  item_id: string,
  task: Task,
): RunEvent {
  return update(item_id, { type, task_index: 0, task })
}

function update(item_id: string, change: ItemUpdate): RunEvent {
  return { type: 'item-updated', item_id, update: change }
}
