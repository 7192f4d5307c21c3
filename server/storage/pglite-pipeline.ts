/**
 * Statements for PGlite in one message of the wire protocol, as in postgres-round-trip.ts: a call into WebAssembly for the whole
 * list instead of five for each statement.
 *
 *   [parse] bind describe execute · bind describe execute · … · sync  ──▶  answers, up to the first failure
 *
 * Source of the messages: https://www.postgresql.org/docs/15/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
 */
import { parse, protocol } from '@electric-sql/pglite'
import type { PGlite } from '@electric-sql/pglite'
import type { PlainStatement } from './pglite-messages.ts'
import { wireValue } from './wire-values.ts'

export interface Pipeline {
  /** The rows of each. Rejects with what the database says of the first that failed; those behind it were not run. */
  run(statements: readonly PlainStatement[]): Promise<(readonly unknown[])[]>
}

const { serialize } = protocol

export function createPipeline(database: PGlite): Pipeline {
  /** Names of statements that the database has parsed, by their texts. */
  const parsed = new Map<string, string>()
  let lastName = 0

  return {
    async run(statements) {
      const parts: Uint8Array[] = []
      const added = new Map<string, string>()
      for (const { text, values } of statements) {
        let name = parsed.get(text) ?? added.get(text)
        if (name === undefined) {
          lastName += 1
          name = `parley_${lastName}`
          added.set(text, name)
          parts.push(serialize.parse({ name, text }))
        }
        parts.push(
          serialize.bind({ statement: name, values: values.map(wireValue) }),
          serialize.describe({ type: 'P' }),
          serialize.execute({}),
        )
      }
      parts.push(serialize.sync())
      const { messages } = await database.execProtocol(Buffer.concat(parts), { throwOnError: false })
      // Parsed is parsed, also when what came after it failed.
      const parsedCount = messages.filter(({ name }) => name === 'parseComplete').length
      for (const [text, name] of [...added].slice(0, parsedCount)) parsed.set(text, name)
      const failure = messages.find((message) => message instanceof Error)
      if (failure !== undefined) throw failure
      return parse.parseResults(messages, database.parsers).map(({ rows }) => rows)
    },
  }
}
