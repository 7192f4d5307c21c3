import { TransportError, refusal } from './errors.ts'

/** Where a file goes. */
export interface FileTarget {
  url: string
  method: 'POST' | 'PUT'
  headers: Record<string, string>
}

export interface SendFileOptions {
  signal: AbortSignal
  /** Told how much is sent, from 0 to 1, where somebody can tell. */
  onShare: (share: number) => void
  /** The page's own. It sends everything, and cannot tell how far it is: a body that is a stream needs HTTP/2 and a length. */
  fetch: typeof globalThis.fetch | undefined
}

/**
 * Sends the bytes of a file: as they are with PUT, in a form with POST. Resolves with the JSON that comes back, if any does.
 * Throws `TransportError`.
 */
export async function sendFile(target: FileTarget, file: File, options: SendFileOptions): Promise<unknown> {
  const url = new URL(target.url, document.baseURI)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new TransportError('garbled')
  const request = { url: url.href, method: target.method, headers: target.headers }
  const body = bodyOf(target, file)
  const response = await (options.fetch === undefined
    ? sendCounted(request, body, options)
    : sendPlain(request, body, { ...options, fetch: options.fetch }))
  if (!response.ok) throw await refusal(response)
  return response.json().catch(() => undefined)
}

/** A signed address may have been signed without a type, so only the one that is named is sent. */
function bodyOf({ method }: FileTarget, file: File): Blob | FormData {
  if (method === 'PUT') return new Blob([file])
  const form = new FormData()
  form.append('file', file, file.name)
  return form
}

async function sendPlain(
  { url, method, headers }: FileTarget,
  body: Blob | FormData,
  { fetch, signal }: { fetch: typeof globalThis.fetch; signal: AbortSignal },
): Promise<Response> {
  try {
    return await fetch(url, { method, headers, body, signal })
  } catch (cause) {
    if (signal.aborted) throw cause
    throw new TransportError('network', { cause })
  }
}

/** The old way is the only one that tells how much has been sent. */
function sendCounted(
  { url, method, headers }: FileTarget,
  body: Blob | FormData,
  { signal, onShare }: SendFileOptions,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const abort = (): void => request.abort()
    const done = (): void => signal.removeEventListener('abort', abort)
    request.open(method, url)
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
    request.upload.addEventListener('progress', ({ lengthComputable, loaded, total }) => {
      if (lengthComputable && total > 0) onShare(loaded / total)
    })
    request.addEventListener('load', () => {
      done()
      resolve(responseOf(request))
    })
    request.addEventListener('error', () => {
      done()
      reject(new TransportError('network'))
    })
    request.addEventListener('abort', () => {
      done()
      reject(new DOMException('Nobody waits for it any more.', 'AbortError'))
    })
    signal.addEventListener('abort', abort)
    if (signal.aborted) abort()
    else request.send(body)
  })
}

const bodiless = new Set([204, 205, 304])

function responseOf({ status, responseText }: XMLHttpRequest): Response {
  return new Response(bodiless.has(status) ? null : responseText, { status })
}
