/**
 * Every shape on the wire of contracts A and B, which share `POST /api/chatkit/session`: A's names are camelCase, B's snake_case.
 * A null stands for a field left out: pages send what their storage has.
 */
import { z } from 'zod'
import type { SessionStatus } from '../../auth/chatkit-sessions.ts'

type FreeFields = Record<string, unknown>

/** Contract B's fields about a page and its reader. */
export interface PageFields {
  page_path?: string | null | undefined
  page_title?: string | null | undefined
  current_chapter?: string | null | undefined
  current_lesson?: string | null | undefined
  highlighted_text?: string | null | undefined
  student_name?: string | null | undefined
  learning_level?: 'beginner' | 'intermediate' | 'advanced' | null | undefined
}

export const pageFieldNames: readonly (keyof PageFields)[] = [
  'page_path',
  'page_title',
  'current_chapter',
  'current_lesson',
  'highlighted_text',
  'student_name',
  'learning_level',
]

export interface SessionRequest extends PageFields {
  deviceId?: string | null | undefined
  metadata?: FreeFields | null | undefined
  student_email?: string | null | undefined
}

/** A session without its token. */
export interface SessionSummary {
  /** `sess_…` */
  id: string
  deviceId: string
  userId: string
  workflowId: string
  status: SessionStatus
  createdAt: string
  expiresAt: string
  metadata: FreeFields
}

export interface Session extends SessionSummary {
  chatKitSessionId: string
}

export interface SessionReply {
  client_secret: string
  session_id: string
  expires_at: string
  session: Session
}

export interface OneSessionReply {
  session: SessionSummary
}

export interface SessionsQuery {
  limit?: number | undefined
  cursor?: string | undefined
  status?: SessionStatus | undefined
}

export interface SessionsReply {
  /** The newest first. */
  sessions: SessionSummary[]
  hasMore: boolean
  nextCursor: string | null
}

/** Either `sessionId` or `all`. */
export interface RevokeRequest {
  sessionId?: string | undefined
  all?: true | undefined
  userId?: string | undefined
}

export interface RevokeReply {
  success: true
  /** The ids of the sessions that count no more from now on, although their time is not over; some may have been revoked before. */
  revoked: string[]
}

export interface SessionProblem {
  error: string
  message: string
  details: { code: string; message: string; field?: string | undefined }[]
  /** In seconds. */
  retry_after?: number | undefined
  /** ISO 8601. */
  timestamp: string
  request_id: string
}

const metadataBytesMax = 4_096

const deviceId = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/, 'Must be 1 to 200 visible ASCII characters')
  .meta({ description: 'Whoever asks twice from one device gets one session.' })

const metadata = z
  .record(z.string(), z.unknown())
  .refine((value) => Buffer.byteLength(JSON.stringify(value)) <= metadataBytesMax, {
    error: `Must have at most ${metadataBytesMax} bytes as JSON (metadataBytesMax)`,
  })
  .meta({ description: "The app's own. It comes back with the session." })

/** A field of the page that may be left out or null. */
const text = (lengthMax: number) =>
  z.string().max(lengthMax, `Must have at most ${lengthMax} characters`).nullish()

const pageFields = {
  page_path: z
    .string()
    .max(2_000, 'Must have at most 2000 characters')
    .startsWith('/', 'Must start with /')
    .nullish()
    .meta({ description: 'Kept as text; nobody is ever sent there.' }),
  page_title: text(1_000),
  current_chapter: text(200),
  current_lesson: text(200),
  highlighted_text: text(1_000),
  student_name: text(200),
  learning_level: z
    .enum(['beginner', 'intermediate', 'advanced'], {
      error: 'Must be one of: beginner, intermediate, advanced',
    })
    .nullish(),
}

export const SessionRequest: z.ZodType<SessionRequest> = z
  .object({
    deviceId: deviceId.nullish(),
    metadata: metadata.nullish(),
    ...pageFields,
    student_email: z
      .email({ error: 'Invalid email format' })
      .max(254, 'Must have at most 254 characters')
      .nullish()
      .meta({ description: 'Tells the students of one browser apart. It proves nothing and opens nothing.' }),
  })
  .meta({ id: 'SessionRequest' })

const instant = z.iso.datetime()

const sessionFields = {
  id: z.string().meta({ description: 'sess_…' }),
  deviceId: z.string(),
  userId: z.string(),
  workflowId: z.string(),
  status: z.enum(['active', 'expired', 'revoked']),
  createdAt: instant,
  expiresAt: instant,
  metadata: z.record(z.string(), z.unknown()),
}

export const SessionSummary: z.ZodType<SessionSummary> = z
  .object(sessionFields)
  .meta({ id: 'SessionSummary', description: 'A session without its token.' })

export const Session: z.ZodType<Session> = z
  .object({
    ...sessionFields,
    chatKitSessionId: z
      .string()
      .meta({ description: 'What a ChatKit widget is given: the same as client_secret.' }),
  })
  .meta({ id: 'Session' })

export const SessionReply: z.ZodType<SessionReply> = z
  .object({
    client_secret: z.string().meta({ description: 'A bearer token for the ChatKit endpoint.' }),
    session_id: z.string(),
    expires_at: instant,
    session: Session,
  })
  .meta({ id: 'SessionReply' })

export const OneSessionReply: z.ZodType<OneSessionReply> = z
  .object({ session: SessionSummary })
  .meta({ id: 'OneSessionReply' })

export const SessionsQuery: z.ZodType<SessionsQuery> = z.object({
  limit: z
    .string()
    .regex(/^\d{1,3}$/, 'Must be a number from 1 to 100')
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= 100, { error: 'Must be a number from 1 to 100' })
    .optional()
    .meta({ description: '1 to 100; 20 when left out.' }),
  cursor: z.string().max(200).optional().meta({ description: 'The nextCursor of the page before.' }),
  status: z.enum(['active', 'expired', 'revoked']).optional(),
})

export const SessionsReply: z.ZodType<SessionsReply> = z
  .object({
    sessions: z.array(SessionSummary).meta({ description: 'The newest first.' }),
    hasMore: z.boolean(),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: 'SessionsReply' })

export const RevokeRequest: z.ZodType<RevokeRequest> = z
  .object({
    sessionId: z.string().max(200).optional(),
    all: z.literal(true).optional(),
    userId: z
      .string()
      .regex(/^[\x21-\x7e]{1,200}$/, 'Must be 1 to 200 visible ASCII characters')
      .optional()
      .meta({ description: 'Another user of the tenant, for those who may revoke what others have.' }),
  })
  .refine(({ sessionId, all }) => (sessionId === undefined) !== (all === undefined), {
    error: 'Must have either sessionId or all',
  })
  .meta({ id: 'RevokeRequest' })

export const RevokeReply: z.ZodType<RevokeReply> = z
  .object({
    success: z.literal(true),
    revoked: z.array(z.string()).meta({
      description:
        'The one that was named, or all that would still have had time, also those that had been revoked before.',
    }),
  })
  .meta({ id: 'RevokeReply' })

export const SessionProblem: z.ZodType<SessionProblem> = z
  .object({
    error: z.string(),
    message: z.string(),
    details: z.array(z.object({ code: z.string(), message: z.string(), field: z.string().optional() })),
    retry_after: z.int().optional().meta({ description: 'In seconds, with 429 and 503.' }),
    timestamp: instant,
    request_id: z.string(),
  })
  .meta({ id: 'SessionProblem' })
