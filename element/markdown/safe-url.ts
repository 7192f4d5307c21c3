const schemes = new Set(['http:', 'https:', 'mailto:'])

/**
 * The address as the browser would read it, if it may be linked to at all; otherwise undefined.
 * Relative addresses are refused: an answer does not know on which page it is shown.
 */
export function safeUrl(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined
  const url = new URL(address)
  return schemes.has(url.protocol) ? url.href : undefined
}
