/** One secret for the whole server; every purpose derives its own key from it, so that none can be used for another. */
import { hkdfSync, randomBytes } from 'node:crypto'

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

/** HKDF-SHA-256 (RFC 5869). Throws when the secret is shorter than 32 bytes. */
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
