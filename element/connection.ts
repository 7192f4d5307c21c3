/** Where the element asks, and as whom, by its options and attributes. */
import type { ChatOptions, HostedApi } from './options.ts'
import type { HostedFetch } from './transport/hosted-fetch.ts'

export interface ConnectionParts {
  options: () => ChatOptions
  /** The attribute `api-url`. */
  attribute: () => string | null
  /** What the options come to has changed. */
  onChange: () => void
}

export interface Connection {
  /** Where the ChatKit door is, as an absolute address. */
  url(): string
  /** Sends a request to our server as whoever the options say. */
  fetch: typeof globalThis.fetch
  /**
   * In hosted mode, asks the page for the secret of its session at once: pages wait for that to show their chat. Once for each
   * server. Rejects when there is none, which is said again when something is asked.
   */
  prepare(): Promise<void>
  /** The page's options, but for what its session goes without. */
  options(): ChatOptions
}

/* Not written into a `new URL(…, import.meta.url)`: bundlers take that for the name of a file. */
const doorPath = '/chatkit'
/** Where hosted ChatKit is asked. There nobody is a guest by mistake, and a proxy that knows OpenAI's paths knows it. */
const hostedPath = '/v1/chatkit/conversation'

export function createConnection({ options, attribute, onChange }: ConnectionParts): Connection {
  /** Knows the secret of one server, which no other one is shown. */
  let hosted: (HostedFetch & { door: string }) | undefined

  function url(): string {
    const { api } = options()
    const named = api?.url ?? attribute()
    if (named !== null && named !== undefined) return new URL(named, document.baseURI).href
    const [path, base] =
      hostedApi(options()) === undefined ? [doorPath, document.baseURI] : [hostedPath, scriptUrl]
    return new URL(path, base).href
  }

  async function hostedFor(door: string): Promise<HostedFetch> {
    const { createHostedFetch } = await import('./transport/hosted-fetch.ts')
    if (hosted?.door === door) return hosted
    const made = createHostedFetch({
      // A page that has left this server meanwhile has no secret to give for it.
      getClientSecret: async (current) =>
        (url() === door && (await hostedApi(options())?.getClientSecret(current))) || '',
      fetch: (...request) => globalThis.fetch(...request),
      now: () => new Date(),
      onChange,
    })
    hosted = { ...made, door }
    return hosted
  }

  return {
    url,
    fetch: async (...request) => {
      const { api } = options()
      if (hostedApi(options()) !== undefined) {
        return (await hostedFor(url())).fetch(...request)
      }
      hosted = undefined
      const own = api !== undefined && 'fetch' in api ? api.fetch : undefined
      return (own ?? globalThis.fetch)(...request)
    },
    async prepare() {
      const door = url()
      if (hostedApi(options()) === undefined || hosted?.door === door) return
      await (await hostedFor(door)).prepare()
    },
    options() {
      const of = options()
      return hosted !== undefined && hostedApi(of) !== undefined && hosted.door === url()
        ? hosted.shown(of)
        : of
    },
  }
}

/** In a name of its own: a bundler would take `new URL(…, import.meta.url)` for a file to bring along. */
const scriptUrl = import.meta.url

function hostedApi({ api }: ChatOptions): HostedApi | undefined {
  return api !== undefined && 'getClientSecret' in api ? api : undefined
}
