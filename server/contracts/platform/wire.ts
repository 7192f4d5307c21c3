/**
 * Every shape on the wire of the platform API, OpenAI's `/v1/chatkit`. A null is the same as a field left out in what is asked,
 * and is said in what is answered. Times are seconds of the epoch.
 * Source: the types of openai 6.49 (`resources/beta/chatkit`) and OpenAI's OpenAPI document.
 */
import { z } from 'zod'

export type StateVariables = Record<string, string | boolean | number>

export interface CreateSession {
  user: string
  workflow: {
    id: string
    version?: string | null | undefined
    state_variables?: StateVariables | null | undefined
    tracing?: { enabled?: boolean | null | undefined } | null | undefined
  }
  expires_after?: { anchor: 'created_at'; seconds: number } | null | undefined
  rate_limits?: { max_requests_per_1_minute?: number | null | undefined } | null | undefined
  chatkit_configuration?:
    | {
        automatic_thread_titling?: { enabled?: boolean | null | undefined } | null | undefined
        file_upload?:
          | {
              enabled?: boolean | null | undefined
              max_file_size?: number | null | undefined
              max_files?: number | null | undefined
            }
          | null
          | undefined
        history?:
          | { enabled?: boolean | null | undefined; recent_threads?: number | null | undefined }
          | null
          | undefined
      }
    | null
    | undefined
}

export interface Configuration {
  automatic_thread_titling: { enabled: boolean }
  file_upload: { enabled: boolean; max_file_size: number | null; max_files: number | null }
  history: { enabled: boolean; recent_threads: number | null }
}

/** What is kept of a session beside what every session has. */
export interface SessionTerms {
  version: string | null
  state_variables: StateVariables | null
  tracing: { enabled: boolean }
  chatkit_configuration: Configuration
}

export interface PlatformSession {
  /** `cksess_…` */
  id: string
  object: 'chatkit.session'
  client_secret: string
  expires_at: number
  status: 'active' | 'expired' | 'cancelled'
  user: string
  workflow: {
    id: string
    version: string | null
    state_variables: StateVariables | null
    tracing: { enabled: boolean }
  }
  rate_limits: { max_requests_per_1_minute: number }
  max_requests_per_1_minute: number
  chatkit_configuration: Configuration
}

export interface PlatformThread {
  id: string
  object: 'chatkit.thread'
  created_at: number
  title: string | null
  status: { type: 'active' } | { type: 'locked' | 'closed'; reason: string | null }
  user: string
}

export interface DeletedThread {
  id: string
  object: 'chatkit.thread.deleted'
  deleted: true
}

export interface List<Row> {
  object: 'list'
  data: Row[]
  first_id: string | null
  last_id: string | null
  has_more: boolean
}

interface ItemBase {
  id: string
  object: 'chatkit.thread_item'
  thread_id: string
  created_at: number
}

interface TaskSummary {
  heading: string | null
  summary: string | null
}

export type PlatformAnnotation =
  | { type: 'file'; source: { type: 'file'; filename: string } }
  | { type: 'url'; source: { type: 'url'; url: string } }

export interface PlatformAttachment {
  type: 'image' | 'file'
  id: string
  name: string
  mime_type: string
  preview_url: string | null
}

export type PlatformItem = ItemBase &
  (
    | {
        type: 'chatkit.user_message'
        content: { type: 'input_text' | 'quoted_text'; text: string }[]
        attachments: PlatformAttachment[]
        inference_options: { tool_choice: { id: string } | null; model: string | null } | null
      }
    | {
        type: 'chatkit.assistant_message'
        content: { type: 'output_text'; text: string; annotations: PlatformAnnotation[] }[]
      }
    | { type: 'chatkit.widget'; widget: string }
    | {
        type: 'chatkit.client_tool_call'
        status: 'in_progress' | 'completed'
        call_id: string
        name: string
        arguments: string
        output: string | null
      }
    | ({ type: 'chatkit.task'; task_type: 'custom' | 'thought' } & TaskSummary)
    | { type: 'chatkit.task_group'; tasks: ({ type: 'custom' | 'thought' } & TaskSummary)[] }
  )

export interface ItemsQuery {
  limit?: number | undefined
  order?: 'asc' | 'desc' | undefined
  after?: string | undefined
  before?: string | undefined
}

export interface ThreadsQuery extends ItemsQuery {
  user?: string | undefined
}

