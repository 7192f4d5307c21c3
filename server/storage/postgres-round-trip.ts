/**
 * Statements for Postgres as one message of its wire protocol: one system call out, one answer back, and outside of `begin`
 * and `commit` one transaction.
 *
 *   [parse] bind [describe] execute · bind execute · … · sync  ──▶  rows, up to the first failure
 *
 * `pg`'s own queries end with a sync each, and cost an object, a promise and a transaction's ends more: a turn took 4.4 ms of
 * processor time with them.
 * Source of the messages: https://www.postgresql.org/docs/15/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
 */
import pg from 'pg'
import { databaseErrorFrom } from './database-error.ts'
import type { Statement } from './database.ts'
import { wireValue } from './wire-values.ts'

/** Rejects with a `DatabaseError` for the first statement that failed; those behind it were not run. */
export function sendTogether(
  client: pg.ClientBase,
  statements: readonly Statement[],
): Promise<(readonly unknown[])[]> {
  return new Promise((resolve, reject) => {
    client.query(
      new RoundTrip(statements, (error, results) => {
        if (error === null) resolve(results)
        else reject(databaseErrorFrom(error))
      }),
    )
  })
}

/** What a connection knows of a statement that it has sent before. */
interface Prepared {
  name: string
  /** Known when it was described once: statements are a fixed set of texts, so they need not be described again. */
  columns?: Column[]
}

interface Column {
  name: string
  parse(text: string): unknown
}

const preparedOf = new WeakMap<pg.Connection, Map<string, Prepared>>()
let lastName = 0

/** What `pg` calls for the answers to what it was given to submit. */
class RoundTrip implements pg.Submittable {
  /** Replaced by `pg` when it watches the time. */
  callback: (error: Error | null, results: (readonly unknown[])[]) => void
  readonly #statements: readonly Statement[]
  readonly #results: Record<string, unknown>[][] = []
  readonly #sent: Prepared[] = []
  #known = new Map<string, Prepared>()
  #rows: Record<string, unknown>[] = []

  constructor(statements: readonly Statement[], callback: RoundTrip['callback']) {
    this.#statements = statements
    this.callback = callback
  }

  submit(connection: pg.Connection): void {
    this.#known = preparedOf.get(connection) ?? new Map<string, Prepared>()
    preparedOf.set(connection, this.#known)
    connection.stream.cork()
    for (const { text, values } of this.#statements) {
      const prepared = this.#known.get(text) ?? this.#parse(connection, text)
      connection.bind({ statement: prepared.name, values: values.map(wireValue) }, true)
      if (prepared.columns === undefined) connection.describe({ type: 'P', name: '' }, true)
      connection.execute({ portal: '' }, true)
      this.#sent.push(prepared)
    }
    connection.sync()
    connection.stream.uncork()
  }

  #parse(connection: pg.Connection, text: string): Prepared {
    lastName += 1
    const prepared = { name: `parley_${lastName}` }
    connection.parse({ name: prepared.name, text, types: [] }, true)
    this.#known.set(text, prepared)
    return prepared
  }

  handleRowDescription({ fields }: { fields: pg.FieldDef[] }): void {
    const prepared = this.#sent[this.#results.length]
    if (prepared !== undefined) prepared.columns = fields.map(columnOf)
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    const row: Record<string, unknown> = {}
    this.#sent[this.#results.length]?.columns?.forEach(({ name, parse }, index) => {
      const text = fields[index] ?? null
      row[name] = text === null ? null : parse(text)
    })
    this.#rows.push(row)
  }

  handleCommandComplete(): void {
    const prepared = this.#sent[this.#results.length]
    if (prepared !== undefined) prepared.columns ??= []
    this.#results.push(this.#rows)
    this.#rows = []
  }

  handleReadyForQuery(): void {
    this.callback(null, this.#results)
  }

  /** Which of the statements behind the failure were parsed is not known: those that were never answered are forgotten. */
  handleError(error: Error): void {
    for (const { text } of this.#statements) {
      if (this.#known.get(text)?.columns === undefined) this.#known.delete(text)
    }
    this.callback(error, [])
  }
}

function columnOf({ name, dataTypeID }: pg.FieldDef): Column {
  if (dataTypeID === pg.types.builtins.INT8) return { name, parse: Number }
  const parse: unknown = pg.types.getTypeParser(dataTypeID, 'text')
  return { name, parse: parse as Column['parse'] }
}
