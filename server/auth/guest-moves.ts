/** What a guest has said stays theirs when they sign in: it is moved to the user. */

export interface GuestMoves {
  /**
   * Everything of the guest's is the user's from now on: all of it or nothing, runs that are going on too. Twice is once.
   * Resolves with how many threads there were. Throws for a `guestId` that is no guest's. Whoever calls this has seen the
   * credentials of both.
   */
  move(tenantId: string, guestId: string, userId: string): Promise<number>
}
