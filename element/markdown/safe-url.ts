const schemes = new Set(['http:', 'https:', 'mailto:', 'tel:'])

/**
 * The address as the browser would read it, if it may be linked to at all; otherwise undefined.
 * Relative addresses are refused: an answer does not know on which page it is shown.
 */
export function safeUrl(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined
  const url = new URL(address)
  return schemes.has(url.protocol) ? url.href : undefined
}

/** A link that the page itself follows: `chatkit-link://open-order?id=7`. */
export interface DeepLink {
  name: string
  data: Record<string, string>
}

const deepLink = /^chatkit-link:\/\/([\w.~-]{1,100})\/?(?:\?([^#]*))?(?:#.*)?$/i

/** Its name as it was written, and what follows it as data; undefined for every other address. */
export function readDeepLink(address: string): DeepLink | undefined {
  const [, name, query = ''] = deepLink.exec(address.trim()) ?? []
  return name === undefined ? undefined : { name, data: Object.fromEntries(new URLSearchParams(query)) }
}
