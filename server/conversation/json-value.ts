/** Copies and comparisons of JSON values, for the many small ones that every turn has. */

/**
 * A copy that shares nothing with the original. For what is JSON already: 0.2 µs for a message of one line, of which
 * `structuredClone` makes 3 (Node 20).
 */
export function copyJson<Value>(value: Value): Value {
  return copy(value) as Value
}

function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy)
  if (!isRecord(value)) return value
  const copied = { ...value }
  for (const key in copied) if (isRecord(copied[key])) copied[key] = copy(copied[key])
  return copied
}

/** Whether both say the same. `known` is JSON; `other` may be anything, and what is no JSON is never the same. */
export function isSameJson(known: unknown, other: unknown): boolean {
  if (known === other) return true
  if (!isRecord(known) || !isRecord(other)) return false
  if (Object.getPrototypeOf(known) !== Object.getPrototypeOf(other)) return false
  let missing = 0
  for (const key in known) {
    missing += 1
    if (!Object.hasOwn(other, key) || !isSameJson(known[key], other[key])) return false
  }
  for (const _key in other) missing -= 1
  return missing === 0
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
