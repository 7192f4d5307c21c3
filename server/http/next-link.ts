/** Where the next page of a list is. Source: RFC 8288, https://www.rfc-editor.org/rfc/rfc8288 */

/**
 * The header of a page's answer: the request's own parameters, and relative, so that it holds behind any proxy.
 * @param cursor Where the next page begins. None: this is the last one, and there is no header.
 */
export function nextLink(request: Request, cursor: string | null | undefined): Record<string, string> {
  if (cursor === null || cursor === undefined) return {}
  const { pathname, searchParams } = new URL(request.url)
  searchParams.set('cursor', cursor)
  return { link: `<${pathname}?${searchParams.toString()}>; rel="next"` }
}
