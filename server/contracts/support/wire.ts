/**
 * Contract C on the wire: every shape that comes in or goes out. Names are camelCase and times ISO 8601, as its document has
 * them. What a request has beyond these is dropped; a ticket's is refused.
 */
import { z } from 'zod'
import { ticketCategories, ticketPriorities, ticketStatuses, titleLengthMax } from '../../tickets/tickets.ts'
import type { TicketCategory, TicketPriority, TicketStatus } from '../../tickets/tickets.ts'

/** Of one message, however they come. */
export const filesMax = 10
/** Of one file, decoded. */
export const fileBytesMax: number = 5 * 1_048_576
/** Characters of one message. */
const contentLengthMax = 100_000
/** A message with all files it may have, in Base64, and everything else. */
export const messageBytesMax: number = filesMax * Math.ceil(fileBytesMax / 3) * 4 + 1_048_576
const idLengthMax = 200
const nameLengthMax = 1_000
const dataLengthMax = Math.ceil(fileBytesMax / 3) * 4 + 1_000

const sessionStatuses = ['active', 'resolved', 'archived'] as const
export type SessionStatus = (typeof sessionStatuses)[number]

export interface WireSession {
  id: string
  tenantId: string
  status: SessionStatus
  createdAt: string
  /** When its status was last changed. */
  updatedAt: string
}

export interface WireUpdatedSession {
  id: string
  status: SessionStatus
  updatedAt: string
}

export interface WireFile {
  id: string
  /** Opens this one file, for about an hour. */
  fileUrl: string
  fileName: string
  /** What its bytes are, whatever was said. */
  fileType: string
}

export interface WireMessage {
  id: string
  content: string
  role: 'assistant' | 'user'
  createdAt: string
  attachments?: WireFile[] | undefined
}

export interface WireHistory {
  messages: WireMessage[]
}

export interface WireTicket {
  ticketId: string
  chatTicketId: string
  status: TicketStatus
}

/** A ticket in the tenant's inbox. */
export interface WireInboxTicket {
  ticketId: string
  /** Null, as `sessionId` is, when the conversation has been deleted. */
  chatTicketId: string | null
  sessionId: string | null
  userId: string
  title: string
  category: TicketCategory
  priority: TicketPriority
  status: TicketStatus
  createdAt: string
  updatedAt: string
}

export interface WireInbox {
  tickets: WireInboxTicket[]
}

export interface WireSuccess {
  success: boolean
}

export interface WireError {
  error: { code: WireErrorCode; message: string; details?: unknown; resetAt?: string | undefined }
}

const errorCodes = [
  'unauthorized',
  'forbidden',
  'not_found',
  'validation_error',
  'server_error',
  'rate_limit_exceeded',
  /** Ours: it is not the time for it, as when an answer is being written, or a session is closed. */
  'conflict',
] as const
export type WireErrorCode = (typeof errorCodes)[number]

const id: z.ZodType<string> = z.string().min(1).max(idLengthMax)
const time = z.iso.datetime()

export const Session: z.ZodType<WireSession> = z
  .object({ id, tenantId: id, status: z.enum(sessionStatuses), createdAt: time, updatedAt: time })
  .meta({ id: 'SupportSession' })

export const UpdatedSession: z.ZodType<WireUpdatedSession> = z
  .object({ id, status: z.enum(sessionStatuses), updatedAt: time })
  .meta({ id: 'SupportSessionUpdated' })

export const File: z.ZodType<WireFile> = z
  .object({ id, fileUrl: z.string(), fileName: z.string(), fileType: z.string() })
  .meta({ id: 'SupportFile' })

export const Message: z.ZodType<WireMessage> = z
  .object({
    id,
    content: z.string(),
    role: z.enum(['assistant', 'user']),
    createdAt: time,
    attachments: z.array(File).optional(),
  })
  .meta({ id: 'SupportMessage' })

export const History: z.ZodType<WireHistory> = z
  .object({ messages: z.array(Message) })
  .meta({ id: 'SupportHistory' })

export const Ticket: z.ZodType<WireTicket> = z
  .object({ ticketId: id, chatTicketId: id, status: z.enum(ticketStatuses) })
  .meta({ id: 'SupportTicket' })

