/**
 * An agent's items and events in their complete form: defaults filled in, null fields left out (nulls inside free
 * dictionaries survive). So openai-chatkit serialises its models, and so they are stored and sent.
 */
import type { ItemUpdate, RunEvent } from './events.ts'
import type { Annotation, Item, OutputText, Source, StructuredQuestion, Task, UserContent } from './items.ts'
import { completeWidget } from './widgets.ts'

export function completeEvent(event: RunEvent): RunEvent {
  switch (event.type) {
    case 'item-added':
    case 'item-done':
    case 'item-replaced':
      return { ...event, item: completeItem(event.item) }
    case 'item-updated':
      return { ...event, update: completeUpdate(event.update) }
    case 'client-effect':
      return { ...event, data: event.data ?? {} }
    case 'progress':
    case 'notice':
    case 'error':
      return withoutNulls(event)
    case 'thread-created':
    case 'thread-updated':
    case 'item-removed':
    case 'options':
    case 'run-ended':
      return event
  }
}

export function completeItem(given: Item): Item {
  const item = withoutNulls(given)
  switch (item.type) {
    case 'user_message':
      return { ...item, content: item.content.map(completeContent) }
    case 'assistant_message':
      return { ...item, content: item.content.map(completePart) }
    case 'client_tool_call':
      return { ...item, status: item.status ?? 'pending', arguments: item.arguments ?? {} }
    case 'widget':
      return { ...item, widget: completeWidget(item.widget) }
    case 'structured_input':
      return { ...item, status: item.status ?? 'pending', inputs: item.inputs.map(completeQuestion) }
    case 'workflow': {
      const workflow = withoutNulls(item.workflow)
      const tasks = (workflow.tasks ?? []).map(completeTask)
      return { ...item, workflow: { ...workflow, tasks, expanded: workflow.expanded ?? false } }
    }
    case 'task':
      return { ...item, task: completeTask(item.task) }
    case 'generated_image':
    case 'end_of_turn':
    case 'hidden_context_item':
    case 'sdk_hidden_context':
      return item
  }
}

function completeUpdate(update: ItemUpdate): ItemUpdate {
  switch (update.type) {
    case 'assistant_message.content_part.added':
    case 'assistant_message.content_part.done':
      return { ...update, content: completePart(update.content) }
    case 'assistant_message.content_part.annotation_added':
      return { ...update, annotation: completeAnnotation(update.annotation) }
    case 'widget.component.updated':
      return { ...update, component: completeWidget(update.component) }
    case 'widget.root.updated':
      return { ...update, widget: completeWidget(update.widget) }
    case 'workflow.task.added':
    case 'workflow.task.updated':
      return { ...update, task: completeTask(update.task) }
    case 'assistant_message.content_part.text_delta':
    case 'widget.streaming_text.value_delta':
    case 'generated_image.updated':
      return withoutNulls(update)
  }
}

function completeContent(content: UserContent): UserContent {
  if (content.type === 'input_text') return content
  const tag = withoutNulls(content)
  return { ...tag, interactive: tag.interactive ?? false }
}

function completePart(part: OutputText): OutputText {
  return { ...part, text: part.text ?? '', annotations: (part.annotations ?? []).map(completeAnnotation) }
}

function completeAnnotation(annotation: Annotation): Annotation {
  return withoutNulls({ ...annotation, source: completeSource(annotation.source) })
}

function completeSource<Kind extends Source>(given: Kind): Kind {
  const source = withoutNulls(given)
  return source.type === 'entity'
    ? { ...source, interactive: source.interactive ?? false, data: source.data ?? {} }
    : source
}

function completeQuestion(given: StructuredQuestion): StructuredQuestion {
  const question = withoutNulls(given)
  return question.type === 'multiple_choice'
    ? { ...question, multiple: question.multiple ?? false }
    : question
}

function completeTask(given: Task): Task {
  const task = { ...withoutNulls(given), status_indicator: given.status_indicator ?? 'none' }
  if (task.type === 'web_search') {
    return { ...task, queries: task.queries ?? [], sources: (task.sources ?? []).map(completeSource) }
  }
  return task.type === 'file' ? { ...task, sources: (task.sources ?? []).map(completeSource) } : task
}

/** Without the object's own null fields; what lies deeper is not touched. */
function withoutNulls<Kind extends object>(object: Kind): Kind {
  if (!Object.values(object).some(isNothing)) return object
  return Object.fromEntries(Object.entries(object).filter(([, value]) => !isNothing(value))) as Kind
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined
}
