/** Whom a limit counts. Different kinds never meet, whatever they are called. */
import { networkOf } from './addresses.ts'

/** A user within the tenant. */
export function userSubject({ tenantId, userId }: { tenantId: string; userId: string }): string {
  return JSON.stringify(['user', tenantId, userId])
}

/** Whoever shows the token of one ChatKit session. */
export function sessionSubject(sessionId: string): string {
  return JSON.stringify(['session', sessionId])
}

/**
 * Where a request comes from: an IPv4 address, or the first 64 bits of an IPv6 address, which one household has to itself; 48
 * are what one customer can get. Requests without a known address are counted together.
 */
export function addressSubject(address: string | null, ipv6PrefixBits: 48 | 64 = 64): string {
  return JSON.stringify(['address', networkOf(address, ipv6PrefixBits) ?? 'unknown'])
}

/** Everybody together. */
export const everybody: string = JSON.stringify(['everybody'])
