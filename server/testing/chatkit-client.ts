/** A plain client of the ChatKit door, as strict as a test needs it. */
import { createToken } from '../auth/bearer-tokens.ts'
import type { JsonObject } from '../conversation/items.ts'
import type { StreamEvent, WireItem } from '../contracts/chatkit/wire.ts'
import type { Page } from '../conversation/threads.ts'

export interface ChatKitClient {
  /** Sends any body. */
  post(body: unknown, options?: PostOptions): Promise<Response>
  /** A JSON operation; throws `RefusedError` unless it is answered with 200. */
  json<Answer>(type: string, params: object): Promise<Answer>
  /** A streaming operation; throws `RefusedError` unless a stream begins. */
  stream(type: string, params: object, options?: PostOptions): Promise<ChatKitStream>
  /** Every item of the thread, oldest first. */
  allItems(threadId: string): Promise<WireItem[]>
}

export interface PostOptions {
  signal?: AbortSignal
  headers?: Record<string, string>
}

export interface ReceivedEvent {
  /** There when the client asked for our additions. */
  seq?: number
  event: StreamEvent
}

export interface ChatKitStream extends AsyncIterable<ReceivedEvent> {
  headers: Headers
  /** Everything until the stream's end. */
  all(): Promise<ReceivedEvent[]>
}

export class RefusedError extends Error {
  readonly status: number
  readonly body: string
  constructor(status: number, body: string) {
    super(`${status}: ${body}`)
    this.status = status
    this.body = body
  }
}

export interface ChatKitClientOptions {
  url: string
  secret: string
  userId?: string
  tenantId?: string
  /** What is shown. Default: a token that is minted for the user. */
  token?: string
  /** Whether to ask for our additions. Default true. */
  additions?: boolean
  /** What answers, where it is not a server behind a socket. */
  fetch?(request: Request): Response | Promise<Response>
}

export async function createChatKitClient(options: ChatKitClientOptions): Promise<ChatKitClient> {
  const { url, secret, userId = 'anna', tenantId, additions = true, fetch: answer = fetch } = options
  const claims = { userId, ...(tenantId === undefined ? {} : { tenantId }) }
  const { token = await createToken({ secret }, claims) } = options

  const client: ChatKitClient = {
    post: async (body, { signal, headers } = {}) =>
      answer(
        new Request(`${url}/chatkit`, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            authorization: `Bearer ${token}`,
            ...(additions ? { 'parley-stream': '1' } : {}),
            ...headers,
          },
          body: typeof body === 'string' ? body : JSON.stringify(body),
          ...(signal === undefined ? {} : { signal }),
        }),
      ),
    async json<Answer>(type: string, params: object) {
      const response = await client.post({ type, params })
      if (response.status !== 200) throw new RefusedError(response.status, await response.text())
      return (await response.json()) as Answer
    },
    async stream(type, params, postOptions) {
      const response = await client.post({ type, params }, postOptions)
      if (response.status !== 200) throw new RefusedError(response.status, await response.text())
      return createStream(response)
    },
    async allItems(threadId) {
      const items: WireItem[] = []
      let after: string | undefined
      do {
        const page: Page<WireItem> = await client.json('items.list', {
          thread_id: threadId,
          order: 'asc',
          limit: 100,
          ...(after === undefined ? {} : { after }),
        })
        items.push(...page.data)
        after = page.after
      } while (after !== undefined)
      return items
    },
  }
  return client
}

function createStream(response: Response): ChatKitStream {
  const stream: ChatKitStream = {
    headers: response.headers,
    async *[Symbol.asyncIterator]() {
      if (response.body === null) return
      let rest = ''
      for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
        const frames = (rest + text).split('\n\n')
        rest = frames.pop() ?? ''
        for (const frame of frames) {
          const received = parseFrame(frame)
          if (received !== null) yield received
        }
      }
    },
    async all() {
      const received: ReceivedEvent[] = []
      for await (const event of stream) received.push(event)
      return received
    },
  }
  return stream
}

function parseFrame(frame: string): ReceivedEvent | null {
  const fields = new Map(
    frame
      .split('\n')
      .filter((line) => !line.startsWith(':'))
      .map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]),
  )
  const data = fields.get('data')
  if (data === undefined) return null
  const id = fields.get('id')
  return { ...(id === undefined ? {} : { seq: Number(id) }), event: JSON.parse(data) as StreamEvent }
}

/** A stream that is read in the background. */
export interface WatchedStream {
  received: ReceivedEvent[]
  /** Everything, when it is over. Rejects when the stream was cut. */
  ended: Promise<ReceivedEvent[]>
  /** Resolves when so much text has come. */
  untilText(text: string): Promise<void>
}

export function watch(stream: ChatKitStream): WatchedStream {
  const received: ReceivedEvent[] = []
  async function readAll(): Promise<ReceivedEvent[]> {
    for await (const event of stream) received.push(event)
    return received
  }
  const ended = readAll()
  // Whoever waits for the end hears of it; nobody has to.
  ended.catch(() => {})
  return {
    received,
    ended,
    async untilText(text) {
      while (!textOf(received).includes(text)) await new Promise((resolve) => setTimeout(resolve, 2))
    },
  }
}

/** The input of a message that says nothing but this. */
export function says(text: string): JsonObject {
  return { content: [{ type: 'input_text', text }], attachments: [], inference_options: {} }
}

/** Begins a conversation. */
export function ask(client: ChatKitClient, text = 'Hello', options?: PostOptions): Promise<ChatKitStream> {
  return client.stream('threads.create', { input: says(text) }, options)
}

/** Goes on with one. */
export function askAgain(
  client: ChatKitClient,
  threadId: string,
  text = 'And then?',
  options?: PostOptions,
): Promise<ChatKitStream> {
  return client.stream('threads.add_user_message', { thread_id: threadId, input: says(text) }, options)
}

/** All text deltas put together. */
export function textOf(received: ReceivedEvent[]): string {
  return received
    .map(({ event }) =>
      event.type === 'thread.item.updated' &&
      event.update.type === 'assistant_message.content_part.text_delta'
        ? event.update.delta
        : '',
    )
    .join('')
}

/** How the run ended, as the stream's last event says. */
export function endOf(received: ReceivedEvent[]): string | undefined {
  const last = received.at(-1)?.event
  return last?.type === 'parley.run_ended' ? last.status : undefined
}

/** The text of every assistant message. */
export function answersOf(items: WireItem[]): string[] {
  return items.flatMap((item) =>
    item.type === 'assistant_message' ? item.content.map((part) => part.text).join('') : [],
  )
}

export function threadIdOf(stream: ChatKitStream): string {
  return stream.headers.get('parley-thread') ?? ''
}

export function runIdOf(stream: ChatKitStream): string {
  return stream.headers.get('parley-run') ?? ''
}
