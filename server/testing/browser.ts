/** A browser as far as HTTP sees one: it keeps cookies, follows no redirects, and sends what a page of the server's own would. */
export interface Browser {
  get(path: string, headers?: Record<string, string>): Promise<Response>
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>
  /** As a `Cookie` header. */
  cookies(): string
}

/** @param brought Cookies that it has already. */
export function createBrowser(url: string, brought = ''): Browser {
  const jar = new Map<string, string>()
  for (const pair of brought.split('; ').filter((text) => text !== '')) keep(pair)

  function keep(setCookie: string): void {
    const [pair = '', ...attributes] = setCookie.split(';')
    const name = pair.slice(0, pair.indexOf('='))
    if (attributes.some((attribute) => attribute.trim().toLowerCase() === 'max-age=0')) jar.delete(name)
    else jar.set(name, pair.slice(name.length + 1))
  }

  async function send(
    path: string,
    init: Omit<RequestInit, 'headers'> & { headers: Record<string, string> },
  ): Promise<Response> {
    const cookie = browser.cookies()
    const known: Record<string, string> = cookie === '' ? {} : { cookie }
    const headers = { ...known, ...init.headers }
    const response = await fetch(`${url}${path}`, { ...init, headers, redirect: 'manual' })
    response.headers.getSetCookie().forEach(keep)
    return response
  }

  const browser: Browser = {
    get: (path, headers = {}) => send(path, { headers }),
    post: (path, body, headers = {}) =>
      send(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    cookies: () => Array.from(jar, ([name, value]) => `${name}=${value}`).join('; '),
  }
  return browser
}
