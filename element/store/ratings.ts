import type { Turn } from './turns.ts'
import { answerIds } from './turns.ts'

export type Rating = 'positive' | 'negative'

/** What the person thinks of the agent's items, by their ids. The server does not tell it again, so a reload forgets it. */
export type Ratings = Readonly<Record<string, Rating>>

/** Null takes a rating back. */
export interface RatingEvent {
  type: 'rated'
  itemIds: readonly string[]
  rating: Rating | null
}

export const noRatings: Ratings = {}

export function rate(ratings: Ratings, { itemIds, rating }: RatingEvent): Ratings {
  const others = Object.entries(ratings).filter(([id]) => !itemIds.includes(id))
  const own = rating === null ? [] : itemIds.map((id): [string, Rating] => [id, rating])
  return Object.fromEntries([...others, ...own])
}

/** One for the whole turn: that of the newest item that has one. */
export function ratingOf(ratings: Ratings, turn: Turn): Rating | null {
  if (ratings === noRatings) return null
  const newest = answerIds(turn).findLast((id) => Object.hasOwn(ratings, id))
  return (newest === undefined ? undefined : ratings[newest]) ?? null
}
