/**
 * A scripted upstream over real HTTP that speaks OpenAI's chat completions and Responses API. Tests give it scripts; without
 * one the newest user message chooses (`!help` lists how), so a person can provoke every failure, too:
 *
 *   node server/dist/testing/fake-openai.js 4010
 *   OPENAI_BASE_URL=http://127.0.0.1:4010/v1 npm start
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type Script, scriptFor, type ScriptStep } from './fake-openai-scripts.ts'

export interface FakeOpenAi {
  /** With `/v1`: what `OPENAI_BASE_URL` takes. */
  readonly baseUrl: string
  /** Oldest first. */
  readonly requests: RecordedRequest[]
  /** The next requests are answered by these, in order; after them by the newest user message. */
  play(...scripts: Script[]): void
  close(): Promise<void>
}

export interface RecordedRequest {
  readonly path: string
  /** Of the client's end: the same for requests over one connection. */
  readonly port: number | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: Record<string, unknown>
  /** Whether the client closed the connection before the script had ended. */
  closedByClient: boolean
  /** Resolves when the connection is closed or the reply complete. */
  readonly closed: Promise<void>
}

/** Starts on a free port of this machine, or on the given one. `choose` may know a script that the request's words do not name. */
export async function startFakeOpenAi(
  port = 0,
  choose: (body: RecordedRequest['body']) => Script | undefined = () => undefined,
): Promise<FakeOpenAi> {
  const scripts: Script[] = []
  const requests: RecordedRequest[] = []
  const server = createServer((request, response) => {
    void answer(request, response, { scripts, requests, choose })
  })
  server.listen(port, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address() as AddressInfo
  return {
    baseUrl: `http://127.0.0.1:${address.port}/v1`,
    requests,
    play: (...more) => void scripts.push(...more),
    close: () => closeServer(server),
  }
}

interface Repertoire {
  scripts: Script[]
  requests: RecordedRequest[]
  choose(body: RecordedRequest['body']): Script | undefined
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { scripts, requests, choose }: Repertoire,
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = parseBody(Buffer.concat(chunks).toString('utf8'))
  const gone = new AbortController()
  const recorded: RecordedRequest = {
    path: request.url ?? '',
    port: request.socket.remotePort,
    headers: request.headers,
    body,
    closedByClient: false,
    closed: new Promise((resolve) => {
      response.once('close', () => {
        if (!scriptEnded) recorded.closedByClient = true
        gone.abort()
        resolve()
      })
    }),
  }
  let scriptEnded = false
  requests.push(recorded)
  response.on('error', () => {
    // The client may go at any time.
  })
  const newest = newestInput(body)
  const script = scripts.shift() ?? choose(body) ?? scriptFor(newest.text, newest.isToolOutput)
  const play = createPlayer(
    response,
    request.url?.endsWith('/responses') === true ? responsesFrames() : chatFrames(),
    gone.signal,
  )
  for (const step of script) {
    if (gone.signal.aborted) return
    if (step.type === 'cut') scriptEnded = true
    await play(step)
    if (step.type === 'cut') return
  }
  scriptEnded = true
  response.end()
}

type Player = (step: ScriptStep) => Promise<void>

function createPlayer(response: ServerResponse, frames: Frames, gone: AbortSignal): Player {
  let bytesAlone = false

  async function write(data: string | Uint8Array): Promise<void> {
    if (!response.headersSent) begin()
    const bytes = Buffer.from(data)
    for (const piece of bytesAlone ? bytes.map((byte) => byte) : [bytes]) {
      if (gone.aborted) return
      const isRoom = response.write(typeof piece === 'number' ? Buffer.from([piece]) : piece)
      if (bytesAlone) await new Promise((resolve) => setImmediate(resolve))
      else if (!isRoom) await until(response, 'drain', gone)
    }
  }

  function begin(): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
    response.flushHeaders()
    response.socket?.setNoDelay(true)
  }

  return async (step) => {
    switch (step.type) {
      case 'reply':
        response.writeHead(step.status, step.headers)
        response.write(step.body ?? '')
        return
      case 'begin':
        return begin()
      case 'raw':
        return write(step.data)
      case 'bytes-alone':
        bytesAlone = true
        return
      case 'wait':
        if (!response.headersSent) begin()
        return new Promise((resolve) => setTimeout(resolve, step.milliseconds))
      case 'hang':
        return until(response, 'close', gone)
      case 'cut':
        // What was written must leave first: a reset throws away what waits.
        await new Promise((resolve) => setTimeout(resolve, 20))
        if (step.how === 'reset') response.socket?.resetAndDestroy()
        else response.socket?.end()
        return
      case 'endless':
        while (!gone.aborted) {
          await write(frames({ type: 'text', text: step.text }))
          await new Promise((resolve) => setImmediate(resolve))
        }
        return
      case 'text':
      case 'reasoning':
      case 'tool-call':
      case 'url-citation':
      case 'finish':
        return write(frames(step))
    }
  }
}

function until(response: ServerResponse, event: 'drain' | 'close', gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.removeListener(event, done)
      gone.removeEventListener('abort', done)
      resolve()
    }
    response.once(event, done)
    gone.addEventListener('abort', done)
    if (gone.aborted) done()
  })
}

