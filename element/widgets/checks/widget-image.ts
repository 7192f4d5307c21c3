/**
 * The address of a widget's image, if it may be loaded. A relative one is the page's, as is what the page has itself; for all
 * others `allowed` decides, which takes whole addresses.
 */
export function widgetImage(
  source: unknown,
  page: string,
  allowed: (address: string) => string | undefined,
): string | undefined {
  if (typeof source !== 'string' || source === '' || !URL.canParse(source, page)) return undefined
  const url = new URL(source, page)
  if (url.username !== '' || url.password !== '') return undefined
  const isPages =
    (url.protocol === 'http:' || url.protocol === 'https:') && url.origin === new URL(page).origin
  return isPages ? url.href : allowed(url.href)
}
