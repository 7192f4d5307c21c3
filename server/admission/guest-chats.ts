/**
 * Guests keep their chats when they sign in.
 *
 *   a request of our own page that shows a user and a guest ─▶ the guest's things are moved to the user ─▶ the guest's cookie goes
 *
 * Both are proven by the one request. Another site's page cannot bring the two together, not even a trusted one: what it asks
 * never gets here.
 */
import type { GuestCookies } from '../auth/guest-cookies.ts'
import type { GuestMoves } from '../auth/guest-moves.ts'
import type { Identity } from '../auth/identity.ts'
import { createMemory } from '../auth/memory.ts'

export interface GuestChatsOptions {
  moves: GuestMoves
  /** Null where guests are not let in by a cookie of ours. */
  guests: GuestCookies | null
  now: () => Date
}

/** Resolves with what to tell the browser. It must be known that the request comes from a page of ours. */
export type KeepGuestChats = (request: Request, identity: Identity) => Promise<Record<string, string>>

/** A user whose session was a guest's shows that with every request: it is looked after once a minute. */
const movedSecondsMax = 60
const movedMax = 10_000

export function createGuestChats({ moves, guests, now }: GuestChatsOptions): KeepGuestChats {
  const moved = createMemory<true>(movedMax)

  async function keepFormer({ tenantId, userId, formerGuestId }: Identity): Promise<void> {
    if (formerGuestId === undefined) return
    const key = JSON.stringify([tenantId, formerGuestId, userId])
    const time = now().getTime()
    if (moved.get(key, time) === true) return
    await moves.move(tenantId, formerGuestId, userId)
    moved.set(key, true, time + movedSecondsMax * 1000)
  }

  return async (request, identity): Promise<Record<string, string>> => {
    if (identity.kind !== 'user') return {}
    await keepFormer(identity)
    const guest = guests?.guestOf(request) ?? null
    if (guests === null || guest === null || guest.tenantId !== identity.tenantId) return {}
    await moves.move(guest.tenantId, guest.userId, identity.userId)
    return { 'set-cookie': guests.forget(request) }
  }
}
