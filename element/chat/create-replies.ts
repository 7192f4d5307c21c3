import type { StructuredInput } from '../../server/contracts/chatkit/wire.ts'
import type { Rating, RatingEvent } from '../store/ratings.ts'
import { pendingQuestions } from '../store/state.ts'
import type { ChatState } from '../store/state.ts'
import type { Runs } from './create-runs.ts'
import { failureWords } from './failure-words.ts'
import type { ChatParts } from './parts.ts'
import { withRetries } from './parts.ts'

/** What a person says to an answer, other than with a message. */
export interface Replies {
  /** Answers what the agent asked, once: the run goes on. Refused, it is asked as before, with what was entered. */
  answerQuestions(input: StructuredInput): Promise<void>
  /** Says what the person thinks of these items. It is shown at once, and taken back when it cannot be told. */
  rate(itemIds: readonly string[], rating: Rating): Promise<void>
}

export function createReplies(parts: ChatParts, runs: Runs, catchUp: () => Promise<void>): Replies {
  const { store, transport, words } = parts
  /** Answers that may have arrived keep their key, so that sending them once more cannot answer twice. */
  let unsent: { place: string; key: string } | null = null
  /** Ratings go out one after the other: the last one is to be the last to arrive. */
  let rated: Promise<void> = Promise.resolve()

  async function tellRating(threadId: string, event: RatingEvent, before: Rating | null): Promise<void> {
    const { itemIds, rating } = event
    if (rating === null) return
    const signal = runs.signal()
    const params = { thread_id: threadId, item_ids: [...itemIds], kind: rating }
    try {
      await withRetries(parts, signal, () => transport.ask({ type: 'items.feedback', params }, { signal }))
    } catch (error) {
      if (signal.aborted) return
      store.dispatch({ type: 'problem', message: failureWords(error, words()) })
      // Unless the person has chosen again meanwhile.
      if (ratingAt(store.state(), itemIds) === rating) store.dispatch({ ...event, rating: before })
    }
  }

  return {
    async answerQuestions(input) {
      const { threadId } = store.state()
      const item = pendingQuestions(store.state())
      if (threadId === null || !item) return
      const place = JSON.stringify([item.id, input])
      const key = unsent?.place === place ? unsent.key : parts.createKey()
      unsent = { place, key }
      store.dispatch({ type: 'answer', itemId: item.id, input })
      const params = { thread_id: threadId, item_id: item.id, input }
      const stream = await runs.begin({ type: 'threads.add_structured_input', params }, key)
      if (typeof stream !== 'string') {
        unsent = null
        return runs.follow(stream)
      }
      // Perhaps another device has answered them.
      if (stream === 'refused') await catchUp()
    },
    async rate(itemIds, rating) {
      const { threadId } = store.state()
      if (threadId === null || itemIds.length === 0) return
      const event = { type: 'rated', itemIds, rating } as const
      const before = ratingAt(store.state(), itemIds)
      store.dispatch(event)
      rated = rated.then(() => tellRating(threadId, event, before))
      await rated
    },
  }
}

function ratingAt({ ratings }: ChatState, [first]: readonly string[]): Rating | null {
  return first !== undefined && Object.hasOwn(ratings, first) ? (ratings[first] ?? null) : null
}
