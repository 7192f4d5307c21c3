/**
 * The AI SDK as its documentation has it: `streamText` with message persistence and resumable streams, under hono.
 * Sources: ai-sdk.dev/docs/ai-sdk-ui/chatbot-message-persistence and …/chatbot-resume-streams; the store is Postgres.
 */
// oxlint-disable node/no-process-env -- a program of its own
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { serve } from '@hono/node-server'
import {
  UI_MESSAGE_STREAM_HEADERS,
  convertToModelMessages,
  createUIMessageStreamResponse,
  generateId,
  streamText,
  toUIMessageStream,
} from 'ai'
import { Hono } from 'hono'
import pg from 'pg'
import { createClient } from 'redis'
import { createResumableStreamContext } from 'resumable-stream'

const { DATABASE_URL, OPENAI_API_KEY, PORT, REDIS_URL, UPSTREAM_URL } = process.env
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 })
await pool.query('create table chats (id text primary key, active_stream_id text)')
await pool.query(
  `create table messages (
     id text primary key, chat_id text not null references chats, role text not null, parts jsonb not null,
     created_at timestamptz not null default now())`,
)
await pool.query('create index on messages (chat_id, created_at)')

const provider = createOpenAICompatible({
  name: 'bench',
  baseURL: `${UPSTREAM_URL}/v1`,
  apiKey: OPENAI_API_KEY,
  includeUsage: true,
})
const publisher = createClient({ url: REDIS_URL })
const subscriber = createClient({ url: REDIS_URL })
await Promise.all([publisher.connect(), subscriber.connect()])
const streams = createResumableStreamContext({ waitUntil: null, publisher, subscriber })

async function readChat(id) {
  const chat = await pool.query('select active_stream_id from chats where id = $1', [id])
  const messages = await pool.query(
    'select id, role, parts from messages where chat_id = $1 order by created_at, id',
    [id],
  )
  return { activeStreamId: chat.rows[0]?.active_stream_id ?? null, messages: messages.rows }
}

/** New messages are added; those that are there stay. */
async function saveChat({ id, messages = [], activeStreamId }) {
  await pool.query(
    `insert into chats (id, active_stream_id) values ($1, $2)
     on conflict (id) do update set active_stream_id = excluded.active_stream_id`,
    [id, activeStreamId],
  )
  for (const message of messages)
    await pool.query(
      'insert into messages (id, chat_id, role, parts) values ($1, $2, $3, $4) on conflict (id) do nothing',
      [message.id, id, message.role, JSON.stringify(message.parts)],
    )
}

const app = new Hono()

app.post('/api/chat', async (context) => {
  const { id, messages: sent } = await context.req.json()
  const chat = await readChat(id)
  const messages = [...chat.messages, sent.at(-1)]
  await saveChat({ id, messages, activeStreamId: null })
  const result = streamText({
    model: provider('bench'),
    messages: await convertToModelMessages(messages),
  })
  return createUIMessageStreamResponse({
    stream: toUIMessageStream({
      stream: result.stream,
      originalMessages: messages,
      generateMessageId: generateId,
      onEnd: ({ messages: all }) => saveChat({ id, messages: all, activeStreamId: null }),
    }),
    async consumeSseStream({ stream }) {
      const streamId = generateId()
      await streams.createNewResumableStream(streamId, () => stream)
      await saveChat({ id, activeStreamId: streamId })
    },
  })
})

app.get('/api/chat/:id/stream', async (context) => {
  const { activeStreamId } = await readChat(context.req.param('id'))
  if (activeStreamId === null) return new Response(null, { status: 204 })
  const stream = await streams.resumeExistingStream(activeStreamId)
  return new Response(stream, { headers: UI_MESSAGE_STREAM_HEADERS })
})

serve({ fetch: app.fetch, port: Number(PORT), hostname: '127.0.0.1' })
