import type { ClientToolCallItem, Json } from '../../server/contracts/chatkit/wire.ts'
import { pendingToolCall } from './client-tool.ts'
import type { Runs } from './create-runs.ts'
import type { ChatParts } from './parts.ts'

/** What this page does for the agent. It is loaded when an agent asks for something. */
export interface ClientTools {
  /** Does what is asked for, once, and offers the server the result for as long as it waits for it. */
  answer(threadId: string, call: ClientToolCallItem): Promise<void>
}

export function createClientTools(parts: ChatParts, runs: Runs): ClientTools {
  const { store } = parts
  /** What was done or is being done, by the ids of the calls' items: those of the calls are the model's, which may repeat itself. */
  const outputs = new Map<string, Promise<Json>>()
  const running = new Set<string>()

  function isAwaited(threadId: string, { id }: ClientToolCallItem): boolean {
    const state = store.state()
    return state.threadId === threadId && state.phase === 'ready' && pendingToolCall(state.items)?.id === id
  }

  /** Where the page has nobody to do it, nothing is kept: somebody may come. */
  function outputOf(call: ClientToolCallItem): Promise<Json> {
    const output = outputs.get(call.id) ?? clientToolOutput(call, parts)
    if (parts.clientTool()) outputs.set(call.id, output)
    return output
  }

  function tell(): void {
    store.dispatch({ type: 'tools', running: [...running] })
  }

  return {
    async answer(threadId, call) {
      await parts.alone(`parley-tool-${call.call_id}`, async () => {
        if (!isAwaited(threadId, call)) return
        running.add(call.id)
        tell()
        const result = await outputOf(call)
        running.delete(call.id)
        // Who has left finds the result waiting when they come back.
        if (!isAwaited(threadId, call)) return tell()
        store.dispatch({ type: 'continue' })
        const params = { thread_id: threadId, result }
        const stream = await runs.begin({ type: 'threads.add_client_tool_output', params }, `tool-${call.id}`)
        if (stream === 'refused') store.dispatch({ type: 'item-replaced', threadId, item: call })
        tell()
        if (typeof stream !== 'string') await runs.follow(stream)
      })
    },
  }
}

/** What the page did, as JSON; an error is an answer too, so that the agent can go on. */
async function clientToolOutput(
  call: ClientToolCallItem,
  { clientTool, words }: Pick<ChatParts, 'clientTool' | 'words'>,
): Promise<Json> {
  const tool = clientTool()
  if (!tool) return { error: words().toolMissing(call.name) }
  try {
    const result: unknown = await tool({ name: call.name, params: call.arguments })
    // Only what survives JSON can be sent; a tool that returns nothing has nothing to say.
    const plain: Json = JSON.parse(JSON.stringify(result ?? {}))
    return plain
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}
