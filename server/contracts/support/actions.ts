/**
 * The support door without HTTP, for a program that has the server in its own process: Next.js server actions, say. The same
 * rules hold, but for limits of requests, which are the program's to set. What comes from a browser is checked here as well.
 */
import { createHash } from 'node:crypto'
import type { Identity } from '../../auth/identity.ts'
import type { Permission } from '../../auth/permissions.ts'
import { createId } from '../../conversation/ids.ts'
import { checked } from '../../http/door.ts'
import { encodeError } from './encode.ts'
import { deleteFile, placeFile, receiveFile } from './files.ts'
import { handOver } from './hand-over.ts'
import { readHistory } from './history.ts'
import { awaitAnswer, beginMessage } from './messages.ts'
import { requirePermission } from './parts.ts'
import type { Asker, SupportParts } from './parts.ts'
import { createSession, deleteSession, updateSession } from './sessions.ts'
import * as wire from './wire.ts'

export interface ChatActionsOptions extends SupportParts {
  /** Where the files' addresses lead: an address at which this server answers `/files/…`. */
  publicUrl: string
}

export interface MessageOptions {
  attachments?: readonly { fileName: string; bytes: Uint8Array }[]
  /** The same key begins one answer, however often it is sent. */
  idempotencyKey?: string
}

/** What a `File` of a form is. */
export interface GivenFile {
  name: string
  stream(): ReadableStream<Uint8Array>
}

/**
 * All of them throw errors whose `code` is one of `http/problem.ts`'s table; `toActionError` says them in the contract's words.
 */
export interface ChatActions {
  /** Default: the user's own tenant. */
  createSession(tenantId?: string): Promise<wire.WireSession>
  /** Resolves with the assistant's message. */
  sendMessage(sessionId: string, content: string, options?: MessageOptions): Promise<wire.WireMessage>
  getHistory(
    sessionId: string,
    page?: { limit?: number; cursor?: string },
  ): Promise<wire.WireHistory & { next: string | null }>
  createTicket(sessionId: string, ticket?: wire.CreateTicketBody): Promise<wire.WireTicket>
  uploadFile(sessionId: string, file: GivenFile, messageId?: string): Promise<wire.WireFile>
  deleteFile(fileId: string): Promise<wire.WireSuccess>
  updateSession(sessionId: string, status: wire.SessionStatus): Promise<wire.WireUpdatedSession>
  deleteSession(sessionId: string): Promise<wire.WireSuccess>
}

/** The contract's error for whatever an action threw: for programs that may not show errors as they are. */
export function toActionError(error: unknown): wire.WireError['error'] {
  return encodeError(error, () => new Date()).body.error
}

const never = new AbortController().signal

/** Makes the actions of one signed-in user. */
export function createChatActions(options: ChatActionsOptions): (identity: Identity) => ChatActions {
  return (identity) => {
    const { tenantId, userId } = identity
    const asker: Asker = {
      identity,
      owner: { tenantId, userId },
      baseUrl: options.publicUrl,
      signal: never,
      revoked: never,
    }
    const may = (resource: Permission['resource'], action: Permission['action']): void =>
      requirePermission(identity, { resource, action })
    return { ...sessionActions(options, asker, may), ...fileActions(options, asker, may) }
  }
}

type May = (resource: Permission['resource'], action: Permission['action']) => void

function sessionActions(
  parts: SupportParts,
  asker: Asker,
  may: May,
): Omit<ChatActions, 'uploadFile' | 'deleteFile'> {
  return {
    async createSession(tenantId = asker.owner.tenantId) {
      may('thread', 'create')
      return createSession(parts, asker, checked(wire.CreateSession, { tenantId }, 'body'))
    },
    async sendMessage(sessionId, content, { attachments = [], idempotencyKey } = {}) {
      may('thread', 'update')
      const asked = checked(wire.SendMessage, { sessionId, content }, 'body')
      const files = attachments.map(({ fileName, bytes }) => ({ name: fileName, bytes }))
      const requestHash = hashOf([asked.sessionId, asked.content], files)
      const message = { ...asked, files, idempotencyKey, requestHash }
      return awaitAnswer(parts, asker, await beginMessage(parts, asker, message))
    },
    async getHistory(sessionId, page = {}) {
      may('thread', 'read')
      const path = checked(wire.SessionPath, { sessionId }, 'path')
      return readHistory(parts, asker, path.sessionId, checked(wire.HistoryQuery, { ...page }, 'query'))
    },
    async createTicket(sessionId, ticket = {}) {
      may('ticket', 'create')
      const path = checked(wire.SessionPath, { sessionId }, 'path')
      const asked = checked(wire.CreateTicket, ticket, 'body')
      return (await handOver(parts, asker, path.sessionId, asked)).ticket
    },
    async updateSession(sessionId, status) {
      may('thread', 'update')
      const path = checked(wire.SessionPath, { sessionId }, 'path')
      const asked = checked(wire.UpdateSession, { status }, 'body')
      return updateSession(parts, asker, path.sessionId, asked.status)
    },
    async deleteSession(sessionId) {
      may('thread', 'delete')
      return deleteSession(parts, asker, checked(wire.SessionPath, { sessionId }, 'path').sessionId)
    },
  }
}

function fileActions(
  parts: SupportParts,
  asker: Asker,
  may: May,
): Pick<ChatActions, 'uploadFile' | 'deleteFile'> {
  return {
    async uploadFile(sessionId, file, messageId) {
      may('attachment', 'create')
      const place = checked(wire.UploadFields, { sessionId, messageId }, 'body')
      const fileId = createId('atc')
      await receiveFile(parts, asker, { fileId, name: file.name, source: chunksOf(file.stream()) })
      return placeFile(parts, asker, fileId, place)
    },
    async deleteFile(fileId) {
      may('attachment', 'delete')
      return deleteFile(parts, asker, checked(wire.FilePath, { fileId }, 'path').fileId)
    },
  }
}

async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) yield chunk
}

function hashOf(words: readonly string[], files: readonly { name: string; bytes: Uint8Array }[]): string {
  const hash = createHash('sha256').update(JSON.stringify(words))
  for (const { name, bytes } of files) hash.update(JSON.stringify([name, bytes.byteLength])).update(bytes)
  return hash.digest('base64url')
}
