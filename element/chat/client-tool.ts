import type { ClientToolCallItem, WireItem } from '../../server/contracts/chatkit/wire.ts'

/** The call that the thread is waiting for: only its newest item can be one. */
export function pendingToolCall(items: readonly WireItem[]): ClientToolCallItem | undefined {
  const newest = items.findLast((item) => item.type !== 'end_of_turn')
  return newest?.type === 'client_tool_call' && newest.status === 'pending' ? newest : undefined
}
