/**
 * Every shape on contract D's wire. What its document shows is as it shows it; the rest (what a response has become, its events)
 * is ours, in the same spelling. Times are Unix seconds. What a request has beyond these is dropped.
 */
import { z } from 'zod'
import type { IncompleteReason, Json } from '../../conversation/items.ts'

/** In UTF-16 code units. */
const inputLengthMax = 200_000
const metadataEntriesMax = 16
const metadataNameLengthMax = 64
const metadataTextLengthMax = 512
/** Of an action, with the values of its form. */
const payloadEntriesMax = 100
const idLengthMax = 200
const typeLengthMax = 100

export interface RespondRequest {
  thread_id?: string | null | undefined
  input: string
  metadata?: Record<string, string | number | boolean | null> | null | undefined
}

export interface RespondReply {
  status: 'success'
  thread_id: string
  response_id: string
}

export interface ClientAction {
  /** As the widget's action names itself, or what was done to the component: `button_click`. */
  type: string
  /** A component's id, or that of the widget's item. */
  widget_id: string
  /** The widget's item, where several have such a component. */
  item_id?: string | null | undefined
  payload?: Json | undefined
}

export interface ActionRequest {
  thread_id: string
  action: ClientAction
}

export interface ActionReply {
  status: 'success'
  thread_id: string
  action_id: string
  item?: RespondItem | undefined
}

export interface RespondWidget {
  /** Made up where the agent gave none; then `metadata.generated_id` says so. */
  id: string
  type: string
  children?: RespondWidget[] | undefined
  props?: Record<string, unknown> | undefined
  metadata?: Record<string, unknown> | undefined
}

interface ItemBase {
  id: string
  created_at: number
}
export type RespondItem =
  | (ItemBase & {
      type: 'message'
      role: 'user' | 'assistant'
      text: string
      annotations?: Record<string, unknown>[] | undefined
      incomplete?: IncompleteReason | undefined
    })
  | (ItemBase & { type: 'widget'; widget: RespondWidget; copy_text?: string | undefined })
  | (ItemBase & { type: string; [field: string]: unknown })

const errorTypes = ['AUTH_ERROR', 'VALIDATION_ERROR', 'PROCESSING_ERROR', 'WIDGET_ERROR'] as const
export type ErrorType = (typeof errorTypes)[number]

export interface RespondError {
  error: { type: ErrorType; message: string; code: number }
}

const responseStatuses = ['in_progress', 'completed', 'failed', 'cancelled', 'interrupted'] as const

export interface ResponseReply {
  response_id: string
  thread_id: string
  status: (typeof responseStatuses)[number]
  created_at: number
  output: RespondItem[] | null
  error?: RespondError['error'] | undefined
}

const id = z.string().min(1).max(idLengthMax)
/** Not `z.json()`, which the document would have to spell out each time: what comes from a body is JSON. */
const json: z.ZodType<Json> = z.custom<Json>((value) => value !== undefined)
const dictionary = z.record(z.string(), json)
const seconds = z.int().describe('Unix time in seconds.')
const scalar = z.union([z.string().max(metadataTextLengthMax), z.number(), z.boolean(), z.null()])

export const respondRequestSchema: z.ZodType<RespondRequest> = z
  .object({
    thread_id: id.nullish().describe('The conversation. Without it, one begins.'),
    input: z
      .string()
      .max(inputLengthMax)
      .refine((text) => text.trim() !== '', { error: 'There is nothing in it.' })
      .describe('What the user says.'),
    metadata: z
      .record(z.string().max(metadataNameLengthMax), scalar)
      .refine((given) => Object.keys(given).length <= metadataEntriesMax, {
        error: `At most ${metadataEntriesMax} entries (metadataEntriesMax).`,
      })
      .nullish()
      .describe('Anything about the client: `user_agent`, `session_id`. The agent may read it.'),
  })
  .meta({ id: 'RespondRequest' })

export const respondReplySchema: z.ZodType<RespondReply> = z
  .object({ status: z.literal('success'), thread_id: z.string(), response_id: z.string() })
  .meta({ id: 'RespondReply' })

const clientActionSchema: z.ZodType<ClientAction> = z
  .object({
    type: z
      .string()
      .min(1)
      .max(typeLengthMax)
      .describe('The type of the action that the widget names, or what was done to it: `button_click`.'),
    widget_id: id.describe('The id of the component; or of the widget’s item.'),
    item_id: id
      .nullish()
      .describe('The widget’s item, where several have such a component. Else: the newest.'),
    payload: json
      .refine((given) => Object.keys(given ?? {}).length <= payloadEntriesMax, {
        error: `At most ${payloadEntriesMax} entries (payloadEntriesMax).`,
      })
      .optional()
      .describe('As the widget names it, with the values of its form.'),
  })
  .meta({ id: 'WidgetAction' })

export const actionRequestSchema: z.ZodType<ActionRequest> = z
  .object({ thread_id: id, action: clientActionSchema })
  .meta({ id: 'WidgetActionRequest' })

export const widgetSchema: z.ZodType<RespondWidget> = z
  .object({
    id,
    type: z.string().min(1).max(typeLengthMax),
    children: z.lazy(() => z.array(widgetSchema)).optional(),
    props: dictionary.optional(),
    metadata: dictionary.optional(),
  })
  .meta({ id: 'RespondWidget' })

const itemBase = { id: z.string(), created_at: seconds }
const itemSchema: z.ZodType<RespondItem> = z
  .union([
    z.object({
      ...itemBase,
      type: z.literal('message'),
      role: z.enum(['user', 'assistant']),
      text: z.string(),
      annotations: z.array(dictionary).optional().describe('Sources, as ChatKit has them.'),
      incomplete: z.enum(['interrupted', 'failed', 'cancelled']).optional(),
    }),
    z.object({
      ...itemBase,
      type: z.literal('widget'),
      widget: widgetSchema,
      copy_text: z.string().optional(),
    }),
    z.looseObject({ ...itemBase, type: z.string() }).describe('Any other, as ChatKit has it.'),
  ])
  .meta({ id: 'RespondItem' })

export const actionReplySchema: z.ZodType<ActionReply> = z
  .object({
    status: z.literal('success'),
    thread_id: z.string(),
    action_id: z.string(),
    item: itemSchema
      .optional()
      .describe('There when the action was done at once, beside an answer that is being written.'),
  })
  .meta({ id: 'WidgetActionReply' })

const errorSchema = z.object({
  type: z.enum(errorTypes),
  message: z.string(),
  code: z.int().describe('The status once more.'),
})

export const problemSchema: z.ZodType<RespondError> = z
  .object({ error: errorSchema })
  .meta({ id: 'RespondError' })

export const responseSchema: z.ZodType<ResponseReply> = z
  .object({
    response_id: z.string(),
    thread_id: z.string(),
    status: z.enum(responseStatuses),
    created_at: seconds,
    output: z
      .array(itemSchema)
      .nullable()
      .describe(
        'What the answer consists of by now. Null an hour after its end: then the thread alone knows.',
      ),
    error: errorSchema.optional(),
  })
  .meta({ id: 'RespondResponse' })

export const responseParams: z.ZodType<{ response_id: string }> = z.object({
  response_id: z.string().max(idLengthMax).describe('A `response_id` or an `action_id`.'),
})

export const eventsQuery: z.ZodType<{ after?: string | undefined }> = z.object({
  after: z
    .string()
    .regex(/^\d{1,15}$/)
    .optional()
    .describe('For pages that cannot send `Last-Event-ID`: the number of the last event that is known.'),
})
