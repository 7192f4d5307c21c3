/**
 * Giving a guest's things to the user who has signed in, in one transaction.
 *
 *   named: the guest ─▶ threads locked ─▶ keys that both have used ─▶ threads, loose attachments, tasks: the user's
 *                                                                       └ by reference: items, runs, logs, files
 *
 * Both walls stand: the statements name both owners, and the policies let only this very user take, from this very guest
 * (`migrations/…_guest_moves.sql`). Who writes to one of the threads meanwhile waits, and then finds its new owner.
 */
import type { GuestMoves } from '../auth/guest-moves.ts'
import { command, statement, userScope } from './database.ts'
import type { Database, Statement } from './database.ts'
import { insertOwners } from './tenants.ts'

/** As `auth/identity.ts` says it, and the policies. */
const guestPrefix = 'guest_'

export function createGuestMoves(database: Database): GuestMoves {
  return {
    async move(tenantId, guestId, userId) {
      if (!guestId.startsWith(guestPrefix) || userId.startsWith(guestPrefix)) {
        throw new Error('Things are moved from guests to users only.')
      }
      const user = { tenantId, userId }
      const names: Names = [tenantId, guestId, userId]
      // Most guests who sign in have said nothing: they are not worth a user's row.
      return database.transaction(userScope(user), async (run) => {
        const [, hasAny] = await run(nameGuest(guestId), guestHasAny(names))
        if (!hasAny) return 0
        const [, , , , moved] = await run(
          ...insertOwners([user]),
          lockGuestThreads(names),
          forgetCommonKeys(names),
          takeThreads(names),
          takeLooseAttachments(names),
          takeTasks(names),
        )
        return moved
      })
    },
  }
}

/** Tenant, guest, user. */
type Names = [string, string, string]

/** Until the transaction ends. */
function nameGuest(guestId: string): Statement<void> {
  return command("select set_config('parley.guest', $1, true)", [guestId])
}

function guestHasAny([tenantId, guestId]: Names): Statement<boolean> {
  return statement<{ has_any: boolean }, boolean>(
    `select exists (select from threads where tenant_id = $1 and user_id = $2 and seq > 0)
       or exists (select from attachments where tenant_id = $1 and user_id = $2 and created_at > '-infinity')
       or exists (select from tasks where tenant_id = $1 and user_id = $2) as has_any`,
    [tenantId, guestId],
    ([row]) => row?.has_any ?? false,
  )
}

/** In the order in which everybody locks several of them. */
function lockGuestThreads([tenantId, guestId]: Names): Statement<void> {
  return command(
    'select id from threads where tenant_id = $1 and user_id = $2 and seq > 0 order by id for update',
    [tenantId, guestId],
  )
}

/** A key stands for one request of one owner: of two that are one person now, the user's stays. */
function forgetCommonKeys(names: Names): Statement<void> {
  return command(
    `update runs set idempotency_key = null, request_hash = null
     where tenant_id = $1 and user_id = $2 and idempotency_key in (
       select idempotency_key from runs where tenant_id = $1 and user_id = $3 and idempotency_key is not null)`,
    names,
  )
}

/** How many those are. */
function takeThreads(names: Names): Statement<number> {
  return statement(
    'update threads set user_id = $3 where tenant_id = $1 and user_id = $2 and seq > 0 returning id',
    names,
    (rows) => rows.length,
  )
}

/** Those in a conversation have come with it. */
function takeLooseAttachments(names: Names): Statement<void> {
  return command(
    `update attachments set user_id = $3
     where tenant_id = $1 and user_id = $2 and thread_id is null and created_at > '-infinity'`,
    names,
  )
}

function takeTasks(names: Names): Statement<void> {
  return command('update tasks set user_id = $3 where tenant_id = $1 and user_id = $2', names)
}
