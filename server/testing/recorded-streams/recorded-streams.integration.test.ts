/** Every stream of every door, byte for byte as its recording has it: on one server, with scripted agents and a clock that stands still. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createRevocations } from '../../auth/revocations.ts'
import { createSecret } from '../../auth/secrets.ts'
import type { StreamEvent } from '../../contracts/chatkit/wire.ts'
import type { StreamFrame } from '../../contracts/chats/wire.ts'
import type { Agent } from '../../conversation/agent.ts'
import type { ItemUpdate, RunEvent } from '../../conversation/events.ts'
import type { Item } from '../../conversation/items.ts'
import type { BegunRun } from '../../engine/options.ts'
import type { Storage } from '../../storage/open.ts'
import { createTestDatabase } from '../databases.ts'
import type { TestDatabase } from '../databases.ts'
import { createTestFiles } from '../file-keepers.ts'
import type { TestFiles } from '../file-keepers.ts'
import { startProduct } from '../product.ts'
import type { TestServer } from '../test-server.ts'
import type { StreamRequest } from './exchange.ts'
import { asking, brief, crash, everything, failTellingWhy, half, inTurns, never } from './scripts.ts'
import { serveDoors } from './server.ts'
import { createTheatre, recordedFiles } from './stage.ts'
import type { Stage } from './stage.ts'
import {
  answerChat,
  chatKit,
  createChat,
  createSession,
  input,
  post,
  respond,
  say,
  textOf,
  voices,
} from './voices.ts'
import type { Voice } from './voices.ts'

const now = (): Date => new Date('2026-01-02T03:04:05.678Z')
const secret = createSecret()
const revocations = createRevocations()
const theatre = createTheatre({ url: () => started(server).url, secret })

let files: TestFiles | undefined
let database: TestDatabase | undefined
/** Where everything is said. */
let server: TestServer | undefined
/** Another process on the same database: what it tells of a run, it has read in the log. */
let other: TestServer | undefined

beforeAll(async () => {
  files = await createTestFiles()
  database = await createTestDatabase('pglite')
  ;[server, other] = await Promise.all([serve(database.storage), serve(database.storage)])
})
afterAll(async () => {
  await Promise.all([server?.close(), other?.close()])
  await database?.close()
  await files?.close()
})

function started<Thing>(thing: Thing | undefined): Thing {
  if (thing === undefined) throw new Error('It has not started.')
  return thing
}

function serve(storage: Storage): Promise<TestServer> {
  const keeper = started(files).keeper(storage, { now })
  return serveDoors({ storage, keeper, agent: theatre.agent, secret, revocations, now })
}

/** Asks as the voice does, and records the answer. */
async function play(
  { prefix, prepare }: Voice,
  name: string,
  agentOf: (stage: Stage) => Agent,
  url?: string,
): Promise<Played> {
  const stage = await theatre.open(agentOf)
  const asked = (await prepare(stage))('Speak')
  const recorded = stage.record(`${prefix}${name}`, asked, url)
  // Whoever waits for the end hears of it.
  recorded.catch(() => {})
  return { stage, asked, recorded }
}

interface Played {
  stage: Stage
  asked: StreamRequest
  /** Resolves when the stream is over, and is what it was. */
  recorded: Promise<Response>
}

const store = () => started(database).storage.store

/** What the stage's client has begun last. */
async function newestRun({ owner }: Stage): Promise<BegunRun> {
  const { data } = await store().threads(owner, { limit: 1, order: 'desc' })
  const run = await store().newestRun(owner, data[0]?.id ?? '')
  if (run === null) throw new Error('Nothing has begun.')
  return { runId: run.id, threadId: run.threadId }
}

/** The ids of a thread's items, oldest first. */
async function itemsOf({ owner }: Stage, threadId: string, type: Item['type']): Promise<string[]> {
  const { data } = await store().items(owner, threadId, { limit: 100, order: 'asc' })
  return data.filter((item) => item.type === type).map(({ id }) => id)
}

/** What was written in the logs of the runs that say most. */
const logged: RunEvent[] = []

async function readLog(stage: Stage): Promise<void> {
  const { runId } = await newestRun(stage)
  for (const { event } of await store().runEvents(stage.owner, runId, 0, 1_000_000)) logged.push(event)
}