type SaidStep = Extract<ScriptStep, { type: 'text' | 'reasoning' | 'tool-call' | 'url-citation' | 'finish' }>
/** The steps that say something, as server-sent events of one of the two wires. */
type Frames = (step: SaidStep) => string

const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`

function chatFrames(): Frames {
  let calls = 0
  const chunk = (delta: object, finishReason: string | null = null): string =>
    data({
      id: 'chatcmpl-fake',
      object: 'chat.completion.chunk',
      created: 1_700_000_000,
      model: 'fake',
      choices: [{ index: 0, delta, finish_reason: finishReason }],
    })
  return (step) => {
    switch (step.type) {
      case 'text':
        return chunk({ content: step.text })
      case 'reasoning':
        return chunk({ reasoning_content: step.text })
      case 'url-citation': {
        const citation = { url: step.url, title: step.title, start_index: 0, end_index: step.index }
        return chunk({ annotations: [{ type: 'url_citation', url_citation: citation }] })
      }
      case 'tool-call': {
        const index = calls++
        const first = {
          index,
          id: step.id ?? `call_${index}`,
          type: 'function',
          function: { name: step.name, arguments: '' },
        }
        const rest = pieces(step.arguments, step.pieces ?? 1).map((piece) => ({
          index,
          function: { arguments: piece },
        }))
        return [first, ...rest].map((call) => chunk({ tool_calls: [call] })).join('')
      }
      case 'finish': {
        const usage = {
          prompt_tokens: 11,
          completion_tokens: 7,
          completion_tokens_details: { reasoning_tokens: 2 },
          prompt_tokens_details: { cached_tokens: 5 },
        }
        const reason = step.reason ?? (calls > 0 ? 'tool_calls' : 'stop')
        return `${chunk({}, reason)}${data({ id: 'chatcmpl-fake', choices: [], usage })}data: [DONE]\n\n`
      }
    }
  }
}

function responsesFrames(): Frames {
  let sequence = 0
  let calls = 0
  const event = (type: string, fields: object): string =>
    `event: ${type}\n${data({ type, sequence_number: sequence++, ...fields })}`
  const place = { item_id: 'msg_fake', output_index: 0, content_index: 0 }
  return (step) => {
    switch (step.type) {
      case 'text':
        return event('response.output_text.delta', { ...place, delta: step.text, logprobs: [] })
      case 'reasoning':
        return event('response.reasoning_summary_text.delta', {
          item_id: 'rs_fake',
          summary_index: 0,
          delta: step.text,
        })
      case 'url-citation': {
        const annotation = {
          type: 'url_citation',
          url: step.url,
          title: step.title,
          start_index: 0,
          end_index: step.index,
        }
        return event('response.output_text.annotation.added', { ...place, annotation_index: 0, annotation })
      }
      case 'tool-call': {
        const call = {
          type: 'function_call',
          id: `fc_${calls}`,
          call_id: step.id ?? `call_${calls}`,
          name: step.name,
        }
        calls += 1
        const deltas = pieces(step.arguments, step.pieces ?? 1).map((delta) =>
          event('response.function_call_arguments.delta', { item_id: call.id, delta }),
        )
        return [
          event('response.output_item.added', { item: { ...call, arguments: '' } }),
          ...deltas,
          event('response.output_item.done', { item: { ...call, arguments: step.arguments } }),
        ].join('')
      }
      case 'finish': {
        const usage = {
          input_tokens: 11,
          output_tokens: 7,
          output_tokens_details: { reasoning_tokens: 2 },
          input_tokens_details: { cached_tokens: 5 },
        }
        if (step.reason !== 'length' && step.reason !== 'content_filter') {
          return event('response.completed', { response: { status: 'completed', usage } })
        }
        const reason = step.reason === 'length' ? 'max_output_tokens' : 'content_filter'
        return event('response.incomplete', {
          response: { status: 'incomplete', incomplete_details: { reason }, usage },
        })
      }
    }
  }
}

function pieces(text: string, count: number): string[] {
  const length = Math.max(1, Math.ceil(text.length / count))
  return Array.from({ length: Math.ceil(text.length / length) }, (_, index) =>
    text.slice(index * length, (index + 1) * length),
  )
}

/** The newest message of the user, or of a tool when that came last, on either wire. */
function newestInput(body: Record<string, unknown>): { text: string; isToolOutput: boolean } {
  const list = body['messages'] ?? body['input']
  const entries = (Array.isArray(list) ? list : [{ role: 'user', content: list }]) as Record<
    string,
    unknown
  >[]
  const last = entries.at(-1)
  if (last?.['role'] === 'tool') return { text: textOf(last['content']), isToolOutput: true }
  if (last?.['type'] === 'function_call_output') return { text: textOf(last['output']), isToolOutput: true }
  const newest = entries.findLast((entry) => entry['role'] === 'user')
  return { text: textOf(newest?.['content']), isToolOutput: false }
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return (content as Record<string, unknown>[])
    .map((part) => (typeof part['text'] === 'string' ? part['text'] : ''))
    .join('\n')
}

function parseBody(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return {}
  }
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const fake = await startFakeOpenAi(Number(process.argv[2] ?? 4010))
  process.stdout.write(`A scripted upstream listens on ${fake.baseUrl}; send it !help\n`)
}
