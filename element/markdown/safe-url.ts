const schemes = new Set(['http:', 'https:', 'mailto:'])

/** A picture in the address itself. An `<img>` runs no script, so SVG is a picture like the others. */
const pictureInAddress = /^data:image\/(?:png|jpeg|gif|webp|avif|svg\+xml)[;,]/i

export interface ImagePolicy {
  /** Where relative addresses begin: the page. Its own images may be loaded. */
  base: string
  /** Whose images may be loaded beside the page's own: host names, each for its subdomains too. */
  domains: readonly string[]
}

/** The address that an image may be loaded from, or undefined: who is asked for an image learns who looks at it, and when. */
export function safeImageUrl(address: string, { base, domains }: ImagePolicy): string | undefined {
  if (pictureInAddress.test(address)) return address
  if (!URL.canParse(address, base)) return undefined
  const url = new URL(address, base)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined
  if (url.username !== '' || url.password !== '') return undefined
  const allowed =
    url.origin === new URL(base).origin ||
    domains.some((domain) => url.hostname === domain || url.hostname.endsWith(`.${domain}`))
  return allowed ? url.href : undefined
}

/**
 * The address as the browser would read it, if it may be linked to at all; otherwise undefined.
 * Relative addresses are refused: an answer does not know on which page it is shown.
 */
export function safeUrl(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined
  const url = new URL(address)
  return schemes.has(url.protocol) ? url.href : undefined
}