const stateVariablesMax = 64
const variableNameLengthMax = 64
const variableLengthMax = 10_485_760
const expirySecondsMax = 600
const fileMegabytesMax = 512
/** Of numbers that have no other bound: what the tables hold. */
const countMax = 2_147_483_647

const count = z.int().min(1, 'Must be at least 1').max(countMax, `Must be at most ${countMax}`)
const enabled = z.boolean().nullish()

const variables: z.ZodType<StateVariables> = z
  .record(
    z
      .string()
      .max(
        variableNameLengthMax,
        `Names have at most ${variableNameLengthMax} characters (variableNameLengthMax)`,
      ),
    z.union([z.string().max(variableLengthMax), z.boolean(), z.number()], {
      error: `Must be true, false, a number, or text of at most ${variableLengthMax} characters (variableLengthMax)`,
    }),
  )
  .refine((value) => Object.keys(value).length <= stateVariablesMax, {
    error: `Must be at most ${stateVariablesMax} (stateVariablesMax)`,
  })

export const CreateSession: z.ZodType<CreateSession> = z
  .object({
    user: z
      .string()
      .regex(/^[\x21-\x7e]{1,200}$/, 'Must be 1 to 200 visible ASCII characters')
      .meta({ description: 'Whose threads the session is about.' }),
    workflow: z.object({
      id: z.string().min(1, 'Must not be empty').max(200, 'Must have at most 200 characters').meta({
        description: 'The name of an agent, or the workflow id that the server is set to.',
      }),
      version: z.string().max(200, 'Must have at most 200 characters').nullish(),
      state_variables: variables.nullish(),
      tracing: z.object({ enabled }).nullish(),
    }),
    expires_after: z
      .object({
        anchor: z.literal('created_at'),
        seconds: z
          .int()
          .min(1, 'Must be at least 1')
          .max(expirySecondsMax, `Must be at most ${expirySecondsMax} (expirySecondsMax)`),
      })
      .nullish()
      .meta({ description: '600 seconds when left out.' }),
    rate_limits: z
      .object({ max_requests_per_1_minute: count.nullish() })
      .nullish()
      .meta({ description: '10 when left out. Every request with the client secret counts.' }),
    chatkit_configuration: z
      .object({
        automatic_thread_titling: z.object({ enabled }).nullish(),
        file_upload: z
          .object({
            enabled,
            max_file_size: z
              .int()
              .min(1, 'Must be at least 1')
              .max(fileMegabytesMax, `Must be at most ${fileMegabytesMax} (fileMegabytesMax)`)
              .nullish(),
            max_files: count.nullish(),
          })
          .nullish(),
        history: z.object({ enabled, recent_threads: count.nullish() }).nullish(),
      })
      .nullish(),
  })
  .meta({ id: 'PlatformCreateSession' })

const flag = z.object({ enabled: z.boolean() })
const configuration: z.ZodType<Configuration> = z.object({
  automatic_thread_titling: flag,
  file_upload: z.object({
    enabled: z.boolean(),
    max_file_size: z.int().nullable(),
    max_files: z.int().nullable(),
  }),
  history: z.object({ enabled: z.boolean(), recent_threads: z.int().nullable() }),
})
const kept = {
  version: z.string().nullable(),
  state_variables: z.record(z.string(), z.union([z.string(), z.boolean(), z.number()])).nullable(),
  tracing: flag,
}

export const SessionTerms: z.ZodType<SessionTerms> = z.object({
  ...kept,
  chatkit_configuration: configuration,
})

export const PlatformSession: z.ZodType<PlatformSession> = z
  .object({
    id: z.string().meta({ description: 'cksess_…' }),
    object: z.literal('chatkit.session'),
    client_secret: z.string().meta({ description: 'A bearer token for the ChatKit endpoint.' }),
    expires_at: z.int(),
    status: z.enum(['active', 'expired', 'cancelled']),
    user: z.string(),
    workflow: z.object({ id: z.string(), ...kept }),
    rate_limits: z.object({ max_requests_per_1_minute: z.int() }),
    max_requests_per_1_minute: z.int(),
    chatkit_configuration: configuration,
  })
  .meta({ id: 'PlatformSession' })

export const PlatformThread: z.ZodType<PlatformThread> = z
  .object({
    id: z.string().meta({ description: 'thr_…, as the ChatKit endpoint calls it.' }),
    object: z.literal('chatkit.thread'),
    created_at: z.int(),
    title: z.string().nullable(),
    status: z.union([
      z.object({ type: z.literal('active') }),
      z.object({ type: z.enum(['locked', 'closed']), reason: z.string().nullable() }),
    ]),
    user: z.string(),
  })
  .meta({ id: 'PlatformThread' })

