/**
 * Messages as a client keeps them: in a format of its own, in a tree, beside the thread's items. `storage/client-messages.ts`
 * implements it.
 *
 *   a client's message ─▶ kept as it came ─▶ its words, if any, are an item ─▶ every other door
 *   an item of a run, or of another door ─▶ a message with nothing but words ─▶ this client
 *
 * The items are the path to the newest message, the tree is all of them: a branch that is left stays here, and nowhere else.
 */
import type { IncompleteReason, JsonObject } from './items.ts'
import type { Owner, Thread } from './threads.ts'

/** What is said in a message, for those who do not know its format. */
export interface SaidWords {
  role: 'user' | 'assistant'
  /** At least one, none of them empty. */
  texts: string[]
  /** Of an answer that was broken off. */
  incomplete?: IncompleteReason
}

interface ClientMessageBase {
  /** Unique in its thread. */
  id: string
  parentId: string | null
  /** How many messages lie before it on its branch. */
  height: number
  createdAt: string
  updatedAt: string
}

export type ClientMessage = ClientMessageBase &
  /** Without `content` no client has written it: it is what its items say, in whatever format. */
  ({ format: string; content: JsonObject } | { content: null; said: SaidWords })

export interface NewClientMessage {
  parentId: string | null
  format: string
  /** Comes back as it is. */
  content: JsonObject
  said: SaidWords | null
  /** Files of the owner's that it shows: from now on they belong to the thread. Others are passed over. */
  attachmentIds: readonly string[]
  /** For a thread that has none yet. */
  title?: string
  /** ISO 8601. */
  at: string
}

export interface ClientThread {
  thread: Thread
  owner: Owner
  /** The client's own name for it; several may have the same. */
  externalId: string | null
  isArchived: boolean
  metadata: JsonObject | null
  /** As the client has said it, or when something was said in it after that. */
  lastMessageAt: string
  updatedAt: string
}

export type NewClientThread = Pick<ClientThread, 'externalId' | 'metadata' | 'lastMessageAt'>

export interface ClientThreadChange {
  title?: string | undefined
  isArchived?: boolean | undefined
  metadata?: JsonObject | null | undefined
  lastMessageAt?: string | undefined
}

export interface ClientThreadsRequest {
  isArchived: boolean
  externalId?: string | undefined
  /** 1 to 100. */
  limit: number
  /** Start behind this thread, whether or not it would be listed. An unknown one is as good as none. */
  after?: string | undefined
}

export interface ClientMessagesRequest {
  /** 1 to 200. */
  limit: number
  /** Start behind this message. An unknown one is as good as none. */
  after?: string | undefined
}

export interface ClientFeedback {
  type: 'positive' | 'negative'
  comment: string | null
}

/** Everything but `tenantThreads` acts as the owner: another's thread is `not_found`. */
export interface ClientMessages {
  createThread(owner: Owner, thread: Thread, said: NewClientThread): Promise<void>
  thread(owner: Owner, threadId: string): Promise<ClientThread>
  /** Only what is there is changed. */
  changeThread(owner: Owner, threadId: string, change: ClientThreadChange, at: string): Promise<void>
  /** The one in which something was said last comes first. */
  threads(owner: Owner, request: ClientThreadsRequest): Promise<ClientThread[]>
  /** Of all users of the tenant, the one that was begun last first. */
  tenantThreads(tenantId: string, request: ClientThreadsRequest): Promise<ClientThread[]>
  /** The highest of the tree first, of those the newest: no message comes before one that follows it. */
  messages(owner: Owner, threadId: string, request: ClientMessagesRequest): Promise<ClientMessage[]>
  /**
   * Resolves with its id. When it says what the thread's own message in its place says, it is that one.
   * Throws `invalid_request` for a parent that is not there, `wrong_state` for a thread that takes nothing more, and `too_large`
   * where the thread's messages together have more than `contentLengthMax` characters.
   */
  append(owner: Owner, threadId: string, message: NewClientMessage): Promise<string>
  /** It keeps its place and its format. Throws as `append` does, and `not_found` for a message that is not there. */
  replace(
    owner: Owner,
    threadId: string,
    messageId: string,
    message: Pick<NewClientMessage, 'content' | 'said' | 'attachmentIds' | 'at'>,
  ): Promise<void>
  /** Of what is said again without a comment, the comment stays. */
  feedback(
    owner: Owner,
    threadId: string,
    messageId: string,
    feedback: ClientFeedback,
  ): Promise<ClientFeedback>
}
