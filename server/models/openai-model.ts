/**
 * Any server that speaks OpenAI's chat completions or Responses API, lean, because relaying deltas is what this program does
 * most (decisions/0010).
 *
 *   request ─▶ HttpExchange ─ bytes of one socket read ─▶ reply reader ─ few events ─▶ whoever asked
 */
import { Agent, type Dispatcher } from 'undici'
import { ParleyError } from '../conversation/errors.ts'
import type { JsonObject } from '../conversation/items.ts'
import type { Model, ModelRequest } from '../conversation/model.ts'
import { HttpExchange, type HttpReply } from './http-exchange.ts'
import { createChatDecoder, encodeChatRequest, UpstreamFailureError } from './openai-chat.ts'
import { createResponsesDecoder, encodeResponsesRequest } from './openai-responses.ts'
import { createReplyReader } from './reply-reader.ts'
import {
  connectionError,
  failureError,
  modelError,
  parseRetryAfter,
  readFailureText,
  redact,
} from './upstream-errors.ts'

export interface OpenAiModelOptions {
  /** Up to and with the version: `https://api.openai.com/v1`, which is the default. */
  baseUrl?: string
  /** Left out for servers without keys. */
  apiKey?: string
  model: string
  /** Default `chat`: nearly every server speaks it. */
  api?: 'chat' | 'responses'
  /** Fields for every request: `{ "reasoning_effort": "low" }`. They win over ours. */
  extraBody?: JsonObject
  extraHeaders?: Record<string, string>
  /** The longest line of the stream, in UTF-16 code units. Default 1 Mi. */
  lineLengthMax?: number
  /** Who opens connections. Default: an agent of its own. */
  dispatcher?: Dispatcher
}

const baseUrlDefault = 'https://api.openai.com/v1'
const errorBodyBytesMax = 64 * 1024

/** A model behind an OpenAI-compatible address. Throws `ParleyError`s with `model_…` codes, or the signal's reason. */
export function createOpenAiModel(options: OpenAiModelOptions): Model {
  const base = new URL(options.baseUrl ?? baseUrlDefault)
  const api = options.api ?? 'chat'
  const dispatcher = options.dispatcher ?? new Agent({ connect: { timeout: 10_000 } })
  const path = `${base.pathname.replace(/\/+$/, '')}/${api === 'chat' ? 'chat/completions' : 'responses'}${base.search}`
  const secrets = [options.apiKey ?? '', ...Object.values(options.extraHeaders ?? {})]
  // OpenAI's newer models take only the new name, most other servers only the old one.
  const outputTokensField = base.hostname === 'api.openai.com' ? 'max_completion_tokens' : 'max_tokens'
  const headers = {
    'content-type': 'application/json',
    accept: 'text/event-stream',
    'accept-encoding': 'identity',
    'user-agent': 'parley',
    ...(options.apiKey && { authorization: `Bearer ${options.apiKey}` }),
    ...options.extraHeaders,
  }

  function encode(request: ModelRequest): string {
    const body =
      api === 'chat'
        ? encodeChatRequest(request, options.model, outputTokensField)
        : encodeResponsesRequest(request, options.model)
    return JSON.stringify({ ...body, ...options.extraBody })
  }

  return {
    name: options.model,
    async *stream(request, signal) {
      const httpRequest = { origin: base.origin, path, headers, body: encode(request) }
      const exchange = new HttpExchange(dispatcher, httpRequest, signal)
      let complete = false
      try {
        await expectStream(exchange, secrets)
        const decoder = api === 'chat' ? createChatDecoder() : createResponsesDecoder()
        const reader = createReplyReader(decoder, options.lineLengthMax)
        while (reader.isOpen()) {
          await exchange.arrival()
          for (const event of reader.read(exchange.take)) yield event
        }
        reader.assertComplete()
        complete = true
      } catch (error) {
        // oxlint-disable-next-line typescript/only-throw-error -- an abort's reason is whatever the aborter gave
        throw signal.aborted ? signal.reason : asModelError(error, secrets)
      } finally {
        if (complete) exchange.finish()
        else exchange.abort(new Error('nobody reads any more'))
      }
    },
  }
}

/** Waits for the headers; throws unless they announce a stream. */
async function expectStream(exchange: HttpExchange, secrets: readonly string[]): Promise<void> {
  const reply = await exchange.reply()
  const type = textOf(reply, 'content-type')
  const isStream = reply.status === 200 && !/\b(html|json)\b/i.test(type)
  const encoding = textOf(reply, 'content-encoding')
  if (isStream && (encoding === '' || encoding === 'identity')) return
  if (reply.status >= 400) throw await statusError(exchange, reply, secrets)
  if (reply.status >= 300) {
    throw modelError('model_bad_request', new Error(`HTTP ${reply.status}: redirects are not followed`))
  }
  const failure = readFailureText(await exchange.text(errorBodyBytesMax))
  if (failure.message !== undefined || failure.code !== undefined) throw failureError(failure, secrets)
  const cause = `HTTP ${reply.status} with ${type || 'no content type'} ${encoding} in place of a stream of events`
  throw modelError('model_bad_response', new Error(redact(cause, secrets)))
}

async function statusError(
  exchange: HttpExchange,
  reply: HttpReply,
  secrets: readonly string[],
): Promise<ParleyError> {
  const retryAfterSeconds = parseRetryAfter(textOf(reply, 'retry-after'), Date.now())
  // A reply whose body breaks off still has its status.
  const body = await exchange.text(errorBodyBytesMax).catch(() => '')
  return failureError(
    {
      ...readFailureText(body),
      status: reply.status,
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    },
    secrets,
  )
}

function asModelError(error: unknown, secrets: readonly string[]): ParleyError {
  if (error instanceof ParleyError) return error
  if (error instanceof UpstreamFailureError) return failureError(error.failure, secrets)
  return connectionError(error, 'model_unavailable')
}

function textOf(reply: HttpReply, name: string): string {
  const value = reply.headers[name]
  return typeof value === 'string' ? value : ''
}
