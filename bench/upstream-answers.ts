/**
 * Whole answers of an OpenAI-compatible upstream as bytes, made once per length: one HTTP chunk per delta, as providers send.
 * Sources: platform.openai.com/docs/api-reference/chat-streaming and …/responses-streaming.
 */
import { stampOffset, tokenText } from './tokens.ts'

export interface AnswerTemplate {
  /** Head of the response, all chunks and the end of the body. */
  bytes: Buffer
  /** Where the chunk of each token begins, and at last where what follows them begins. */
  tokenStarts: Uint32Array
  /** Where the stamp of each token begins. */
  stampStarts: Uint32Array
  /** Where the message's id stands: stores take it for a key, so every answer needs its own. */
  idStarts: Uint32Array
}

/** As long as every id that is written over it. */
export const idPlaceholder = 'msg_000000000000'

export type UpstreamApi = 'chat' | 'responses'

const head =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\n' +
  'x-request-id: req_bench\r\ntransfer-encoding: chunked\r\nconnection: keep-alive\r\n\r\n'

const made = new Map<string, AnswerTemplate>()

/** The answer of so many tokens. It is shared: copy it before writing stamps into it. */
export function answerTemplate(api: UpstreamApi, tokens: number): AnswerTemplate {
  const key = `${api} ${tokens}`
  const template = made.get(key) ?? build(api === 'chat' ? chatFrames(tokens) : responsesFrames(tokens))
  made.set(key, template)
  return template
}

interface Frames {
  before: string[]
  /** One per token; each holds `tokenText` of its number exactly once. */
  tokens: string[]
  after: string[]
}

function build({ before, tokens, after }: Frames): AnswerTemplate {
  let text = head + before.map(chunk).join('')
  const tokenStarts = new Uint32Array(tokens.length + 1)
  const stampStarts = new Uint32Array(tokens.length)
  const pieces = [text]
  let length = text.length
  tokens.forEach((frame, index) => {
    text = chunk(frame)
    tokenStarts[index] = length
    stampStarts[index] = length + text.indexOf(tokenText(index)) + stampOffset
    pieces.push(text)
    length += text.length
  })
  tokenStarts[tokens.length] = length
  pieces.push(...after.map(chunk), '0\r\n\r\n')
  const whole = pieces.join('')
  const idStarts = Uint32Array.from(whole.matchAll(new RegExp(idPlaceholder, 'g')), ({ index }) => index)
  // All is ASCII, so characters are bytes.
  return { bytes: Buffer.from(whole, 'latin1'), tokenStarts, stampStarts, idStarts }
}

function chunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`
}

function texts(count: number): string[] {
  return Array.from({ length: count }, (_, index) => tokenText(index))
}

function chatFrames(count: number): Frames {
  const data = (choices: object[], more: object = {}): string =>
    `data: ${JSON.stringify({
      id: 'chatcmpl-AbCdEfGhIjKlMnOpQrStUvWxYz012',
      object: 'chat.completion.chunk',
      created: 1_700_000_000,
      model: 'bench',
      system_fingerprint: 'fp_0123456789',
      choices,
      ...more,
    })}\n\n`
  const choice = (delta: object, finish_reason: string | null = null): object[] => [
    { index: 0, delta, logprobs: null, finish_reason },
  ]
  const usage = { prompt_tokens: 11, completion_tokens: count, total_tokens: count + 11 }
  return {
    before: [data(choice({ role: 'assistant', content: '', refusal: null }))],
    tokens: texts(count).map((content) => data(choice({ content }))),
    after: [data(choice({}, 'stop')), data([], { usage }), 'data: [DONE]\n\n'],
  }
}

function responsesFrames(count: number): Frames {
  let sequence = 0
  const event = (type: string, fields: object): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence++, ...fields })}\n\n`
  const text = texts(count).join('')
  const part = (said: string): object => ({ type: 'output_text', text: said, annotations: [], logprobs: [] })
  const message = (status: string, content: object[]): object => ({
    id: idPlaceholder,
    type: 'message',
    role: 'assistant',
    status,
    content,
  })
  const response = (status: string, output: object[], more: object = {}): object => ({
    id: 'resp_bench',
    object: 'response',
    created_at: 1_700_000_000,
    status,
    model: 'bench',
    output,
    parallel_tool_calls: true,
    tool_choice: 'auto',
    tools: [],
    ...more,
  })
  const usage = {
    input_tokens: 11,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: count,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: count + 11,
  }
  const place = { item_id: idPlaceholder, output_index: 0, content_index: 0 }
  return {
    before: [
      event('response.created', { response: response('in_progress', []) }),
      event('response.output_item.added', { output_index: 0, item: message('in_progress', []) }),
      event('response.content_part.added', { ...place, part: part('') }),
    ],
    tokens: texts(count).map((delta) =>
      event('response.output_text.delta', { ...place, delta, logprobs: [] }),
    ),
    after: [
      event('response.output_text.done', { ...place, text, logprobs: [] }),
      event('response.content_part.done', { ...place, part: part(text) }),
      event('response.output_item.done', { output_index: 0, item: message('completed', [part(text)]) }),
      event('response.completed', {
        response: response('completed', [message('completed', [part(text)])], { usage }),
      }),
    ],
  }
}
