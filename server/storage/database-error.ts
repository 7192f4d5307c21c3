/** What a database says when it refuses: without the values, which may be somebody's words. */
export class DatabaseError extends Error {
  /** SQLSTATE, or undefined when it was the connection that failed. */
  readonly code: string | undefined
  /** The constraint that refused, by name. */
  readonly constraint: string | undefined

  constructor(message: string, code?: string, constraint?: string) {
    super(message)
    this.name = 'DatabaseError'
    this.code = code
    this.constraint = constraint
  }
}

/** Leaves out what drivers add: the failing row, the query, its parameters. */
export function databaseErrorFrom(error: unknown): DatabaseError {
  if (error instanceof DatabaseError) return error
  if (!(error instanceof Error)) return new DatabaseError(String(error))
  const code = stringField(error, 'code')
  // EPIPE and E2BIG have five characters, too; no SQLSTATE begins with an E.
  const sqlState = code !== undefined && /^(?!E)[0-9A-Z]{5}$/.test(code) ? code : undefined
  return new DatabaseError(messageOf(error, code, sqlState), sqlState, stringField(error, 'constraint'))
}

/** `invalid input syntax for type uuid: "…"` and its like (class 22) repeat the value. */
function messageOf({ message }: Error, code: string | undefined, sqlState: string | undefined): string {
  if (sqlState === undefined) return code === undefined ? message : `${code}: ${message}`
  return sqlState.startsWith('22') ? message.replace(/:? ".*/s, '') : message
}

function stringField(error: Error, field: string): string | undefined {
  const value: unknown = Reflect.get(error, field)
  return typeof value === 'string' ? value : undefined
}

/** Deadlocks and serialization failures: the same transaction can pass the next time. */
export function isWorthRetrying(error: unknown): boolean {
  return error instanceof DatabaseError && (error.code === '40001' || error.code === '40P01')
}

/**
 * No SQLSTATE, or one of: connection exceptions (08), insufficient resources (53), shut down (57P), trouble of its machine
 * (58) or its own (XX000: where the disk is full, a new connection "could not write init file"), a timeout of a statement
 * (57014), a lock (55P03), an idle transaction (25P03), a server that only reads (25006).
 */
export function isConnectionTrouble(error: unknown): boolean {
  if (!(error instanceof DatabaseError)) return false
  if (error.code === undefined) return true
  return /^(?:08|53|57P|58|XX000|57014|55P03|25P03|25006)/.test(error.code)
}
