/**
 * The least that a stored session costs: `node:http` in, one prepared insert of one row, its answer out. Nobody is asked who they
 * are, nothing is checked or counted, and no row is looked for. Source: node-postgres.com/features/queries#prepared-statements.
 */
// oxlint-disable node/no-process-env -- a program of its own
import { randomUUID } from 'node:crypto'
import http from 'node:http'
import pg from 'pg'

const { DATABASE_URL, PORT } = process.env
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 })
await pool.query(
  `create table sessions (
     id uuid primary key, token text not null unique, page jsonb not null, expires_at timestamptz not null)`,
)
const insert = {
  name: 'insert-session',
  text: 'insert into sessions (id, token, page, expires_at) values ($1, $2, $3, $4)',
}
const lifeMilliseconds = 86_400_000

const server = http.createServer((request, response) => {
  const pieces = []
  request.on('data', (piece) => pieces.push(piece))
  request.on('end', () => {
    create(Buffer.concat(pieces)).then(
      (body) => answer(response, 201, body),
      (error) => answer(response, 500, { error: String(error) }),
    )
  })
})

async function create(bytes) {
  const page = JSON.parse(bytes)
  const [id, token] = [randomUUID(), `sk_chatkit_${randomUUID()}`]
  const expiresAt = new Date(Date.now() + lifeMilliseconds)
  await pool.query({ ...insert, values: [id, token, page, expiresAt] })
  return { client_secret: token, session_id: `sess_${id}`, expires_at: expiresAt.toISOString() }
}

function answer(response, status, body) {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}

server.listen(Number(PORT), '127.0.0.1', 4096)
