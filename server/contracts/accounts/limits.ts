/**
 * How often passwords may be tried: by an address, by an address for one account, and for one account by everybody. The last is
 * higher than what one address can use up, so that nobody alone keeps a person out. While the shared store is away nobody signs in.
 */
import type { Limit } from '../../limits/limits.ts'
import { addressSubject } from '../../limits/subjects.ts'

const minute = 60
const hour = 3_600

/** Whoever goes to a provider leaves a row behind until it has run out, and the provider may be asked for its addresses. */
export function journeyLimits(address: string | null): Limit[] {
  return [{ name: 'journeys', subject: addressSubject(address), requestsMax: 30, windowSeconds: minute }]
}

export interface PasswordTry {
  address: string | null
  /** As it was typed. Null: it is the signed-in user's. */
  email: string | null
}

export function passwordLimits({ address, email }: PasswordTry): Limit[] {
  const subject = addressSubject(address)
  const common = { whenAway: 'refuse' } as const
  const limits: Limit[] = [
    { ...common, name: 'password-minute', subject, requestsMax: 20, windowSeconds: minute },
    { ...common, name: 'password-hour', subject, requestsMax: 200, windowSeconds: hour },
    { ...common, name: 'password-at-once', subject, concurrentMax: 4 },
  ]
  if (email === null) return limits
  const account = email.trim().toLowerCase()
  return [
    ...limits,
    {
      ...common,
      name: 'account-from-here',
      subject: JSON.stringify(['account', account, subject]),
      requestsMax: 10,
      windowSeconds: 10 * minute,
    },
    {
      ...common,
      name: 'account-hour',
      subject: JSON.stringify(['account', account]),
      requestsMax: 100,
      windowSeconds: hour,
    },
  ]
}

/** What those are told who have tried too often. */
export const tryWords = {
  tooMany: 'Too many tries.',
  unavailable: 'Nobody can sign in at the moment. Please try again shortly.',
} as const