test.each(voices)(
  '[RECORD-1] $prefix: everything that can be said, and how it is read later',
  async (voice) => {
    const { stage, asked, recorded } = await play(voice, 'everything', everything)
    await recorded
    await readLog(stage)
    if (voice.readOn === undefined) return
    const request = voice.readOn(await newestRun(stage), 12, asked)
    await stage.record(`${voice.prefix}everything-read-on`, request, started(other).url)
  },
)

test.each(voices)('[RECORD-1] $prefix: an answer that fails, and one that breaks', async (voice) => {
  const failed = await play(voice, 'failed', (stage) => half(stage, failTellingWhy))
  await failed.recorded
  await readLog(failed.stage)
  await (
    await play(voice, 'broken', (stage) => half(stage, crash))
  ).recorded
})

test.each(voices)('[RECORD-1] $prefix: an answer that is stopped', async (voice) => {
  const { stage, recorded } = await play(voice, 'stopped', (own) => half(own, never))
  await stage.shown('"Half"')
  await started(server).parley.engine.cancel(stage.owner, await newestRun(stage))
  await recorded
})

test('[RECORD-1] answers of a process that goes away', async () => {
  const leaving = await serve(started(database).storage)
  const all = await Promise.all(
    voices.map((voice) => play(voice, 'interrupted', (own) => half(own, never), leaving.url)),
  )
  await Promise.all(all.map(({ stage }) => stage.shown('"Half"')))
  await leaving.parley.drain(0)
  await Promise.all(all.map(({ recorded }) => recorded))
  await leaving.close()
})

test('[RECORD-1] answers to those who are not let in any more', async () => {
  const all = await Promise.all(voices.map((voice) => play(voice, 'revoked', (own) => half(own, never))))
  for (const { stage, recorded } of all) {
    await stage.shown('"Half"')
    await revocations.revoke({ ...stage.owner, name: null, at: new Date(), until: null })
    await recorded
  }
})

const beating = voices.filter(({ hasHeartbeat }) => hasHeartbeat)

test.each(beating)('[RECORD-1] $prefix: an answer that takes its time', async (voice) => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  try {
    const { stage, recorded } = await play(voice, 'slow', (own) =>
      half(own, () => own.shown(': heartbeat\n\n')),
    )
    await stage.shown('"Half"')
    vi.advanceTimersByTime(15_000)
    await recorded
  } finally {
    vi.useRealTimers()
  }
})

const resumable = voices.flatMap((voice) =>
  voice.readOn === undefined ? [] : [{ ...voice, readOn: voice.readOn }],
)

test.each(resumable)('[RECORD-1] $prefix: an answer that two read at once', async (voice) => {
  const first = await play(voice, 'whole', (own) => half(own, () => own.shown('"Half"', 2)))
  const { stage, asked } = first
  await stage.shown('"Half"')
  const second = stage.record(`${voice.prefix}whole-joined`, voice.readOn(await newestRun(stage), 0, asked))
  await Promise.all([first.recorded, second])
})

test('[RECORD-1] every operation of the ChatKit protocol that is answered with a stream', async () => {
  const stage = await theatre.open((own) =>
    inTurns(asking(own), brief(own, ['One.', 'Two.', 'Three.', 'Four.', 'Five.'])),
  )
  const record = (type: string, params: object, name = type.replace(/^threads\./, '').replaceAll('_', '-')) =>
    stage.record(`chatkit/stock-${name}`, chatKit(type, params))
  await record('threads.create', { input: input('Ask me') })
  const { threadId: thread_id } = await newestRun(stage)
  await record('threads.add_client_tool_output', { thread_id, result: { found: true, where: null } })
  const [questions] = await itemsOf(stage, thread_id, 'structured_input')
  const answers = { size: { values: ['Small'], skipped: false }, why: { values: [], skipped: true } }
  await record('threads.add_structured_input', {
    thread_id,
    item_id: questions,
    input: { status: 'answered', answers },
  })
  const attachment = await stage.ask(
    chatKit('attachments.create', { name: 'a.png', size: 9, mime_type: 'image/png' }),
  )
  await record('threads.add_user_message', {
    thread_id,
    input: {
      content: [
        { type: 'input_text', text: 'Look at ' },
        {
          type: 'input_tag',
          id: 'tag',
          text: 'Ada',
          data: { age: null },
          group: 'People',
          interactive: true,
        },
      ],
      attachments: [textOf(attachment, 'id')],
      quoted_text: 'Two.',
      inference_options: { tool_choice: { id: 'look' }, model: 'fast' },
    },
  })
  const [widget] = await itemsOf(stage, thread_id, 'widget')
  const action = { type: 'press', payload: { of: 'it' } }
  await record('threads.custom_action', { thread_id, item_id: widget, action })
  const [, message] = await itemsOf(stage, thread_id, 'user_message')
  await record('threads.retry_after_item', { thread_id, item_id: message })
  await record('threads.custom_action', { thread_id, item_id: message, action }, 'custom-action-refused')
})

