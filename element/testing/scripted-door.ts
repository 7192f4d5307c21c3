/// <reference types="node" />
import type { ServerResponse } from 'node:http'
import type {
  JsonRequest,
  StreamingRequest,
  WireItem,
  WireThread,
} from '../../server/contracts/chatkit/wire.ts'
import type { Conversation, Conversations, Run } from './conversations.ts'

export type Request = JsonRequest | StreamingRequest

/** One request at the door. */
export interface Call {
  request: Request
  key: string | undefined
  response: ServerResponse
}

export interface Door {
  answer(call: Call): void
  /** Breaks every connection that is streaming. */
  cut(): void
}

/** The ChatKit door's protocol with our additions, over conversations in memory. */
export function createDoor(conversations: Conversations): Door {
  const streams = new Set<ServerResponse>()
  const followers = new Set<() => void>()
  conversations.onLog = () => {
    for (const follow of followers) follow()
  }

  /** Sends a run's log from a place on, and follows it to the end or until the client goes. */
  function stream(run: Run, after: number, response: ServerResponse): void {
    response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Parley-Run': run.id,
      'Parley-Thread': run.threadId,
    })
    response.write(': \n\n')
    let sent = after
    const finish = (): void => {
      followers.delete(follow)
      streams.delete(response)
      response.end()
    }
    const follow = (): void => {
      for (const { seq, event } of run.log.slice(sent)) {
        response.write(`id: ${seq}\ndata: ${JSON.stringify(event)}\n\n`)
        sent = seq
      }
      if (run.log.at(-1)?.event.type === 'parley.run_ended') finish()
    }
    streams.add(response)
    followers.add(follow)
    response.on('close', finish)
    follow()
  }

  return {
    answer(call) {
      const { request, key, response } = call
      if (request.type === 'threads.create') {
        const begun = conversations.begunWith(key)
        const run = begun ?? conversations.begin(conversations.create(), key, request.params.input)
        return stream(run, 0, response)
      }
      if (request.type === 'threads.list') {
        const threads = [...conversations.all.values()].map(({ thread }) => thread).toReversed()
        return sendPage(response, request.params, threads)
      }
      const id = 'thread_id' in request.params ? request.params.thread_id : ''
      const conversation = conversations.all.get(id)
      if (!conversation) return sendError(response, 404, 'Thread not found')
      const run = runFor(call, conversation, conversations)
      if (run === 'busy') return sendError(response, 409, 'An answer is still being given here.')
      if (run) return stream(run.run, run.after, response)
      answerPlainly(call, conversation, conversations)
    },
    cut() {
      for (const response of streams) response.destroy()
    },
  }
}

/** The run whose events answer the request, if it is one that streams. */
function runFor(
  { request, key }: Call,
  conversation: Conversation,
  conversations: Conversations,
): { run: Run; after: number } | 'busy' | undefined {
  const { run, items } = conversation
  if (request.type === 'parley.resume') {
    return run?.id === request.params.run_id ? { run, after: request.params.after ?? 0 } : undefined
  }
  if (request.type === 'threads.add_user_message') {
    if (run?.status === 'running' && conversations.begunWith(key) !== run) return 'busy'
    return { run: conversations.begin(conversation, key, request.params.input), after: 0 }
  }
  if (request.type === 'threads.custom_action') {
    if (run?.status === 'running' && conversations.begunWith(key) !== run) return 'busy'
    return { run: conversations.begin(conversation, key), after: 0 }
  }
  if (request.type === 'threads.retry_after_item') {
    items.splice(items.findIndex((item) => item.id === request.params.item_id) + 1)
    return { run: conversations.begin(conversation, key), after: 0 }
  }
  if (request.type === 'threads.add_structured_input') {
    const begun = conversations.begunWith(key)
    if (begun) return { run: begun, after: 0 }
    const replaced = conversations.answer(conversation, request.params)
    return replaced && { run: conversations.begin(conversation, key, undefined, replaced), after: 0 }
  }
  if (request.type === 'threads.add_client_tool_output') {
    const call = items.at(-1)
    if (call?.type === 'client_tool_call') {
      call.status = 'completed'
      call.output = request.params.result
    }
    return { run: conversations.begin(conversation, key), after: 0 }
  }
  return undefined
}

function answerPlainly(
  { request, response }: Call,
  conversation: Conversation,
  conversations: Conversations,
): void {
  const { run, thread, items } = conversation
  if (request.type === 'parley.cancel') {
    if (run) conversations.cancel(run)
    return send(response, 200, {})
  }
  if (request.type === 'threads.get_by_id') return send(response, 200, { ...thread, run: wireRun(run) })
  if (request.type === 'items.list') return sendPage(response, request.params, items.toReversed())
  if (request.type === 'items.feedback') return send(response, 200, {})
  if (request.type === 'threads.sync_custom_action') {
    const { item_id: itemId, action } = request.params
    return void conversations
      .actAtOnce(conversation, itemId ?? '', action.type)
      .then((item) => send(response, 200, { updated_item: item }))
  }
  if (request.type === 'threads.update') {
    thread.title = request.params.title
    return send(response, 200, thread)
  }
  if (request.type === 'threads.delete') {
    conversations.all.delete(thread.id)
    return send(response, 200, {})
  }
  sendError(response, 400, 'Not in this play')
}

function wireRun(run: Run | null): object | null {
  if (!run) return null
  const { id, status, error, log } = run
  return { id, status, last_seq: log.length, ...(error === undefined ? {} : { error }) }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
}

export function sendError(response: ServerResponse, status: number, message: string): void {
  send(response, status, { error: { message, type: 'error', param: null, code: 'scripted' } })
}

function sendPage(
  response: ServerResponse,
  { limit, after }: { limit?: number | null; after?: string | null },
  rows: (WireThread | WireItem)[],
): void {
  const start = after ? rows.findIndex((row) => row.id === after) + 1 : 0
  const data = rows.slice(start, start + (limit ?? 20))
  const more = start + data.length < rows.length
  send(response, 200, { data, has_more: more, ...(more ? { after: data.at(-1)?.id } : {}) })
}
