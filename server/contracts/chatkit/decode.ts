/**
 * The ChatKit wire to intents. Everything unknown ends here: unknown fields are dropped, explicit nulls are accepted
 * wherever a field may be left out, every text has a limit, and the error names the field.
 */
import { z } from 'zod'
import type { Action } from '../../conversation/agent.ts'
import { ParleyError } from '../../conversation/errors.ts'
import type { Intent, MessageInput } from '../../conversation/intents.ts'
import type { Json, JsonObject } from '../../conversation/items.ts'
import { cleanJson, cutText } from '../../conversation/text.ts'
import { pageLimitDefault, pageLimitMax } from '../../conversation/threads.ts'
import type { PageRequest } from '../../conversation/threads.ts'

export const textLengthMax = 200_000
export const contentPartsMax = 200
export const attachmentsMax = 20
const idLengthMax = 200
const nameLengthMax = 500
const answersMax = 100

/** What a client asks for. `begin` and `resume` answer with a stream, everything else with JSON. */
export type DecodedRequest = { metadata: JsonObject } & (
  | { kind: 'begin'; intent: Intent }
  | { kind: 'resume'; threadId: string; runId: string; after: number }
  | { kind: 'cancel'; threadId: string; runId: string }
  | { kind: 'sync-action'; threadId: string; itemId: string | null; action: Action }
  | { kind: 'get-thread'; threadId: string }
  | { kind: 'list-threads'; page: PageRequest }
  | { kind: 'rename-thread'; threadId: string; title: string }
  | { kind: 'delete-thread'; threadId: string }
  | { kind: 'list-items'; threadId: string; page: PageRequest }
  | { kind: 'feedback'; threadId: string; itemIds: string[]; feedback: 'positive' | 'negative' }
  | { kind: 'create-attachment'; name: string; size: number; mimeType: string }
  | { kind: 'delete-attachment'; attachmentId: string }
  | { kind: 'transcribe'; audioBase64: string; mimeType: string }
)
type Asked = DecodedRequest extends infer Request
  ? Request extends unknown
    ? Omit<Request, 'metadata'>
    : never
  : never

const id = z.string().min(1).max(idLengthMax)
const text = z.string().max(textLengthMax)
const name = z.string().min(1).max(nameLengthMax)
const json: z.ZodType<Json> = z.custom<Json>((value) => value !== undefined)
const object = z.record(z.string(), json)

const content = z.discriminatedUnion('type', [
  z.object({ type: z.literal('input_text'), text }),
  z
    .object({
      type: z.literal('input_tag'),
      id,
      text: z.string().max(nameLengthMax),
      data: object,
      group: z.string().max(nameLengthMax).nullish(),
      interactive: z.boolean().nullish(),
    })
    .transform(({ group, interactive, ...tag }) => ({
      ...tag,
      ...(group === null || group === undefined ? {} : { group }),
      interactive: interactive ?? false,
    })),
])

const messageInput = z
  .object({
    content: z.array(content).max(contentPartsMax),
    attachments: z.array(id).max(attachmentsMax),
    quoted_text: text.nullish(),
    inference_options: z.object({
      tool_choice: z.object({ id }).nullish(),
      model: z.string().max(idLengthMax).nullish(),
    }),
  })
  .refine((input) => input.content.length + input.attachments.length > 0, {
    path: ['content'],
    error: 'The message is empty.',
  })
  .transform((input): MessageInput => ({
    content: input.content,
    attachmentIds: input.attachments,
    ...(typeof input.quoted_text === 'string' ? { quotedText: input.quoted_text } : {}),
    inferenceOptions: {
      ...(input.inference_options.tool_choice ? { tool_choice: input.inference_options.tool_choice } : {}),
      ...(input.inference_options.model ? { model: input.inference_options.model } : {}),
    },
  }))

const answers = z
  .object({
    status: z.enum(['answered', 'skipped']).nullish(),
    answers: z
      .record(
        z.string().max(idLengthMax),
        z.object({ values: z.array(text).max(answersMax).nullish(), skipped: z.boolean().nullish() }),
      )
      .nullish(),
  })
  .transform((input) => ({
    status: input.status ?? 'answered',
    answers: Object.fromEntries(
      Object.entries(input.answers ?? {}).map(([question, answer]) => [
        question,
        { values: answer.values ?? [], skipped: answer.skipped ?? false },
      ]),
    ),
  }))

const action = z.object({ type: name, payload: json.nullish() }).transform((given): Action => ({
  type: given.type,
  payload: given.payload ?? null,
}))

/** Null and 0 mean the default, as in the reference; more than the maximum means the maximum. */
const pageFields = {
  limit: z.int().min(0).nullish(),
  order: z.enum(['asc', 'desc']).nullish(),
  after: id.nullish(),
}
const page = z.object(pageFields).transform((given): PageRequest => ({
  limit: Math.min(given.limit || pageLimitDefault, pageLimitMax),
  order: given.order ?? 'desc',
  ...(given.after ? { after: given.after } : {}),
}))

const inThread = z.object({ thread_id: id })
const actionParams = inThread.extend({ item_id: id.nullish(), action })
const runParams = inThread.extend({ run_id: id })

interface Operation {
  params: z.ZodType
  decode(params: unknown): Asked
}

