import { expect, it } from 'vitest'
import {
  createAuthentication,
  createGuestCookies,
  createLog,
  createParley,
  createSecret,
  listen,
  openDatabase,
} from './index.ts'
import type { Agent } from './index.ts'

it('[LIBRARY-1] a program puts its own agent behind Parley with what the package exports', async () => {
  const agent: Agent = {
    async *respond(context) {
      yield { type: 'progress', text: 'Looking out of the window …' }
      context.thread.title = 'Weather'
      yield* context.streamWidget({ type: 'Card', children: [{ type: 'Text', value: 'Sunny' }] })
    },
  }
  const log = createLog({ level: 'silent' })
  const storage = await openDatabase({ kind: 'pglite', directory: null })
  const authentication = createAuthentication([createGuestCookies({ secret: createSecret() })])
  const parley = createParley({ storage, agent, authentication, log })
  await parley.start()
  const { url, drain } = await listen({ fetch: parley.fetch, log, port: 0 })

  const input = {
    content: [{ type: 'input_text', text: 'How is it?' }],
    attachments: [],
    inference_options: {},
  }
  const response = await fetch(`${url}/chatkit`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'threads.create', params: { input } }),
  })
  const said = await response.text()
  for (const part of ['Looking out', '"title":"Weather"', 'Sunny']) expect(said).toContain(part)

  await drain(1_000)
  await parley.close()
  await storage.close()
})