test('[RECORD-1] actions at the respond door, and one while an answer is being written', async () => {
  let goOn = (): void => {}
  const gate = new Promise<void>((resolve) => (goOn = resolve))
  const stage = await theatre.open((own) =>
    inTurns(
      brief(own, ['One.', 'Two.']),
      half(own, () => gate),
    ),
  )
  await stage.record('respond/widget', respond('respond', { input: 'Show me' }))
  const { threadId: thread_id } = await newestRun(stage)
  const action = { type: 'press', widget_id: 'button' }
  await stage.record('respond/action', respond('action', { thread_id, action }))
  const busy = stage.record('respond/second', respond('respond', { thread_id, input: 'Go on' }))
  await stage.shown('"Half"')
  await stage.record('respond/action-at-once', respond('action', { thread_id, action }))
  goOn()
  await busy
})

test('[RECORD-1] a message with a file at the support door', async () => {
  const stage = await theatre.open((own) => half(own, async () => {}))
  const file = { fileName: 'a.txt', fileType: 'text/plain', fileData: btoa('A text.') }
  const message = { sessionId: await createSession(stage), content: 'Look', attachments: [file] }
  await stage.record('support/file', say(message))
})

test('[RECORD-1] an answer that is read on where the AI SDK asks for it', async () => {
  const stage = await theatre.open((own) => half(own, () => own.shown('"Half"', 2)))
  const id = await createChat(stage)
  const first = stage.record('chats/asked-as-ai-sdk', answerChat(id, 'Speak'))
  await stage.shown('"Half"')
  const second = stage.record('chats/read-on-as-ai-sdk', {
    method: 'GET',
    path: `/api/chats/${id}/${id}/stream`,
  })
  await Promise.all([first, second])
})

test.each(['output-available', 'output-error'])(
  '[RECORD-1] an answer that goes on with a tool’s %s, for one who has it and one who has nothing',
  async (state) => {
    const stage = await theatre.open((own) =>
      inTurns(
        asking(own),
        half(own, () => own.shown('"Half"', 2)),
      ),
    )
    const id = await createChat(stage)
    await stage.record(`chats/calls-for-${state}`, answerChat(id, 'Ask me'))
    const { data } = await store().items(stage.owner, (await newestRun(stage)).threadId, {
      limit: 20,
      order: 'desc',
    })
    const call = data.find((item) => item.type === 'client_tool_call')
    const output =
      state === 'output-available' ? { output: { found: true, where: null } } : { errorText: 'No.' }
    const part = { type: 'tool-look_up', toolCallId: call?.call_id, state, input: call?.arguments, ...output }
    const body = { messages: [{ id: call?.id, role: 'assistant', parts: [part] }] }
    const first = stage.record(`chats/goes-on-with-${state}`, post(`/api/chats/${id}`, body))
    await stage.shown('"Half"')
    const request = { method: 'GET' as const, path: `/api/chats/${id}/stream` }
    await Promise.all([first, stage.record(`chats/joined-after-${state}`, request)])
  },
)

