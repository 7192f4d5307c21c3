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
  let hosted: Promise<typeof globalThis.fetch> | undefined

  async function loadHostedFetch(): Promise<typeof globalThis.fetch> {
    const { createHostedFetch } = await import('./transport/hosted-fetch.ts')
    return createHostedFetch({
      // Called only in hosted mode; a page that has left it meanwhile has no secret to give.
      getClientSecret: async (current) => hostedApi(options())?.getClientSecret(current) ?? '',
      fetch: (...request) => globalThis.fetch(...request),
      now: () => new Date(),
    })
  }

  return {
    url() {
      const { api } = options()
      const named = api?.url ?? attribute()
      if (named !== null && named !== undefined) return new URL(named, document.baseURI).href
      return new URL(doorPath, hostedApi(options()) === undefined ? document.baseURI : scriptUrl).href
    },
    fetch: async (...request) => {
      const { api } = options()
      if (hostedApi(options()) !== undefined) {
        hosted ??= loadHostedFetch()
        return (await hosted)(...request)
      }
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
