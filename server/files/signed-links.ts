/**
 * Addresses that open one file, for one purpose, for a while: `<claims>.<HMAC>`. Whoever has one needs no cookie, so it works
 * in an `<img>` and from another origin; whoever has none learns nothing.
 */
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import { FileError } from './errors.ts'

/** To send the bytes, to save them, to see them in place, or to see a small picture of them. */
export type LinkPurpose = 'upload' | 'download' | 'show' | 'preview'

export interface LinkClaims {
  purpose: LinkPurpose
  fileId: string
  tenantId: string
  userId: string
  /** How many bytes an upload was announced with. */
  bytes?: number
}

export interface SignedLinks {
  sign(claims: LinkClaims): string
  /** Throws `forbidden` for what we did not sign, for this file and one of these purposes, or what has expired. */
  verify(link: string, fileId: string, purposes: readonly LinkPurpose[]): LinkClaims
}

export interface SignedLinkOptions {
  /** For this and nothing else: derived from the server's secret. */
  key: Uint8Array
  now(): Date
  /** How long a link to see or save a file is good, at least. Default 3,600. */
  readSeconds?: number
  /** How long an upload may wait before it begins, at least. Default 900. */
  uploadSeconds?: number
}

/** Links that are made within such a time are the same, so that a browser knows a preview again. */
const stepSeconds = 300
const linkLengthMax = 2_000

type Payload = [LinkPurpose, string, string, string, number, number?]

export function createSignedLinks(options: SignedLinkOptions): SignedLinks {
  const { now, readSeconds = 3_600, uploadSeconds = 900 } = options
  const key = createSecretKey(options.key)
  const digestOf = (text: string): Buffer => createHmac('sha256', key).update(text).digest()
  const seconds = (): number => Math.floor(now().getTime() / 1_000)
  return {
    sign({ purpose, fileId, tenantId, userId, bytes }) {
      const life = purpose === 'upload' ? uploadSeconds : readSeconds
      const expires = (Math.floor(seconds() / stepSeconds) + 1) * stepSeconds + life
      const size = bytes === undefined ? [] : [bytes]
      const text = Buffer.from(
        JSON.stringify([purpose, fileId, tenantId, userId, expires, ...size]),
      ).toString('base64url')
      return `${text}.${digestOf(text).toString('base64url')}`
    },
    verify(link, fileId, purposes) {
      const [text = '', signature = '', ...more] = link.length > linkLengthMax ? [] : link.split('.')
      const expected = digestOf(text)
      const given = Buffer.from(signature, 'base64url')
      const isOurs = given.length === expected.length && timingSafeEqual(given, expected) && more.length === 0
      // Base64 has several spellings of the same bytes.
      if (!isOurs || given.toString('base64url') !== signature) throw refusal()
      // What we signed has our shape.
      const [purpose, id, tenantId, userId, expires, bytes] = JSON.parse(
        Buffer.from(text, 'base64url').toString(),
      ) as Payload
      if (id !== fileId || !purposes.includes(purpose) || seconds() >= expires) throw refusal()
      return { purpose, fileId, tenantId, userId, ...(bytes === undefined ? {} : { bytes }) }
    },
  }
}

/** The same for all: who tries learns nothing about why. */
function refusal(): FileError {
  return new FileError('forbidden', 'This link is not valid, or no longer.')
}
