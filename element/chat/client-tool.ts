import type { ClientToolCallItem, Json, WireItem } from '../../server/contracts/chatkit/wire.ts'
import type { ChatParts } from './parts.ts'

/** The call that the thread is waiting for: only its newest item can be one. */
export function pendingToolCall(items: readonly WireItem[]): ClientToolCallItem | undefined {
  const newest = items.findLast((item) => item.type !== 'end_of_turn')
  return newest?.type === 'client_tool_call' && newest.status === 'pending' ? newest : undefined
}

/** What the page did, as JSON; an error is an answer too, so that the agent can go on. */
export async function clientToolOutput(
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
