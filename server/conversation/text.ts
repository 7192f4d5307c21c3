/** The text gate: what Postgres or JSON cannot carry is replaced at the edge, in both directions. */

const loneSurrogate = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g

/** NUL and lone surrogates become U+FFFD, one for one, so that offsets stay what they were. */
export function cleanText(text: string): string {
  if (text.isWellFormed() && !text.includes('\0')) return text
  return text.replaceAll('\0', '\uFFFD').replace(loneSurrogate, '\uFFFD')
}

/** The same for every string and key in a JSON value. Returns the value itself when there was nothing to replace. */
export function cleanJson<Value>(value: Value): Value {
  return clean(value) as Value
}

function clean(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value)
  if (Array.isArray(value)) {
    const cleaned = value.map(clean)
    return cleaned.some((entry, index) => entry !== value[index]) ? cleaned : value
  }
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  const cleaned = entries.map(([key, entry]) => [cleanText(key), clean(entry)] as const)
  const changed = cleaned.some(([key, entry], index) => {
    const before = entries[index]
    return before === undefined || key !== before[0] || entry !== before[1]
  })
  return changed ? Object.fromEntries(cleaned) : value
}

/** Cuts so that no surrogate pair is split. */
export function cutText(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text
  const last = text.charCodeAt(lengthMax - 1)
  const splitsPair = last >= 0xd800 && last <= 0xdbff
  return text.slice(0, splitsPair ? lengthMax - 1 : lengthMax)
}
