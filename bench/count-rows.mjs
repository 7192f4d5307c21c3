/** Opens an embedded database that nobody serves any more, and prints the first row that a statement gives. */
import { PGlite } from '@electric-sql/pglite'

const [, , directory, statement] = process.argv
const database = await PGlite.create(directory)
const { rows } = await database.query(statement)
process.stdout.write(JSON.stringify(rows[0]))
await database.close()
