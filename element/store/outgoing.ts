import type { JsonObject } from '../../server/contracts/chatkit/wire.ts'

/**
 * What the page is to be told that changes nothing here: an effect that the agent asks for, a link into the page that somebody
 * followed, a mistake that only who made the page or the agent can mend. `ChatState.outgoing` holds those of the latest event that
 * brought any: a new list is a new thing to tell, each of its members once.
 */
export type Outgoing =
  | { type: 'effect'; name: string; data: JsonObject }
  | { type: 'deeplink'; name: string; data: Record<string, string> }
  | { type: 'error'; message: string }

export interface OutgoingEvent {
  type: 'outgoing'
  outgoing: Outgoing
}

export const noOutgoing: readonly Outgoing[] = []
