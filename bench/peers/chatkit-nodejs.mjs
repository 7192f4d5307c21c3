/**
 * `chatkit-nodejs` with its own SQLite store and `@openai/agents`, in the shape of its README's server with one agent.
 * It is on no registry: `--chatkit-nodejs <checkout>` names a checkout that has been installed and built.
 */
// oxlint-disable node/no-process-env -- a program of its own
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'

const { CHATKIT_NODEJS, DATA, OPENAI_API_KEY, PORT, UPSTREAM_URL } = process.env
// The agents package that the checkout has locked, not ours: it knows its own classes only.
const require = createRequire(join(CHATKIT_NODEJS, 'package.json'))
const { Agent, run, setDefaultOpenAIClient, setTracingDisabled } = require('@openai/agents')
const { OpenAI } = createRequire(require.resolve('@openai/agents'))('openai')
const chatkit = await import(pathToFileURL(join(CHATKIT_NODEJS, 'dist', 'index.js')).href)

setDefaultOpenAIClient(new OpenAI({ apiKey: OPENAI_API_KEY, baseURL: `${UPSTREAM_URL}/v1` }))
setTracingDisabled(true)
const agent = new Agent({ name: 'Assistant', instructions: 'You are a helpful assistant.', model: 'bench' })

class Server extends chatkit.ChatKitServer {
  async *respond(thread, _message, context) {
    const page = await this.store.loadThreadItems(thread.id, null, 50, 'asc', context)
    const input = await chatkit.simpleToAgentInput(page.data)
    const agentContext = new chatkit.AgentContext({ thread, store: this.store, context })
    const result = await run(agent, input, { stream: true })
    yield* chatkit.streamAgentResponse(agentContext, result)
  }
}

const server = new Server(
  new chatkit.SQLiteStore({ path: join(DATA, 'chatkit.sqlite'), getUserId: (context) => context.userId }),
)
const handle = chatkit.createChatKitHandler(server, {
  getContext: () => ({ userId: 'bench' }),
  // Its README leaves this to the application. The least there is: one run, one subscriber, in this process.
  runCoordinator: {
    startRun: async ({ source }) => ({
      status: 'started',
      runId: randomUUID(),
      subscription: { events: source(chatkit.defaultChatKitStreamRuntime()), detach: async () => {} },
    }),
    attachRun: async () => ({ status: 'not_attachable', reason: 'unavailable' }),
    cancelRun: async () => ({ status: 'not_found' }),
  },
})

async function answer(incoming, outgoing) {
  const request = new Request(new URL(incoming.url, 'http://localhost'), {
    method: incoming.method,
    headers: incoming.headers,
    body: Readable.toWeb(incoming),
    duplex: 'half',
  })
  const response = await handle(request)
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  for await (const chunk of response.body) outgoing.write(chunk)
  outgoing.end()
}

createServer((incoming, outgoing) => void answer(incoming, outgoing)).listen(Number(PORT), '127.0.0.1', 4096)
