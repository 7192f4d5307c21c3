/** What the agents of the recorded streams say: everything that can be said, and every way to stop saying it. */
import type { Agent, RunContext } from '../../conversation/agent.ts'
import { ParleyError } from '../../conversation/errors.ts'
import { createTextDelta } from '../../conversation/events.ts'
import type { ItemUpdate, RunEvent } from '../../conversation/events.ts'
import type { Annotation, Item, ItemType, OutputText, Task, WidgetNode } from '../../conversation/items.ts'
import { createMessage } from '../paced-agent.ts'
import type { Stage } from './stage.ts'

/** Whatever may be wrong with a text on its way: quotes, lines, tags, and characters of every length. */
const difficult = ' “is”\n"a" \\ type: é, 世界, 🦜\u2028</script>'

type OfKind<Type extends ItemType> = Extract<Item, { type: Type }>

function itemBase<Type extends ItemType>(
  context: RunContext,
  type: Type,
): Pick<Item, 'id' | 'thread_id' | 'created_at'> & { type: Type } {
  const { id: thread_id } = context.thread
  return { id: context.createId(type), thread_id, created_at: context.now().toISOString(), type }
}

const update = (item: { id: string }, change: ItemUpdate): RunEvent => ({
  type: 'item-updated',
  item_id: item.id,
  update: change,
})

/** Pieces of text, each read before the next is said. */
async function* speak(stage: Stage, itemId: string, ...pieces: string[]): AsyncGenerator<RunEvent> {
  for (const piece of pieces) {
    yield createTextDelta(itemId, piece)
    await stage.shown(JSON.stringify(piece))
  }
}

/** Every kind of event, every kind of item, every kind of update. */
export function everything(stage: Stage): Agent {
  return {
    async *respond(context) {
      context.allowCancel = false
      yield { type: 'progress', text: 'Looking …', icon: 'search' }
      yield* think(context)
      yield* research(context)
      context.thread.title = 'Everything'
      yield* cite(context, stage)
      yield* show(context)
      yield* draw(context)
      yield* lookBack(context)
      yield { type: 'notice', level: 'warning', title: 'Careful', message: 'The end is near.' }
      yield { type: 'client-effect', name: 'celebrate', data: { loud: true, reason: null } }
      yield* stop(context)
    },
  }
}

async function* think(context: RunContext): AsyncGenerator<RunEvent> {
  const item: OfKind<'workflow'> = {
    ...itemBase(context, 'workflow'),
    workflow: { type: 'reasoning', tasks: [], expanded: false },
  }
  const thought = (content: string, status_indicator: 'loading' | 'complete'): Task => ({
    type: 'thought',
    title: 'Thinking',
    content,
    status_indicator,
  })
  const done = thought('Let me see.', 'complete')
  yield { type: 'item-added', item }
  yield update(item, { type: 'workflow.task.added', task_index: 0, task: thought('Let me', 'loading') })
  yield update(item, { type: 'workflow.task.updated', task_index: 0, task: done })
  yield {
    type: 'item-done',
    item: { ...item, workflow: { ...item.workflow, tasks: [done], summary: { duration: 2 } } },
  }
}

async function* research(context: RunContext): AsyncGenerator<RunEvent> {
  const status_indicator = 'complete'
  const tasks: Task[] = [
    { type: 'custom', title: 'Read', icon: 'book-open', content: 'A page', status_indicator },
    {
      type: 'web_search',
      title: 'Searched',
      title_query: 'parrots',
      queries: ['parrots', 'birds'],
      sources: [
        { type: 'url', title: 'Parrots', url: 'https://example.org/parrots', attribution: 'Example' },
      ],
      status_indicator,
    },
    {
      type: 'file',
      title: 'Files',
      sources: [{ type: 'file', title: 'A', filename: 'a.txt' }],
      status_indicator,
    },
    { type: 'image', title: 'Pictures', status_indicator },
  ]
  yield {
    type: 'item-done',
    item: {
      ...itemBase(context, 'workflow'),
      workflow: { type: 'custom', tasks, summary: { title: 'Researched', icon: 'bolt' }, expanded: true },
    },
  }
  const task: Task = { type: 'custom', title: 'One more', status_indicator: 'none' }
  yield { type: 'item-done', item: { ...itemBase(context, 'task'), task } }
}

const annotations: Annotation[] = [
  {
    type: 'annotation',
    index: 4,
    source: {
      type: 'url',
      title: 'Parrots',
      description: 'All of them',
      timestamp: '2026',
      group: 'Birds',
      url: 'https://example.org/parrots?a=1&b=2',
    },
  },
  { type: 'annotation', index: 5, source: { type: 'file', title: 'A file', filename: 'a.txt' } },
  {
    type: 'annotation',
    source: {
      type: 'entity',
      title: 'A parrot',
      id: 'parrot',
      icon: 'bird',
      label: 'Bird',
      interactive: true,
      data: { wings: 2, name: null },
    },
  },
]

async function* cite(context: RunContext, stage: Stage): AsyncGenerator<RunEvent> {
  const item = { ...createMessage(context), content: [] }
  const part = (text: string, all: Annotation[] = []): OutputText => ({
    type: 'output_text',
    text,
    annotations: all,
  })
  const pieces = ['A parrot', difficult, ' of bird.']
  const content = part(pieces.join(''), annotations)
  const place = { content_index: 0 }
  yield { type: 'item-added', item }
  yield update(item, { type: 'assistant_message.content_part.added', ...place, content: part('') })
  yield* speak(stage, item.id, ...pieces)
  for (const [annotation_index, annotation] of annotations.entries()) {
    yield update(item, {
      type: 'assistant_message.content_part.annotation_added',
      ...place,
      annotation_index,
      annotation,
    })
  }
  yield update(item, { type: 'assistant_message.content_part.done', ...place, content })
  yield { type: 'item-done', item: { ...item, content: [content] } }
}