export const Inbox: z.ZodType<WireInbox> = z
  .object({
    tickets: z.array(
      z.object({
        ticketId: id,
        chatTicketId: id.nullable(),
        sessionId: id.nullable(),
        userId: id,
        title: z.string(),
        category: z.enum(ticketCategories),
        priority: z.enum(ticketPriorities),
        status: z.enum(ticketStatuses),
        createdAt: time,
        updatedAt: time,
      }),
    ),
  })
  .meta({ id: 'SupportInbox' })

export const Success: z.ZodType<WireSuccess> = z
  .object({ success: z.boolean() })
  .meta({ id: 'SupportSuccess' })

export const Problem: z.ZodType<WireError> = z
  .object({
    error: z.object({
      code: z.enum(errorCodes),
      message: z.string(),
      details: z.unknown().optional(),
      resetAt: time.optional(),
    }),
  })
  .meta({ id: 'SupportError' })

export interface CreateSessionBody {
  tenantId: string
}
export const CreateSession: z.ZodType<CreateSessionBody> = z
  .object({ tenantId: id })
  .meta({ id: 'SupportSessionCreate' })

export interface SendMessageBody {
  sessionId: string
  content: string
  attachments?: { fileName: string; fileType: string; fileData: string }[] | undefined
}
export const SendMessage: z.ZodType<SendMessageBody> = z
  .object({
    sessionId: id,
    content: z.string().max(contentLengthMax),
    attachments: z
      .array(
        z.object({
          fileName: z.string().min(1).max(nameLengthMax),
          fileType: z.string().max(nameLengthMax),
          /** Base64. */
          fileData: z.string().min(1).max(dataLengthMax),
        }),
      )
      .max(filesMax)
      .optional(),
  })
  .meta({ id: 'SupportMessageSend' })

export interface CreateTicketBody {
  title?: string | undefined
  category?: TicketCategory | undefined
  priority?: TicketPriority | undefined
}
/** Strict: nobody sets a ticket's status or owner by guessing a field's name. */
export const CreateTicket: z.ZodType<CreateTicketBody> = z
  .strictObject({
    title: z.string().trim().min(1).max(titleLengthMax).optional(),
    category: z.enum(ticketCategories).optional(),
    priority: z.enum(ticketPriorities).optional(),
  })
  .meta({ id: 'SupportTicketCreate' })

/** A form. */
export interface UploadBody {
  file: string
  sessionId: string
  messageId?: string | undefined
}
export const Upload: z.ZodType<UploadBody> = z
  .object({ file: z.string(), sessionId: id, messageId: id.optional() })
  .meta({ id: 'SupportFileUpload' })

/** The form's fields beside the file. */
export interface UploadFields {
  sessionId: string
  messageId?: string | undefined
}
export const UploadFields: z.ZodType<UploadFields> = z.object({
  sessionId: id,
  // A form that has nothing to say leaves the field empty.
  messageId: z.string().max(idLengthMax).optional(),
})

export interface UpdateSessionBody {
  status: SessionStatus
}
export const UpdateSession: z.ZodType<UpdateSessionBody> = z
  .object({ status: z.enum(sessionStatuses) })
  .meta({ id: 'SupportSessionUpdate' })

export interface SessionPath {
  sessionId: string
}
export const SessionPath: z.ZodType<SessionPath> = z.object({ sessionId: id })

export interface FilePath {
  fileId: string
}
export const FilePath: z.ZodType<FilePath> = z.object({ fileId: id })

export interface PageQuery {
  limit: number
  order: 'asc' | 'desc'
  cursor?: string | undefined
}
const limit = z.coerce.number().int().min(1).max(100)
/** Oldest first, as a conversation is read. */
export const HistoryQuery: z.ZodType<PageQuery> = z.object({
  limit: limit.default(50),
  order: z.enum(['asc', 'desc']).default('asc'),
  cursor: id.optional(),
})
/** Newest first, as an inbox is read. */
export const InboxQuery: z.ZodType<PageQuery> = z.object({
  limit: limit.default(50),
  order: z.enum(['asc', 'desc']).default('desc'),
  cursor: id.optional(),
})
