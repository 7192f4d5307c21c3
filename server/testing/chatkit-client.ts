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
  /** Whether to ask for our additions. Default true. */
  additions?: boolean
}

export async function createChatKitClient(options: ChatKitClientOptions): Promise<ChatKitClient> {
  const { url, secret, userId = 'anna', tenantId, additions = true } = options
  const token = await createToken({ secret }, { userId, ...(tenantId === undefined ? {} : { tenantId }) })

  const client: ChatKitClient = {
    post: (body, { signal, headers } = {}) =>
      fetch(`${url}/chatkit`, {
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

/** The input of a message that says nothing but this. */
export function says(text: string): JsonObject {
  return { content: [{ type: 'input_text', text }], attachments: [], inference_options: {} }
}

/** All text deltas put together. */
export function textOf(received: ReceivedEvent[]): string {
  return received
    .map(({ event }) =>
      event.type === 'thread.item.updated' && event.update.type === 'assistant_message.content_part.text_delta'
        ? event.update.delta
        : '',
    )
    .join('')
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
