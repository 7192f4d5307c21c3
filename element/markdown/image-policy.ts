/** From where the images of a conversation may be loaded: whoever writes an address learns who reads it, and when. */
export interface ImagePolicy {
  /** Of the server that the conversation is with. */
  origin: string
  /** Whose images the thread allows, with their subdomains: `thread.allowed_image_domains`. */
  domains: readonly string[]
}

/** Pictures that are in their address. No SVG: it is a document. */
const pictureData = /^data:image\/(?:png|jpeg|gif|webp|avif)[;,]/

/**
 * The address as the browser would read it, if an image may be loaded from there; otherwise undefined.
 * Other hosts than the server's must be allowed by name, and are asked by https only.
 */
export function allowedImage(address: string, { origin, domains }: ImagePolicy): string | undefined {
  if (!URL.canParse(address)) return undefined
  const url = new URL(address)
  if (url.username !== '' || url.password !== '') return undefined
  if (url.protocol === 'data:') return pictureData.test(url.href) ? url.href : undefined
  // A `blob:` has the origin of who made it.
  if (url.origin === origin) return url.href
  const isAllowed = url.protocol === 'https:' && domains.some((domain) => belongsTo(url, domain))
  return isAllowed ? url.href : undefined
}

/** A domain without a port means https's own. */
function belongsTo({ hostname, host }: URL, domain: string): boolean {
  const allowed = domain.trim().toLowerCase()
  if (!/^[a-z\d-]+(?:\.[a-z\d-]+)*(?::\d+)?$/.test(allowed)) return false
  return host === allowed || (hostname === host && hostname.endsWith(`.${allowed}`))
}