/** A card that an action can be done to. */
export function card(value: string, footer: string): WidgetNode {
  const onClickAction = { type: 'press', payload: { twice: null, of: 'it' }, streaming: false }
  return {
    type: 'Card',
    children: [
      { type: 'Text', id: 'text', value, streaming: true },
      { type: 'Button', id: 'button', label: footer, onClickAction },
    ],
  }
}

async function* show(context: RunContext): AsyncGenerator<RunEvent> {
  const states = [card('One', 'Press'), card('One, two', 'Press'), card('One, two', 'Press again')]
  yield* context.streamWidget(states, { copyText: 'One, two' })
  const item: OfKind<'widget'> = { ...itemBase(context, 'widget'), widget: card('Three', 'Press') }
  yield { type: 'item-added', item }
  yield update(item, {
    type: 'widget.component.updated',
    component_id: 'text',
    component: { type: 'Text', id: 'text', value: 'Four' },
  })
  yield { type: 'item-done', item: { ...item, widget: card('Four', 'Press') } }
  yield { type: 'item-replaced', item: { ...item, widget: card('Five', 'Press') } }
}

async function* draw(context: RunContext): AsyncGenerator<RunEvent> {
  const item: OfKind<'generated_image'> = itemBase(context, 'generated_image')
  const image = { id: 'img_1', url: 'https://example.org/parrot.png' }
  yield { type: 'item-added', item }
  yield update(item, { type: 'generated_image.updated', image, progress: 0.5 })
  yield { type: 'item-done', item: { ...item, image } }
}

/** What is taken back, and what nobody ever sees. */
async function* lookBack(context: RunContext): AsyncGenerator<RunEvent> {
  const item = createMessage(context, 'Nothing')
  yield { type: 'item-added', item }
  yield { type: 'item-removed', item_id: item.id }
  yield { type: 'item-done', item: { ...itemBase(context, 'hidden_context_item'), content: 'unseen' } }
}

async function* stop(context: RunContext): AsyncGenerator<RunEvent> {
  const questions: OfKind<'structured_input'>['inputs'] = [
    {
      type: 'multiple_choice',
      id: 'size',
      question: 'How large?',
      options: [{ value: 'Small' }, { value: 'Large' }],
      multiple: false,
    },
    { type: 'freeform', id: 'why', question: 'Why?', description: 'In a word' },
  ]
  yield {
    type: 'item-done',
    item: { ...itemBase(context, 'structured_input'), status: 'pending', inputs: questions },
  }
  yield* context.callClientTool('look_up', { word: 'parrot', language: null })
  yield { type: 'item-done', item: itemBase(context, 'end_of_turn') }
}

/** Ends with what it would like to know. */
export function asking(stage: Stage): Agent {
  return {
    async *respond(context) {
      const item = createMessage(context)
      yield { type: 'item-added', item }
      yield* speak(stage, item.id, 'Tell me.')
      yield { type: 'item-removed', item_id: item.id }
      yield* stop(context)
    },
  }
}

/** The first answers the first message; the second whatever comes then. What is done to widgets is the first one's that can. */
export function inTurns(first: Agent, second: Agent): Agent {
  let isFirst = true
  const { action, syncAction } = first.action === undefined ? second : first
  return {
    respond(context, message) {
      const agent = isFirst ? first : second
      isFirst = false
      return agent.respond(context, message)
    },
    ...(action === undefined ? {} : { action }),
    ...(syncAction === undefined ? {} : { syncAction }),
  }
}

/** Half an answer, and then whatever it is told. */
export function half(stage: Stage, then: () => Promise<void>): Agent {
  return {
    async *respond(context) {
      const item = createMessage(context)
      yield { type: 'item-added', item }
      yield* speak(stage, item.id, 'Half')
      await then()
      yield* speak(stage, item.id, ' whole')
      const content: OutputText[] = [{ type: 'output_text', text: 'Half whole', annotations: [] }]
      yield { type: 'item-done', item: { ...item, content } }
    },
  }
}

/** It is stopped from outside. */
export const never = (): Promise<void> => new Promise(() => {})

export async function failTellingWhy(): Promise<void> {
  throw new ParleyError('model_unavailable', 'The model is away. "Later"?', { retryable: true })
}

export async function crash(): Promise<void> {
  throw new Error('Nobody hears of this.')
}

/** Answers in few words, with a card; what is done to the card changes it. */
export function brief(stage: Stage, texts: readonly string[] = ['Well.']): Agent {
  const rest = [...texts]
  async function* say(context: RunContext): AsyncGenerator<RunEvent> {
    const item = createMessage(context)
    const text = rest.shift() ?? 'No more.'
    yield { type: 'item-added', item }
    yield* speak(stage, item.id, text)
    yield { type: 'item-done', item: { ...item, content: [{ type: 'output_text', text, annotations: [] }] } }
  }
  return {
    async *respond(context) {
      yield* context.streamWidget(card('One', 'Press'))
      yield* say(context)
    },
    async *action(context, { type, payload }, sender) {
      if (sender !== null) {
        yield update(sender, { type: 'widget.root.updated', widget: card('Two', type) })
        yield { type: 'item-replaced', item: { ...sender, widget: card(JSON.stringify(payload), type) } }
      }
      yield* say(context)
    },
    async syncAction(_context, { type }, sender) {
      return sender === null ? null : { ...sender, widget: card('At once', type) }
    },
  }
}
