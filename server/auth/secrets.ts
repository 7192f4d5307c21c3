/** One secret for the whole server; every purpose derives its own key from it, so that none can be used for another. */
import { hkdfSync, randomBytes, randomFillSync } from 'node:crypto'

export type KeyPurpose =
  | 'bearer-token'
  | 'guest-cookie'
  | 'session-cookie-encryption'
  | 'session-cookie-integrity'
  | 'session-token'
  | 'limit-keys'
  | 'file-links'
  | 'accounts'

export const secretBytesMin = 32
const keyBytes = 32

/**
 * HKDF-SHA-256 (RFC 5869). Throws when the secret is shorter than 32 bytes. Who makes HMACs with it makes a `KeyObject` of it
 * first: of plain bytes Node 24 makes one each time, which took 27 µs in place of 3.
 */
export function deriveKey(secret: string, purpose: KeyPurpose): Uint8Array {
  if (Buffer.byteLength(secret) < secretBytesMin) {
    throw new Error(`The secret is shorter than ${secretBytesMin} bytes (secretBytesMin).`)
  }
  return new Uint8Array(hkdfSync('sha256', secret, 'parley', purpose, keyBytes))
}

/** A new secret: 256 bits, as 43 characters. */
export function createSecret(): string {
  return randomBytes(32).toString('base64url')
}

const idBytes = 16
const randomPool = Buffer.alloc(idBytes * 256)
let randomPlace = randomPool.length

/** 128 random bits, as 22 characters: for a name that nobody can guess. Drawn for many at once: one by one took 16 µs. */
export function createRandomId(): string {
  if (randomPlace === randomPool.length) {
    randomFillSync(randomPool)
    randomPlace = 0
  }
  const id = randomPool.toString('base64url', randomPlace, randomPlace + idBytes)
  randomPool.fill(0, randomPlace, randomPlace + idBytes)
  randomPlace += idBytes
  return id
}
