/** What the tutor needs to know of people, and what others must tell. `storage/learners.ts` implements it. */
import type { Owner } from '../conversation/threads.ts'

export interface Learners {
  /** Null for whoever nobody has vouched for: guests, and everybody that `vouch` was not called for. */
  profile(owner: Owner): Promise<LearnerProfile | null>
  /** Somebody whose credentials were verified. Names and addresses only as the credential says them, never as a form does. */
  vouch(owner: Owner, identity: VerifiedIdentity): Promise<void>
  /** A question was asked at this place. Does nothing for whoever nobody has vouched for. */
  noteQuestion(owner: Owner, place: LearnerPlace): Promise<void>
}

export interface VerifiedIdentity {
  /** At most 200 characters are kept of each. */
  name?: string
  email?: string
}

export interface LearnerPlace {
  book: string
  chapter: string
  /** Empty for the chapter's own page. */
  lesson: string
}

export interface LearnerProfile extends VerifiedIdentity {
  /** ISO 8601, when they were first vouched for. */
  since: string
  /** How many conversations they have. */
  threads: number
  /** The newest first, at most 20. */
  lessons: (LearnerPlace & { questions: number; lastAskedAt: string })[]
}
