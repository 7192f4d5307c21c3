/**
 * The words in a message whose format is a client's. Of all that a format can say only text is looked for, in the two places where
 * the formats of assistant-ui and of the AI SDK have it; of a format that nobody here knows there are perhaps no words.
 */
import type { SaidWords } from '../../conversation/client-messages.ts'
import type { IncompleteReason, JsonObject } from '../../conversation/items.ts'
import { words } from '../../conversation/told-messages.ts'

/** Null where nothing is said, or by neither the user nor the assistant. */
export function saidIn({ role, content, parts, status }: JsonObject): SaidWords | null {
  if (role !== 'user' && role !== 'assistant') return null
  // `aui/v0` has parts of several types in its content, the AI SDK has them in `parts`.
  const texts = typeof content === 'string' ? [content] : [...textsOf(content), ...textsOf(parts)]
  const said = words(role, texts)
  const incomplete = role === 'assistant' ? reasonOf(status) : undefined
  return said === null || incomplete === undefined ? said : { ...said, incomplete }
}

function textsOf(parts: unknown): string[] {
  if (!Array.isArray(parts)) return []
  return parts.flatMap((part: unknown) => {
    if (typeof part !== 'object' || part === null || Reflect.get(part, 'type') !== 'text') return []
    const text: unknown = Reflect.get(part, 'text')
    return typeof text === 'string' ? [text] : []
  })
}

/** `{"type": "incomplete", "reason": "cancelled"}` */
function reasonOf(status: unknown): IncompleteReason | undefined {
  if (typeof status !== 'object' || status === null || Reflect.get(status, 'type') !== 'incomplete')
    return undefined
  const reason: unknown = Reflect.get(status, 'reason')
  if (reason === 'cancelled') return 'cancelled'
  return reason === 'error' ? 'failed' : 'interrupted'
}
