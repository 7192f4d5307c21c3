/**
 * The public keys of an issuer of tokens.
 *
 *   unknown ──load──▶ fresh ──cacheSeconds──▶ stale ──staleSecondsMax──▶ unknown
 *      ▲                ▲                       │ used on while loading fails
 *      └── failed       └────────load───────────┘
 *
 * Loading begins once for all who wait, and at most once in `cooldownSeconds`, whatever comes of it: a key that is not there
 * is a reason to look again, and whoever makes up key ids must not make us hammer the issuer.
 */
import { createPublicKey } from 'node:crypto'
import { createLocalJWKSet, errors } from 'jose'
import type { CryptoKey, JSONWebKeySet, JWK, JWTHeaderParameters } from 'jose'
import { AuthenticationUnavailable } from './identity.ts'

export interface IssuerKeys {
  /** Null: none fits. Throws `AuthenticationUnavailable` while no keys are known. */
  find(header: JWTHeaderParameters): Promise<CryptoKey | null>
  /** Until when what these keys have shown may be taken on trust, in milliseconds. */
  freshUntil(): number
}

const keysMax = 100
const keyIdLengthMax = 200
const publicKeyTypes = new Set(['RSA', 'EC', 'OKP'])

/** One key, as PEM (SPKI), for whatever key id. Throws when it is not one. */
export function createPemKeys(pem: string): IssuerKeys {
  // Settings that hold one line write the line breaks as \n.
  const text = pem.replaceAll('\\n', '\n')
  if (!text.includes('-----BEGIN PUBLIC KEY-----'))
    throw new Error('The key is not a public key in PEM (SPKI).')
  const jwk = createPublicKey(text).export({ format: 'jwk' })
  const select = createSelect(usableKeys({ keys: [jwk] }))
  return {
    find: ({ alg }) => select({ alg }),
    freshUntil: () => Number.POSITIVE_INFINITY,
  }
}

export interface RemoteKeysOptions {
  /** Throws when there is no answer, or none that is a set of keys. */
  load(): Promise<unknown>
  now?: () => Date
  /** Told what `load` threw. */
  onFailure?: (error: unknown) => void
  timings?: Partial<RemoteKeysTimings>
}

export interface RemoteKeysTimings {
  /** A key that the issuer has withdrawn is good for no longer than that. Default 600. */
  cacheSeconds: number
  /** How long keys are used while the issuer does not answer. Default one day. */
  staleSecondsMax: number
  /** Default 30. */
  cooldownSeconds: number
  /** The same while no keys are known. Default 5. */
  retrySeconds: number
}

const remoteKeysTimings: RemoteKeysTimings = {
  cacheSeconds: 600,
  staleSecondsMax: 86_400,
  cooldownSeconds: 30,
  retrySeconds: 5,
}

type Select = (header: JWTHeaderParameters) => Promise<CryptoKey | null>

export function createRemoteKeys(options: RemoteKeysOptions): IssuerKeys {
  const { load, now = () => new Date(), onFailure = () => {} } = options
  const timings = { ...remoteKeysTimings, ...options.timings }
  let known: { select: Select; loadedAt: number } | undefined
  let beganAt = Number.NEGATIVE_INFINITY
  let loading: Promise<void> | undefined

  function reload(): Promise<void> {
    if (loading !== undefined) return loading
    const time = now().getTime()
    const pause = known === undefined ? timings.retrySeconds : timings.cooldownSeconds
    if (time - beganAt < pause * 1000) return Promise.resolve()
    beganAt = time
    loading = load()
      .then((set) => {
        known = { select: createSelect(usableKeys(set)), loadedAt: time }
      })
      .catch(onFailure)
      .finally(() => {
        loading = undefined
      })
    return loading
  }

  /** With keys that are neither missing nor too old, if they can be had. */
  async function current(): Promise<{ select: Select; loadedAt: number }> {
    const age = (): number => now().getTime() - (known?.loadedAt ?? Number.NEGATIVE_INFINITY)
    if (age() >= timings.cacheSeconds * 1000) await reload()
    // Ahead of time, so that nobody has to wait for it.
    else if (age() >= timings.cacheSeconds * 500) void reload()
    if (known !== undefined && age() < timings.staleSecondsMax * 1000) return known
    known = undefined
    throw new AuthenticationUnavailable('The keys of the issuer cannot be loaded.', timings.retrySeconds)
  }

  return {
    async find(header) {
      const before = await current()
      const found = await before.select(header)
      if (found !== null || !isKeyId(header.kid)) return found
      await reload()
      const after = await current()
      return after === before ? null : after.select(header)
    },
    freshUntil: () => (known?.loadedAt ?? 0) + timings.cacheSeconds * 1000,
  }
}

function isKeyId(kid: unknown): boolean {
  return kid === undefined || (typeof kid === 'string' && kid !== '' && kid.length <= keyIdLengthMax)
}

function createSelect(set: JSONWebKeySet): Select {
  const select = createLocalJWKSet(set)
  return async (header) => {
    try {
      return await select(header)
    } catch (error) {
      // Among them: no key, or more than one, fits.
      if (error instanceof errors.JOSEError) return null
      throw error
    }
  }
}

/** Only public keys that can sign: never one that is shared, or that somebody has published by mistake. */
function usableKeys(set: unknown): JSONWebKeySet {
  if (typeof set !== 'object' || set === null || !('keys' in set) || !Array.isArray(set.keys)) {
    throw new Error('This is no set of keys (RFC 7517).')
  }
  if (set.keys.length > keysMax) throw new Error(`There are more than ${keysMax} keys (keysMax).`)
  const keys = set.keys.filter(isPublicKey)
  if (keys.length === 0) throw new Error('There is no public key among the keys.')
  return { keys }
}

function isPublicKey(key: unknown): key is JWK {
  if (typeof key !== 'object' || key === null || !('kty' in key) || 'd' in key || 'k' in key) return false
  return typeof key.kty === 'string' && publicKeyTypes.has(key.kty)
}
