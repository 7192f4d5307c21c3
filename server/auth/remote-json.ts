/** Fetching a small JSON document that tells whom to trust: in time, within its size, and from nowhere else. */

/** As much of the platform's `fetch` as is needed. Must follow no redirect. */
export type Fetch = (url: string, init: FetchInit) => Promise<Response>

export interface FetchInit {
  headers: Record<string, string>
  redirect: 'error'
  signal: AbortSignal
}

export interface RemoteJsonLimits {
  /** Default 5. */
  timeoutSeconds?: number
  /** Default 256 KiB. */
  bodyBytesMax?: number
}

/** Throws whatever goes wrong; nothing of it is for clients. */
export async function fetchJson(
  fetch: Fetch,
  url: string,
  { timeoutSeconds = 5, bodyBytesMax = 262_144 }: RemoteJsonLimits = {},
): Promise<unknown> {
  const response = await fetch(url, {
    headers: { accept: 'application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutSeconds * 1000),
  })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new Error(`${url} answered ${response.status}`)
  }
  return JSON.parse(await readText(response, url, bodyBytesMax))
}

/** Counted after decompression, so that a small response cannot become a large one. */
async function readText(response: Response, url: string, bodyBytesMax: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  const body: ReadableStream<Uint8Array> | null = response.body
  for await (const chunk of body ?? []) {
    length += chunk.length
    // Leaving the loop cancels the body.
    if (length > bodyBytesMax) throw new Error(`${url} is larger than ${bodyBytesMax} bytes (bodyBytesMax)`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Keys come over https, or from this very machine. Throws otherwise. */
export function requireSafeUrl(url: string, what: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const isLocal = parsed !== undefined && localNames.has(parsed.hostname)
  if (parsed?.protocol === 'https:' || (parsed?.protocol === 'http:' && isLocal)) return url
  throw new Error(`${what} must be an https URL.`)
}

const localNames = new Set(['localhost', '127.0.0.1', '[::1]'])
