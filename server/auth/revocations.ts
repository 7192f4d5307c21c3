/**
 * What was taken back before its time: one credential, or all that a user was given before a moment.
 *
 *   revoke ─▶ source (a database) ─▶ every process ─▶ index ─▶ asked for each request, remembered or not
 *               └ without one: this process only        └────▶ whoever watches an open stream
 *
 * The index is in memory, because it is asked for every request. It holds what is in force: a revocation is forgotten when
 * nothing that it takes back could still be valid.
 */
import type { Identity } from './identity.ts'

export interface Revocation {
  tenantId: string
  userId: string
  /** One of the credential's `names`; null: all that the user was given before `at`. */
  name: string | null
  at: Date
  /** When it can be forgotten: all that it takes back has run out by then. Null: never. */
  until: Date | null
}

/**
 * Where revocations are kept and how processes tell each other, to be implemented by a database. A revocation must reach the
 * handlers of every process within a second of `add`, also when a notification is lost.
 */
export interface RevocationSource {
  /** Resolves when it is written down. */
  add(revocation: Revocation): Promise<void>
  /**
   * Resolves when the handler has been given all that are in force. Later it is given what is new; the same ones may come
   * again, in any order. Returns how to stop.
   */
  follow(handler: (revocations: readonly Revocation[]) => void): Promise<() => Promise<void>>
}

export interface Revocations {
  /** Follows the source. Nothing is revoked before that but what this process revoked itself. */
  start(): Promise<void>
  close(): Promise<void>
  /** When it resolves, it is written down, in force here, and on its way to all others. */
  revoke(revocation: Revocation): Promise<void>
  isRevoked(identity: Identity): boolean
  /** Calls back once, at the moment the identity is revoked; never for what was revoked before. Returns how to stop watching. */
  watch(identity: Identity, onRevoked: () => void): () => void
}

interface OwnersRevocations {
  /** Milliseconds of the epoch: all that was issued until then is taken back. */
  before: number
  beforeUntil: number
  /** Until when each name is remembered. */
  names: Map<string, number>
}

interface Watcher {
  identity: Identity
  onRevoked(): void
}

/** How often what can be forgotten is. */
const forgetSeconds = 600

/** Without a source, in this process only and until it ends. */
export function createRevocations(
  options: { now?: () => Date; source?: RevocationSource } = {},
): Revocations {
  const { now = () => new Date(), source } = options
  const owners = new Map<string, OwnersRevocations>()
  const watchers = new Map<string, Set<Watcher>>()
  let forgottenAt = now().getTime()
  let unfollow: (() => Promise<void>) | undefined

  function take(revocations: readonly Revocation[]): void {
    const time = now().getTime()
    if (time - forgottenAt >= forgetSeconds * 1000) {
      forgottenAt = time
      forget(owners, time)
    }
    const touched = new Set<string>()
    for (const revocation of revocations) {
      if (revocation.until !== null && revocation.until.getTime() <= time) continue
      const owner = ownerKey(revocation)
      owners.set(owner, withRevocation(owners.get(owner), revocation))
      touched.add(owner)
    }
    for (const owner of touched) tell(owner)
  }

  function tell(owner: string): void {
    for (const watcher of Array.from(watchers.get(owner) ?? [])) {
      if (!isRevoked(watcher.identity)) continue
      unwatch(owner, watcher)
      watcher.onRevoked()
    }
  }

  function unwatch(owner: string, watcher: Watcher): void {
    const set = watchers.get(owner)
    set?.delete(watcher)
    if (set?.size === 0) watchers.delete(owner)
  }

  function isRevoked(identity: Identity): boolean {
    // The usual case, and the hot path: nobody has taken anything back.
    const known = owners.size === 0 ? undefined : owners.get(ownerKey(identity))
    return known !== undefined && covers(known, identity)
  }

  return {
    async start() {
      unfollow ??= await source?.follow(take)
    },
    async close() {
      await unfollow?.()
      unfollow = undefined
    },
    async revoke(revocation) {
      await source?.add(revocation)
      take([revocation])
    },
    isRevoked,
    watch(identity, onRevoked) {
      const owner = ownerKey(identity)
      const watcher = { identity, onRevoked }
      const set = watchers.get(owner) ?? new Set()
      watchers.set(owner, set.add(watcher))
      return () => unwatch(owner, watcher)
    },
  }
}

/** Ids have no spaces. */
function ownerKey({ tenantId, userId }: { tenantId: string; userId: string }): string {
  return `${tenantId} ${userId}`
}

function withRevocation(known: OwnersRevocations | undefined, revocation: Revocation): OwnersRevocations {
  const { name, at, until } = revocation
  const revocations = known ?? { before: -1, beforeUntil: 0, names: new Map<string, number>() }
  const end = until?.getTime() ?? Number.POSITIVE_INFINITY
  if (name === null) {
    revocations.before = Math.max(revocations.before, at.getTime())
    revocations.beforeUntil = Math.max(revocations.beforeUntil, end)
  } else {
    revocations.names.set(name, Math.max(revocations.names.get(name) ?? 0, end))
  }
  return revocations
}

/**
 * Who does not say when a credential was issued is taken for as old as can be. Tokens say it in whole seconds, so one of the
 * very second counts as older.
 */
function covers({ before, names }: OwnersRevocations, { credential }: Identity): boolean {
  if (before >= (credential?.issuedAt ?? 0)) return true
  return names.size > 0 && (credential?.names ?? []).some((name) => names.has(name))
}

function forget(owners: Map<string, OwnersRevocations>, time: number): void {
  for (const [owner, revocations] of owners) {
    for (const [name, until] of revocations.names) if (until <= time) revocations.names.delete(name)
    if (revocations.beforeUntil <= time) revocations.before = -1
    if (revocations.before < 0 && revocations.names.size === 0) owners.delete(owner)
  }
}
