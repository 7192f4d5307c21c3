/** A number of tokens as an upstream reports it: missing, negative and odd ones count as 0. */
export function count(value: unknown, field?: string): number {
  const number = field === undefined ? value : (Object(value) as Record<string, unknown>)[field]
  return typeof number === 'number' && Number.isSafeInteger(number) && number > 0 ? number : 0
}
