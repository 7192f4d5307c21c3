/**
 * `@openai/agents` alone, as its guide on streaming has it: an agent is run for every question, and its text is sent on.
 * Nothing is stored. Source: openai.github.io/openai-agents-js/guides/streaming.
 */
// oxlint-disable node/no-process-env -- a program of its own
import { serve } from '@hono/node-server'
import { Agent, run, setDefaultOpenAIClient, setTracingDisabled } from '@openai/agents'
import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import OpenAI from 'openai'

const { OPENAI_API_KEY, PORT, UPSTREAM_URL } = process.env
setDefaultOpenAIClient(new OpenAI({ apiKey: OPENAI_API_KEY, baseURL: `${UPSTREAM_URL}/v1` }))
setTracingDisabled(true)
const agent = new Agent({ name: 'Assistant', instructions: 'You are a helpful assistant.', model: 'bench' })

const app = new Hono()

app.post('/api/chat', async (context) => {
  const { messages } = await context.req.json()
  const text = messages
    .at(-1)
    .parts.map((part) => part.text)
    .join('')
  const result = await run(agent, text, { stream: true })
  return streamSSE(context, async (stream) => {
    for await (const delta of result.toTextStream())
      await stream.writeSSE({ data: JSON.stringify({ type: 'text-delta', delta }) })
    await result.completed
    await stream.writeSSE({ data: '[DONE]' })
  })
})

serve({ fetch: app.fetch, port: Number(PORT), hostname: '127.0.0.1' })
