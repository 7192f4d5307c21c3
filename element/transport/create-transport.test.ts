import { afterEach, describe, expect, it, vi } from 'vitest'
import { createTransport } from './create-transport.ts'
import type { Frame, Transport } from './create-transport.ts'
import { backoffMilliseconds, pause } from './backoff.ts'
import { TransportError, isPassing } from './errors.ts'

interface Sent {
  url: string
  headers: Headers
  body: unknown
}

/** A transport over a `fetch` that answers with what the test wants. */
function scripted(reply: (sent: Sent) => Response | Promise<Response>): {
  transport: Transport
  sent: Sent[]
} {
  const sent: Sent[] = []
  const transport = createTransport({
    url: '/chatkit',
    locale: () => 'en',
    silenceMillisecondsMax: 50,
    async fetch(url, init) {
      const request = {
        url: new Request(new URL(url as string, 'https://page.example')).url,
        headers: new Headers(init?.headers),
        body: JSON.parse(init?.body as string) as unknown,
      }
      sent.push(request)
      return reply(request)
    },
  })
  return { transport, sent }
}

/** A body that arrives in these chunks; an error breaks it, and null is silence for ever. */
function sse(chunks: (string | Error | null)[], named: boolean = true): Response {
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const chunk = chunks.shift()
      if (chunk === undefined) return controller.close()
      if (chunk === null) return new Promise(() => undefined)
      if (typeof chunk !== 'string') return controller.error(chunk)
      controller.enqueue(new TextEncoder().encode(chunk))
    },
  })
  const ours = { 'parley-run': 'run_1', 'parley-thread': 'thr_1' }
  return new Response(body, { headers: { 'content-type': 'text/event-stream', ...(named ? ours : {}) } })
}

const resume = { type: 'parley.resume', params: { thread_id: 'thr_1', run_id: 'run_1', after: 0 } } as const
const list = { type: 'threads.list', params: {} } as const

async function collect(frames: AsyncGenerator<Frame[]>): Promise<{ frames: Frame[]; error: unknown }> {
  const collected: Frame[] = []
  try {
    for await (const group of frames) collected.push(...group)
    return { frames: collected, error: undefined }
  } catch (error) {
    return { frames: collected, error }
  }
}

const progress = (text: string): string => `data: {"type":"progress_update","text":"${text}"}\n\n`

describe('createTransport', () => {
  it('[ELEMENT-20] says on every request that it knows our additions, and in which language it speaks', async () => {
    const { transport, sent } = scripted(({ body }) =>
      JSON.stringify(body).includes('list') ? Response.json({ data: [], has_more: false }) : sse([]),
    )
    await transport.ask(list)
    await transport.stream(resume, { idempotencyKey: 'key' })
    for (const { url, headers } of sent) {
      expect(url).toBe('https://page.example/chatkit')
      expect(headers.get('parley-stream')).toBe('1')
      expect(headers.get('accept-language')).toBe('en')
      expect(headers.get('content-type')).toBe('application/json')
    }
    expect(sent.map(({ headers }) => headers.get('idempotency-key'))).toEqual([null, 'key'])
    expect(sent.map(({ body }) => body)).toEqual([list, resume])
  })

  it('[ELEMENT-20] gives the events with their numbers, and the run and thread of the headers', async () => {
    const { transport } = scripted(() => sse([`: hi\n\nid: 7\n${progress('a')}`, progress('b')]))
    const stream = await transport.stream(resume)
    expect([stream.runId, stream.threadId]).toEqual(['run_1', 'thr_1'])
    const { frames } = await collect(stream.frames)
    expect(frames).toEqual([
      { seq: 7, event: { type: 'progress_update', text: 'a' } },
      { seq: null, event: { type: 'progress_update', text: 'b' } },
    ])
  })

  it('[ELEMENT-20] leaves out a frame that was cut off, because it will come again', async () => {
    const { transport } = scripted(() =>
      sse([`id: 1\n${progress('a')}`, 'id: 2\ndata: {"type":"progress_upd']),
    )
    const { frames, error } = await collect((await transport.stream(resume)).frames)
    expect(frames.map(({ seq }) => seq)).toEqual([1])
    expect(error).toBeUndefined()
  })

  it.each([
    ['a broken connection', () => sse([progress('a'), new Error('reset')]), 'network', true],
    ['silence', () => sse([progress('a'), null]), 'network', true],
    ['garbage', () => sse([progress('a'), 'data: <html>\n\n']), 'garbled', false],
    ['JSON that is no event', () => sse([progress('a'), 'data: [1]\n\n']), 'garbled', false],
  ])('[ELEMENT-20] keeps what arrived before %s', async (_name, reply, kind, passing) => {
    const { transport } = scripted(reply)
    const { frames, error } = await collect((await transport.stream(resume)).frames)
    expect(frames.length).toBe(1)
    expect(error).toBeInstanceOf(TransportError)
    expect(error).toMatchObject({ kind })
    expect(isPassing(error)).toBe(passing)
  })

  it.each([401, 404, 409, 413, 429, 500])(
    '[ELEMENT-20] a refusal with %i carries what the server says',
    async (status) => {
      const body = { error: { message: 'In plain words.', type: 't', param: null, code: 'a_code' } }
      const { transport } = scripted(() => Response.json(body, { status, headers: { 'retry-after': '20' } }))
      const error: unknown = await transport.ask(list).catch((caught: unknown) => caught)
      expect(error).toMatchObject({
        kind: 'refused',
        status,
        said: 'In plain words.',
        code: 'a_code',
        retryAfterSeconds: 20,
      })
      expect(isPassing(error)).toBe(false)
    },
  )

  it('[ELEMENT-20] a refusal without our shape, a stream that is none and no answer at all are errors, too', async () => {
    const html = scripted(() => new Response('<html>', { status: 502 }))
    const error: unknown = await html.transport.ask(list).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ kind: 'refused', status: 502, said: undefined })
    expect(isPassing(error)).toBe(true)
    const json = scripted(() => Response.json({}))
    await expect(json.transport.stream(resume)).rejects.toMatchObject({ kind: 'garbled' })
    const gone = scripted(() => Promise.reject(new TypeError('Failed to fetch')))
    await expect(gone.transport.ask(list)).rejects.toMatchObject({ kind: 'network' })
  })

  it('[ELEMENT-20] whoever gives up gets his own reason back, not a network error', async () => {
    const reason = new Error('left')
    const { transport } = scripted(() => Promise.reject(reason))
    await expect(transport.ask(list, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })
})

