/** A stand-in for the part of OpenAI's ChatKit API that tells of threads, over real HTTP: pages, cursors, and whatever goes wrong. */
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** As the API tells it; `unknown`, since a test may have it tell anything. */
export interface HeldThread {
  thread: { id: string; user: string; created_at: number; [field: string]: unknown }
  /** Oldest first. */
  items: { id: string; [field: string]: unknown }[]
}

export interface ThreadsAnswer {
  status: number
  body: unknown
  headers?: Record<string, string>
}

export interface FakeThreadsApi {
  /** With `/v1`. */
  baseUrl: string
  /** Oldest first. A test may change it at any time. */
  held: HeldThread[]
  /** Path and query of each request, in their order. */
  asked: string[]
  /** Of the newest request. */
  headers(): IncomingHttpHeaders
  /** Asked before each answer: what is answered instead of it. `cut`: the connection is closed. */
  instead: (path: string) => ThreadsAnswer | 'cut' | undefined | Promise<undefined>
  close(): Promise<void>
}

export const threadsApiKey = 'sk-proj-of-the-other-side'

export async function startFakeThreadsApi(held: HeldThread[] = []): Promise<FakeThreadsApi> {
  let headers: IncomingHttpHeaders = {}
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    headers = request.headers
    api.asked.push(path)
    void Promise.resolve(api.instead(path)).then((instead) => give(response, instead ?? usual(path)))
  })

  function usual(path: string): ThreadsAnswer {
    if (headers.authorization !== `Bearer ${threadsApiKey}`) return problem(401, 'Incorrect API key provided')
    const { pathname, searchParams } = new URL(path, 'http://api')
    const user = searchParams.get('user')
    if (pathname === '/v1/chatkit/threads') {
      const threads = api.held.map(({ thread }) => thread)
      return page(
        threads.filter((thread) => user === null || thread.user === user),
        searchParams,
      )
    }
    const [, id = ''] = /^\/v1\/chatkit\/threads\/([^/]+)\/items$/.exec(pathname) ?? []
    const found = api.held.find(({ thread }) => thread.id === decodeURIComponent(id))
    return found === undefined ? problem(404, 'No such thread') : page(found.items, searchParams)
  }

  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const api: FakeThreadsApi = {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    held,
    asked: [],
    headers: () => headers,
    instead: () => undefined,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return api
}

function page(rows: { id: string }[], query: URLSearchParams): ThreadsAnswer {
  const ordered = query.get('order') === 'asc' ? rows : rows.toReversed()
  const after = query.get('after')
  const from = after === null ? 0 : ordered.findIndex(({ id }) => id === after) + 1
  if (after !== null && from === 0) return problem(404, 'No such cursor')
  const limit = Number(query.get('limit') ?? 20)
  const data = ordered.slice(from, from + limit)
  const body = {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: from + limit < ordered.length,
  }
  return { status: 200, body }
}

function problem(status: number, message: string): ThreadsAnswer {
  return { status, body: { error: { message, type: 'invalid_request_error', param: null, code: null } } }
}

function give(response: ServerResponse, answer: ThreadsAnswer | 'cut'): void {
  if (answer === 'cut') {
    response.destroy()
    return
  }
  const { status, body, headers = {} } = answer
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

/** A conversation of so many items: questions and answers in turns. */
export function heldThread(number: number, itemCount: number, change: object = {}): HeldThread {
  const id = `cthr_${number}`
  const createdAt = 1_760_000_000 + number * 1_000
  return {
    thread: {
      id,
      object: 'chatkit.thread',
      created_at: createdAt,
      title: `Conversation ${number}`,
      status: { type: 'active' },
      user: `user${number % 3}`,
      ...change,
    },
    items: Array.from({ length: itemCount }, (_, index) =>
      index % 2 === 0
        ? question(id, index, createdAt)
        : {
            ...itemBase(id, index, createdAt),
            type: 'chatkit.assistant_message',
            content: [{ type: 'output_text', text: `Answer ${index}`, annotations: [] }],
          },
    ),
  }
}

export function itemBase(threadId: string, index: number, createdAt: number): HeldThread['items'][number] {
  return {
    id: `cti_${threadId}_${index}`,
    object: 'chatkit.thread_item',
    thread_id: threadId,
    created_at: createdAt + index,
  }
}

function question(threadId: string, index: number, createdAt: number): HeldThread['items'][number] {
  return {
    ...itemBase(threadId, index, createdAt),
    type: 'chatkit.user_message',
    content: [{ type: 'input_text', text: `Question ${index}` }],
    attachments: [],
    inference_options: null,
  }
}

/** One item of every type that the API has, each with everything that it may say. */
export function heldThreadOfAllTypes(id: string, user: string): HeldThread {
  const createdAt = 1_760_000_000
  const url = { type: 'url', source: { type: 'url', url: 'https://example.org/a' } }
  const file = { type: 'file', source: { type: 'file', filename: 'a.pdf' } }
  const bodies = [
    {
      type: 'chatkit.user_message',
      content: [
        { type: 'input_text', text: 'What about this?' },
        { type: 'quoted_text', text: 'It was said before.' },
      ],
      attachments: [
        { type: 'file', id: 'cfile_1', name: 'a.pdf', mime_type: 'application/pdf', preview_url: null },
      ],
      inference_options: { tool_choice: { id: 'search' }, model: 'fast' },
    },
    {
      type: 'chatkit.assistant_message',
      content: [{ type: 'output_text', text: 'As **follows**.', annotations: [file, url] }],
    },
    {
      type: 'chatkit.widget',
      widget: JSON.stringify({ type: 'Card', children: [{ type: 'Text', value: 'Sunny' }] }),
    },
    {
      type: 'chatkit.client_tool_call',
      status: 'completed',
      call_id: 'call_1',
      name: 'where',
      arguments: '{"precise":null}',
      output: '{"city":"Bonn"}',
    },
    { type: 'chatkit.task', task_type: 'custom', heading: 'Looked it up', summary: 'In a book' },
    {
      type: 'chatkit.task_group',
      tasks: [
        { type: 'thought', heading: 'Hm', summary: 'Perhaps' },
        { type: 'custom', heading: null, summary: null },
      ],
    },
  ]
  return {
    thread: {
      id,
      object: 'chatkit.thread',
      created_at: createdAt,
      title: 'All of it',
      status: { type: 'locked', reason: 'Done' },
      user,
    },
    items: bodies.map((body, index) => ({ ...itemBase(id, index, createdAt), ...body })),
  }
}
