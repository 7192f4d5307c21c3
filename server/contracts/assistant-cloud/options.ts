/** What the door needs. */
import type { Admission, LimitRule } from '../../admission/admission.ts'
import type { GuestMoves } from '../../auth/guest-moves.ts'
import type { GuestTokens } from '../../auth/guest-tokens.ts'
import type { ClientMessages } from '../../conversation/client-messages.ts'
import type { ConversationStore } from '../../conversation/store.ts'
import type { TenantThreads } from '../../conversation/tenant-threads.ts'
import type { Owner } from '../../conversation/threads.ts'
import type { CloudFiles } from './files.ts'

export interface AssistantCloudDoorOptions {
  messages: ClientMessages
  store: Pick<ConversationStore, 'deleteThread' | 'changeThread' | 'thread'>
  tenantThreads: Pick<TenantThreads, 'find'>
  files: CloudFiles
  admission: Admission
  /** The same, for whom an API key acts as the user that `workspaceOf` names. */
  actingAdmission: Admission
  /** A short bearer token for a user. */
  mintToken(owner: Owner): Promise<string>
  /** Null where guests are not let in. */
  guests: GuestTokens | null
  guestMoves: GuestMoves
  /** Default: `cloudLimits`. */
  limits?: readonly LimitRule[]
  now(): Date
}

/**
 * Whose threads a server asks for: a workspace owns them there, and several users may share one. Here it is the user. Who of them
 * asks (`Aui-User-Id`) is for reports, which are not kept.
 */
export function workspaceOf({ headers }: Request): string | null {
  return headers.get('aui-workspace-id')
}