const eventTypes: Record<RunEvent['type'], true> = {
  'thread-created': true,
  'thread-updated': true,
  'item-added': true,
  'item-updated': true,
  'item-done': true,
  'item-replaced': true,
  'item-removed': true,
  options: true,
  progress: true,
  'client-effect': true,
  notice: true,
  error: true,
  'run-ended': true,
}
const updateTypes: Record<ItemUpdate['type'], true> = {
  'assistant_message.content_part.added': true,
  'assistant_message.content_part.text_delta': true,
  'assistant_message.content_part.annotation_added': true,
  'assistant_message.content_part.done': true,
  'widget.streaming_text.value_delta': true,
  'widget.component.updated': true,
  'widget.root.updated': true,
  'workflow.task.added': true,
  'workflow.task.updated': true,
  'generated_image.updated': true,
}
/** Those that anybody sees. */
const itemTypes: Record<Exclude<Item['type'], 'hidden_context_item' | 'sdk_hidden_context'>, true> = {
  user_message: true,
  assistant_message: true,
  client_tool_call: true,
  widget: true,
  generated_image: true,
  structured_input: true,
  workflow: true,
  task: true,
  end_of_turn: true,
}

test('[RECORD-2] no kind of event, update or item is missing in what is said', () => {
  const kinds = (all: string[]): string[] => [...new Set(all)].toSorted()
  expect(kinds(logged.map(({ type }) => type))).toEqual(Object.keys(eventTypes).toSorted())
  const updates = logged.flatMap((event) => (event.type === 'item-updated' ? [event.update.type] : []))
  expect(kinds(updates)).toEqual(Object.keys(updateTypes).toSorted())
  const items = logged.flatMap((event) => (event.type === 'item-done' ? [event.item.type] : []))
  expect(kinds(items)).toEqual(Object.keys(itemTypes).toSorted())
})

const chatKitTypes: Record<StreamEvent['type'], true> = {
  'thread.created': true,
  'thread.updated': true,
  'thread.item.added': true,
  'thread.item.updated': true,
  'thread.item.done': true,
  'thread.item.replaced': true,
  'thread.item.removed': true,
  stream_options: true,
  progress_update: true,
  client_effect: true,
  notice: true,
  error: true,
  'parley.run_ended': true,
}
const chatsTypes: Record<StreamFrame['type'], true> = {
  start: true,
  'start-step': true,
  'finish-step': true,
  'text-start': true,
  'text-delta': true,
  'text-end': true,
  'reasoning-start': true,
  'reasoning-delta': true,
  'reasoning-end': true,
  'tool-input-available': true,
  'tool-output-available': true,
  'tool-output-error': true,
  file: true,
  'source-url': true,
  'source-document': true,
  'data-widget': true,
  'data-workflow': true,
  'data-task': true,
  'data-questions': true,
  'data-progress': true,
  'data-notice': true,
  'data-effect': true,
  'data-chat-title': true,
  error: true,
  abort: true,
  finish: true,
}

test.each([
  { door: 'chatkit', types: chatKitTypes },
  { door: 'chats', types: chatsTypes },
])(
  '[RECORD-2] of the frames that the wire of $door has, none is missing in its recordings',
  ({ door, types }) => {
    const text = recordedFiles()
      .filter(({ path }) => path.includes(`/${door}/`))
      .map(({ path }) => readFileSync(path, 'utf8'))
      .join('')
    const recorded = new Set(
      Array.from(text.matchAll(/^data: \{"type":"([^"]+)"/gm), ([, type]) => String(type)),
    )
    expect([...recorded].toSorted()).toEqual(Object.keys(types).toSorted())
  },
)

test('[RECORD-1] no recording is left that nobody plays, and no stream of the product is without one', async () => {
  const files = recordedFiles()
  expect(files.filter(({ isPlayed }) => !isPlayed).map(({ path }) => path)).toEqual([])
  const product = await startProduct(started(database).storage)
  const reply = await fetch(`${product.url}/openapi.json`)
  const document = (await reply.json()) as ApiDocument
  await product.close()
  const streams = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, { responses }]) => responses?.['200']?.content?.['text/event-stream'] !== undefined)
      .map(([method]) => `${method.toUpperCase()} ${path}`),
  )
  const isRecorded = (stream: string): boolean => {
    const pattern = new RegExp(`^${stream.replaceAll(/\{\w+\}/g, '[^/]+')}$`)
    return files.some(({ asked }) => pattern.test(asked))
  }
  expect(streams).toContain('POST /chatkit')
  expect(streams.filter((stream) => !isRecorded(stream))).toEqual([])
})

interface ApiDocument {
  paths: Record<string, Record<string, { responses?: Record<string, { content?: Record<string, unknown> }> }>>
}
