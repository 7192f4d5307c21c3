/** What accounts need of a database: Better Auth's own statements, as a role that reaches nothing but its tables. */

export interface AccountsDatabase {
  /** A connection, to be released. Rejects with the code `unavailable` when none is to be had. */
  acquire(): Promise<AccountsConnection>
  /** Forgets sessions and sign-ins that have run out, which nobody asks for any more. */
  sweep(): Promise<void>
}

export interface AccountsConnection {
  /**
   * One statement, in a transaction of its own unless one has begun. `changed` is how many rows an insert, update or delete
   * has touched; undefined for everything else. Rejects with the code `unavailable` when the database does not answer.
   */
  run(text: string, values: readonly unknown[]): Promise<AccountsResult>
  begin(): Promise<void>
  commit(): Promise<void>
  rollback(): Promise<void>
  /** Once. A connection of which nobody knows what state it is in is thrown away. */
  release(): void
}

export interface AccountsResult {
  rows: readonly unknown[]
  changed: number | undefined
}
