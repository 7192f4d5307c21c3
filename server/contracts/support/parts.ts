/** What the support door is made of, and who asks it: over HTTP or from the same process. */
import { can } from '../../auth/permissions.ts'
import type { Permission } from '../../auth/permissions.ts'
import type { Identity } from '../../auth/identity.ts'
import type { ConversationStore } from '../../conversation/store.ts'
import type { Owner } from '../../conversation/threads.ts'
import type { WaitingFiles } from '../../conversation/waiting-files.ts'
import type { Engine } from '../../engine/engine.ts'
import { FileError } from '../../files/errors.ts'
import type { FileKeeper } from '../../files/keeper.ts'
import { HttpProblem } from '../../http/problem.ts'
import type { TicketStore } from '../../tickets/tickets.ts'
import type { FileUrl } from './encode.ts'

export interface SupportParts {
  store: ConversationStore
  engine: Engine
  tickets: TicketStore
  waitingFiles: WaitingFiles
  /** Without it, files are refused. */
  keeper?: FileKeeper
  now(): Date
  /** How long a request may wait for its answer, which goes on without it. Default 300. */
  answerSecondsMax?: number
}

export interface Asker {
  identity: Identity
  owner: Owner
  /** Where files are fetched from: `https://chat.example.org`, or any address below it. */
  baseUrl: string
  /** Aborted when nobody waits for the reply any more. */
  signal: AbortSignal
  /** Aborted when what the asker has shown was taken back. */
  revoked: AbortSignal
}

/** For the asker's own files, or those of the conversation's owner who is named. */
export function fileUrlsOf({ keeper }: SupportParts, { baseUrl }: Asker, owner: Owner): FileUrl {
  return (fileId) => (keeper === undefined ? '' : new URL(keeper.path(owner, fileId, 'show'), baseUrl).href)
}

export function requireKeeper({ keeper }: SupportParts): FileKeeper {
  if (keeper !== undefined) return keeper
  throw new FileError('unsupported_media_type', 'This server takes no files.')
}

/** The contract wants everybody signed in: a guest is a browser that came back. Throws `unauthenticated`, `forbidden`. */
export function requirePermission(identity: Identity, { resource, action }: Permission): void {
  if (identity.kind === 'guest') throw signInFirst()
  if (!can(identity, resource, action)) throw new HttpProblem('forbidden', 'You may not do that.')
}

export function signInFirst(): HttpProblem {
  return new HttpProblem('unauthenticated', 'Please sign in.', { headers: { 'www-authenticate': 'Bearer' } })
}
