/** Who asks a door, once it is known. */
import type { Identity } from '../auth/identity.ts'
import type { Permission } from '../auth/permissions.ts'

export interface Caller {
  readonly identity: Identity
  /** Whose data the request is about. */
  readonly owner: { readonly tenantId: string; readonly userId: string }
  /**
   * Aborted when what was shown is taken back while the request is answered: streams that are open end then. What only runs out
   * does not cut an answer, for many tokens live for a minute, unless its credential says so.
   */
  readonly revoked: AbortSignal
}

/**
 * Who may come in by a route. `public`: anybody, and nobody is told apart, so its handlers get no caller. `identified`: whoever
 * is known, guests too. `session`: who shows the client secret of a session, and nobody else. Otherwise who has the permission.
 */
export type Access = 'public' | 'identified' | 'session' | Permission
