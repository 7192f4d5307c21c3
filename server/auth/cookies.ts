/** Reading and writing cookies (RFC 6265bis). */

export interface CookieAttributes {
  /** 0 takes it away. */
  maxAgeSeconds: number
  isSecure: boolean
  /**
   * For pages inside of another site's page: sent there, and kept apart for each site that shows us (CHIPS). Browsers take
   * that over https only.
   */
  isFramed: boolean
}

/** Of more cookies of one name than this, the rest is not looked at: each look costs a check. */
const sameNameMax = 4

/** A `Set-Cookie` for `name=value`: for the whole host, out of reach of scripts. */
export function cookie(pair: string, { maxAgeSeconds, isSecure, isFramed }: CookieAttributes): string {
  const site = isSecure && isFramed ? 'SameSite=None; Partitioned' : 'SameSite=Lax'
  return `${pair}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; ${site}${isSecure ? '; Secure' : ''}`
}

/** All values of a name: a page on a neighbouring host may have planted one beside ours. */
export function cookieValues(request: Request, name: string): string[] {
  const header = request.headers.get('cookie')
  if (header === null) return []
  return header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .slice(0, sameNameMax)
    .map((pair) => pair.slice(name.length + 1))
}