describe('time', () => {
  afterEach(() => void vi.useRealTimers())

  const transcribe = {
    type: 'input.transcribe',
    params: { audio_base64: '', mime_type: 'audio/webm' },
  } as const
  const action = {
    type: 'threads.sync_custom_action',
    params: { thread_id: 'thr_1', item_id: 'w', action: { type: 'go' } },
  } as const

  it.each([
    [list, 30_000],
    [transcribe, 120_000],
    [action, 120_000],
  ])(
    '[ELEMENT-20] a server that does not begin to answer is no network, and its request is given up: %o, %i',
    async (request, milliseconds) => {
      vi.useFakeTimers()
      const given: (AbortSignal | null | undefined)[] = []
      const transport = createTransport({
        url: '/chatkit',
        locale: () => 'en',
        fetch: async (_url, init) => {
          given.push(init?.signal)
          return new Promise(() => undefined)
        },
      })
      let failure: unknown
      const signal = new AbortController().signal
      const asked = transport.ask(request, { signal }).catch((error: unknown) => (failure = error))
      await vi.advanceTimersByTimeAsync(milliseconds - 1)
      expect(failure).toBeUndefined()
      await vi.advanceTimersByTimeAsync(1)
      await asked
      expect(failure).toMatchObject({ kind: 'network' })
      expect(given.map((each) => each?.aborted)).toEqual([true])
      expect(vi.getTimerCount()).toBe(0)
    },
  )

  it('[ELEMENT-20] nothing waits any more once the answer has begun or its caller has given up', async () => {
    vi.useFakeTimers()
    const { transport } = scripted(() => Response.json({ data: [], has_more: false }))
    await transport.ask(list)
    expect(vi.getTimerCount()).toBe(0)
    const leaving = new AbortController()
    const held = createTransport({
      url: '/chatkit',
      locale: () => 'en',
      fetch: (_url, init) =>
        new Promise((_resolve, reject) => {
          init?.signal?.addEventListener('abort', () => reject(new Error('left')))
        }),
    })
    const asked = held.ask(list, { signal: leaving.signal })
    leaving.abort()
    await expect(asked).rejects.toThrow('left')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('[ELEMENT-20] the stream of a plain ChatKit server, which has no heartbeat, may be silent', async () => {
    vi.useFakeTimers()
    const { transport } = scripted(() => sse([progress('a'), null], false))
    const { frames } = await transport.stream(resume)
    await frames.next()
    let isCut = false
    frames.next().catch(() => (isCut = true))
    await vi.advanceTimersByTimeAsync(3_600_000)
    expect(isCut).toBe(false)
  })
})

describe('waiting', () => {
  it('[ELEMENT-3] pauses grow, have an end, and are spread', () => {
    const longest = Array.from({ length: 10 }, (_, attempt) => backoffMilliseconds(attempt, () => 1))
    expect(longest).toEqual([250, 500, 1000, 2000, 4000, 8000, 8000, 8000, 8000, 8000])
    expect(backoffMilliseconds(3, () => 0)).toBe(1000)
  })

  it('[ELEMENT-3] waiting ends when the network is back, and when it is given up', async () => {
    const network = new EventTarget()
    const waiting = pause(1e9, new AbortController().signal, network)
    network.dispatchEvent(new Event('online'))
    await waiting
    await pause(1e9, AbortSignal.abort())
  })
})