/** One line an operation: the shape of its params, and what they ask for. */
const operations: Record<string, Operation> = {
  'threads.create': operation(z.object({ input: messageInput }), ({ input }) => ({
    kind: 'begin',
    intent: { type: 'create-thread', message: input },
  })),
  'threads.add_user_message': operation(inThread.extend({ input: messageInput }), ({ thread_id, input }) => ({
    kind: 'begin',
    intent: { type: 'add-message', threadId: thread_id, message: input },
  })),
  'threads.add_client_tool_output': operation(inThread.extend({ result: json }), ({ thread_id, result }) => ({
    kind: 'begin',
    intent: { type: 'add-tool-output', threadId: thread_id, result },
  })),
  'threads.add_structured_input': operation(
    inThread.extend({ item_id: id, input: answers }),
    ({ thread_id, item_id, input }) => ({
      kind: 'begin',
      intent: { type: 'answer-questions', threadId: thread_id, itemId: item_id, answers: input },
    }),
  ),
  'threads.retry_after_item': operation(inThread.extend({ item_id: id }), ({ thread_id, item_id }) => ({
    kind: 'begin',
    intent: { type: 'retry', threadId: thread_id, itemId: item_id },
  })),
  'threads.custom_action': operation(actionParams, ({ thread_id, item_id, action: asked }) => ({
    kind: 'begin',
    intent: { type: 'act', threadId: thread_id, itemId: item_id ?? null, action: asked },
  })),
  'threads.sync_custom_action': operation(actionParams, ({ thread_id, item_id, action: asked }) => ({
    kind: 'sync-action',
    threadId: thread_id,
    itemId: item_id ?? null,
    action: asked,
  })),
  'threads.get_by_id': operation(inThread, ({ thread_id }) => ({ kind: 'get-thread', threadId: thread_id })),
  'threads.list': operation(page, (asked) => ({ kind: 'list-threads', page: asked })),
  'threads.update': operation(inThread.extend({ title: name }), ({ thread_id, title }) => ({
    kind: 'rename-thread',
    threadId: thread_id,
    title,
  })),
  'threads.delete': operation(inThread, ({ thread_id }) => ({ kind: 'delete-thread', threadId: thread_id })),
  'items.list': operation(z.intersection(inThread, page), ({ thread_id, ...asked }) => ({
    kind: 'list-items',
    threadId: thread_id,
    page: asked,
  })),
  'items.feedback': operation(
    inThread.extend({ item_ids: z.array(id).max(contentPartsMax), kind: z.enum(['positive', 'negative']) }),
    ({ thread_id, item_ids, kind }) => ({
      kind: 'feedback',
      threadId: thread_id,
      itemIds: item_ids,
      feedback: kind,
    }),
  ),
  'attachments.create': operation(
    z.object({ name, size: z.int().min(0), mime_type: z.string().min(1).max(idLengthMax) }),
    (asked) => ({ kind: 'create-attachment', name: asked.name, size: asked.size, mimeType: asked.mime_type }),
  ),
  'attachments.delete': operation(z.object({ attachment_id: id }), ({ attachment_id }) => ({
    kind: 'delete-attachment',
    attachmentId: attachment_id,
  })),
  'input.transcribe': operation(
    z.object({ audio_base64: z.string().min(1), mime_type: z.string().min(1).max(idLengthMax) }),
    (asked) => ({ kind: 'transcribe', audioBase64: asked.audio_base64, mimeType: asked.mime_type }),
  ),
  'parley.resume': operation(runParams.extend({ after: z.int().min(0).nullish() }), (asked) => ({
    kind: 'resume',
    threadId: asked.thread_id,
    runId: asked.run_id,
    after: asked.after ?? 0,
  })),
  'parley.cancel': operation(runParams, ({ thread_id, run_id }) => ({
    kind: 'cancel',
    threadId: thread_id,
    runId: run_id,
  })),
}

function operation<Shape extends z.ZodType>(
  params: Shape,
  ask: (params: z.output<Shape>) => Asked,
): Operation {
  return { params, decode: (given) => ask(parse(params, given, ['params'])) }
}

const envelope = z.object({ type: z.string(), params: json, metadata: object.nullish() })

/** What may be asked, for the API's document: of the very shapes that are checked. */
export const ChatKitRequest: z.ZodType = z
  .union(
    Object.entries(operations).map(([type, { params }]) =>
      envelope.extend({ type: z.literal(type), params }),
    ),
  )
  .meta({ id: 'ChatKitRequest' })

/** Throws `invalid_request` with the path of the first field that is wrong. */
export function decodeRequest(body: unknown): DecodedRequest {
  const { type, params, metadata } = parse(envelope, cleanJson(body), [])
  const asked = Object.hasOwn(operations, type) ? operations[type] : undefined
  if (asked === undefined) {
    throw new ParleyError('invalid_request', `There is no operation "${cutText(type, 80)}".`, {
      param: 'type',
    })
  }
  return { ...asked.decode(params), metadata: metadata ?? {} }
}

function parse<Shape extends z.ZodType>(shape: Shape, value: unknown, at: string[]): z.output<Shape> {
  const result = shape.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  // The keys of a free dictionary are the client's: as long as it likes.
  const param = [...at, ...(issue?.path ?? [])].map((key) => cutText(String(key), 80)).join('.')
  const place = param === '' ? 'The body' : param
  throw new ParleyError('invalid_request', `${place}: ${issue?.message ?? 'Invalid'}`, { param })
}