export const DeletedThread: z.ZodType<DeletedThread> = z
  .object({ id: z.string(), object: z.literal('chatkit.thread.deleted'), deleted: z.literal(true) })
  .meta({ id: 'PlatformDeletedThread' })

const itemBase = {
  id: z.string(),
  object: z.literal('chatkit.thread_item'),
  thread_id: z.string(),
  created_at: z.int(),
}
const summary = { heading: z.string().nullable(), summary: z.string().nullable() }
const taskType = z.enum(['custom', 'thought'])

export const PlatformItem: z.ZodType<PlatformItem> = z
  .discriminatedUnion('type', [
    z.object({
      ...itemBase,
      type: z.literal('chatkit.user_message'),
      content: z.array(z.object({ type: z.enum(['input_text', 'quoted_text']), text: z.string() })),
      attachments: z.array(
        z.object({
          type: z.enum(['image', 'file']),
          id: z.string(),
          name: z.string(),
          mime_type: z.string(),
          preview_url: z.string().nullable(),
        }),
      ),
      inference_options: z
        .object({ tool_choice: z.object({ id: z.string() }).nullable(), model: z.string().nullable() })
        .nullable(),
    }),
    z.object({
      ...itemBase,
      type: z.literal('chatkit.assistant_message'),
      content: z.array(
        z.object({
          type: z.literal('output_text'),
          text: z.string(),
          annotations: z.array(
            z.union([
              z.object({
                type: z.literal('file'),
                source: z.object({ type: z.literal('file'), filename: z.string() }),
              }),
              z.object({
                type: z.literal('url'),
                source: z.object({ type: z.literal('url'), url: z.string() }),
              }),
            ]),
          ),
        }),
      ),
    }),
    z.object({ ...itemBase, type: z.literal('chatkit.widget'), widget: z.string() }),
    z.object({
      ...itemBase,
      type: z.literal('chatkit.client_tool_call'),
      status: z.enum(['in_progress', 'completed']),
      call_id: z.string(),
      name: z.string(),
      arguments: z.string(),
      output: z.string().nullable(),
    }),
    z.object({ ...itemBase, type: z.literal('chatkit.task'), task_type: taskType, ...summary }),
    z.object({
      ...itemBase,
      type: z.literal('chatkit.task_group'),
      tasks: z.array(z.object({ type: taskType, ...summary })),
    }),
  ])
  .meta({ id: 'PlatformItem' })

function listOf<Row>(row: z.ZodType<Row>, id: string): z.ZodType<List<Row>> {
  return z
    .object({
      object: z.literal('list'),
      data: z.array(row),
      first_id: z.string().nullable(),
      last_id: z.string().nullable(),
      has_more: z.boolean(),
    })
    .meta({ id })
}

export const ThreadList: z.ZodType<List<PlatformThread>> = listOf(PlatformThread, 'PlatformThreadList')
export const ItemList: z.ZodType<List<PlatformItem>> = listOf(PlatformItem, 'PlatformItemList')

export const limitDefault = 20
const limitMax = 100
const limitWords = `Must be a number from 0 to ${limitMax}`

const paging = {
  limit: z
    .string()
    .regex(/^\d{1,3}$/, limitWords)
    .transform(Number)
    .refine((limit) => limit <= limitMax, { error: limitWords })
    .optional()
    .meta({ description: `0 to ${limitMax}; ${limitDefault} when left out.` }),
  order: z
    .enum(['asc', 'desc'], { error: 'Must be one of: asc, desc' })
    .optional()
    .meta({ description: 'By creation; desc when left out.' }),
  after: z.string().max(200).optional().meta({ description: 'Only what comes behind this one in the list.' }),
  before: z
    .string()
    .max(200)
    .optional()
    .meta({ description: 'Only what comes before this one in the list.' }),
}

export const ItemsQuery: z.ZodType<ItemsQuery> = z.object(paging)

export const ThreadsQuery: z.ZodType<ThreadsQuery> = z.object({
  ...paging,
  user: z
    .string()
    .max(512, 'Must have at most 512 characters')
    .optional()
    .meta({ description: 'Only threads of this user.' }),
})

export const PlatformProblem: z.ZodType = z
  .object({
    error: z.object({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable(),
      code: z.string().nullable(),
    }),
  })
  .meta({ id: 'PlatformProblem' })
