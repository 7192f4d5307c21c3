/**
 * How long Parley's search in a book takes on a database that is full: the parts that the tutor uses, one question after the
 * other. Prints for each kind of question the median and p95 in milliseconds, and in how many something was found.
 */
// oxlint-disable node/no-process-env -- a program of its own
import pg from 'pg'
import { openDatabase } from '../../server/dist/storage/open.js'

const { DATABASE_URL } = process.env
const owner = { tenantId: 'default', userId: 'bench-user-0' }
const questions = 60
const wordsPerQuestion = 5

const client = new pg.Client({ connectionString: DATABASE_URL })
await client.connect()
/** From the commonest on. */
const { rows } = await client.query(
  `select lexeme from book_words where book = 'book' and lexeme ~ '^[a-z]{4,}$' order by passages desc, lexeme`,
)
await client.end()
const words = rows.map(({ lexeme }) => lexeme)
const among = (from, to) => () => words[Math.floor((from + Math.random() * (to - from)) * words.length)]
const misspell = (word) => `${word.slice(0, 2)}${word[3]}${word[2]}${word.slice(4)}`
const kinds = {
  rare: among(0.5, 0.98),
  middling: among(0.02, 0.1),
  common: () => words[Math.floor(Math.random() * 12)],
  misspelt: () => misspell(among(0.02, 0.5)()),
}

const storage = await openDatabase({ kind: 'postgres', url: DATABASE_URL })
const times = {}
for (const [kind, draw] of Object.entries(kinds)) {
  const measured = []
  let found = 0
  for (let number = -5; number < questions; number += 1) {
    const question = Array.from({ length: wordsPerQuestion }, draw).join(' ')
    const begun = performance.now()
    const passages = await storage.books.find(owner, question, { book: 'book' }, 8)
    if (number < 0) continue
    measured.push(performance.now() - begun)
    if (passages.length > 0) found += 1
  }
  measured.sort((one, other) => one - other)
  const at = (part) => measured[Math.ceil(part * questions) - 1]
  times[kind] = { p50: at(0.5), p95: at(0.95), found }
}
await storage.close()
process.stdout.write(JSON.stringify(times))
