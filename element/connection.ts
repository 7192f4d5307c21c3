/** Where the element asks, and as whom, by its options and attributes. */
import type { ChatOptions, HostedApi } from './options.ts'

export interface ConnectionParts {
  options: () => ChatOptions
  /** The attribute `api-url`. */
  attribute: () => string | null
}

export interface Connection {
  /** Where the ChatKit door is, as an absolute address. */
  url(): string
  /** Sends a request to our server as whoever the options say. */
  fetch: typeof globalThis.fetch
}

const doorPath = '/chatkit'

export function createConnection({ options, attribute }: ConnectionParts): Connection {
  /** Knows the secret of one server, which no other one is shown. */
  let hosted: { door: string; fetch: typeof globalThis.fetch } | undefined

  function url(): string {
    const { api } = options()
    const named = api?.url ?? attribute()
    if (named !== null && named !== undefined) return new URL(named, document.baseURI).href
    return new URL(doorPath, hostedApi(options()) === undefined ? document.baseURI : scriptUrl).href
  }

  async function hostedFetch(door: string): Promise<typeof globalThis.fetch> {
    const { createHostedFetch } = await import('./transport/hosted-fetch.ts')
    if (hosted?.door === door) return hosted.fetch
    const fetch = createHostedFetch({
      // A page that has left this server meanwhile has no secret to give for it.
      getClientSecret: async (current) =>
        (url() === door && (await hostedApi(options())?.getClientSecret(current))) || '',
      fetch: (...request) => globalThis.fetch(...request),
      now: () => new Date(),
    })
    hosted = { door, fetch }
    return fetch
  }

  return {
    url,
    fetch: async (...request) => {
      const { api } = options()
      if (hostedApi(options()) !== undefined) {
        return (await hostedFetch(url()))(...request)
      }
      hosted = undefined
      const own = api !== undefined && 'fetch' in api ? api.fetch : undefined
      return (own ?? globalThis.fetch)(...request)
    },
  }
}

/** In a name of its own: a bundler would take `new URL(…, import.meta.url)` for a file to bring along. */
const scriptUrl = import.meta.url

function hostedApi({ api }: ChatOptions): HostedApi | undefined {
  return api !== undefined && 'getClientSecret' in api ? api : undefined
}
