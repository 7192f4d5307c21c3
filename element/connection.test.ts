import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createConnection } from './connection.ts'
import type { Connection } from './connection.ts'
import type { ChatOptions } from './options.ts'

type Api = NonNullable<ChatOptions['api']>

const a = 'https://a.example/chatkit'
const b = 'https://b.example/chatkit'
/** What each server was shown. */
let shown: string[]

beforeEach(() => {
  shown = []
  headers = {}
  vi.stubGlobal('document', { baseURI: 'https://page.example/' })
  vi.stubGlobal('fetch', async (url: string, init: RequestInit = {}) => {
    shown.push(`${new URL(url).host} ${new Headers(init.headers).get('authorization') ?? 'nothing'}`)
    return new Response('{}', { headers })
  })
})
afterEach(() => {
  vi.doUnmock('./transport/hosted-fetch.ts')
  vi.unstubAllGlobals()
})

/** What the next reply says with a header. */
let headers: Record<string, string> = {}

function scene(api: Api): {
  connection: Connection
  ask: () => Promise<Response>
  set: (api: Api, more?: ChatOptions) => void
  changes: () => number
} {
  let options: ChatOptions = { api }
  let changes = 0
  const connection = createConnection({
    options: () => options,
    attribute: () => null,
    onChange: () => (changes += 1),
  })
  const ask = (): Promise<Response> => connection.fetch(connection.url(), { method: 'POST' })
  const set = (next: Api, more: ChatOptions = {}): void => void (options = { ...more, api: next })
  return { connection, ask, set, changes: () => changes }
}
function hosted(url: string, asked: (string | null)[] = []): Api {
  const getClientSecret = async (current: string | null): Promise<string> => {
    asked.push(current)
    return `of-${new URL(url).host}`
  }
  return { url, getClientSecret }
}

describe('the secret of a session', () => {
  it('[ELEMENT-35] is shown to no other server', async () => {
    const asked: (string | null)[] = []
    const { ask, set } = scene(hosted(a))
    await ask()
    set(hosted(b, asked))
    await ask()
    expect(asked).toEqual([null])
    expect(shown).toEqual(['a.example Bearer of-a.example', 'b.example Bearer of-b.example'])
  })

  it('[ELEMENT-35] is forgotten when the page knows its people in another way', async () => {
    const asked: (string | null)[] = []
    const { ask, set } = scene(hosted(a))
    await ask()
    set({ url: a, domainKey: 'key' })
    await ask()
    set(hosted(a, asked))
    await ask()
    expect(asked).toEqual([null])
    expect(shown[1]).toBe('a.example nothing')
  })

  it('[ELEMENT-35] of the next server is not asked for on behalf of the one before', async () => {
    const asked: (string | null)[] = []
    const { ask, set } = scene(hosted(a))
    const request = ask()
    set(hosted(b, asked))
    await expect(request).rejects.toMatchObject({ kind: 'refused', status: 401 })
    expect(asked).toEqual([])
    expect(shown).toEqual([])
  })

  it('[ELEMENT-31] is shown although the part that knows it could not be loaded at first', async () => {
    vi.doMock('./transport/hosted-fetch.ts', () => {
      throw new TypeError('Failed to fetch')
    })
    const { ask } = scene(hosted(a))
    await expect(ask()).rejects.toThrow()
    vi.doUnmock('./transport/hosted-fetch.ts')
    expect((await ask()).status).toBe(200)
    expect(shown).toEqual(['a.example Bearer of-a.example'])
  })
})

describe('hosted mode', () => {
  it('[ELEMENT-37] asks where hosted ChatKit does, at the origin of the script, unless it is told where', () => {
    const { connection, set } = scene({ getClientSecret: async () => 'secret' })
    const { pathname, origin } = new URL(connection.url())
    expect([pathname, origin]).toEqual(['/v1/chatkit/conversation', new URL(import.meta.url).origin])
    set(hosted(a))
    expect(connection.url()).toBe(a)
    set({ url: '/chatkit' })
    expect(connection.url()).toBe('https://page.example/chatkit')
  })

  it('[ELEMENT-37] asks for the secret once, before anything needs it, also when the page cannot give it', async () => {
    const asked: (string | null)[] = []
    let isRefused = true
    const api: Api = {
      url: a,
      async getClientSecret(current) {
        asked.push(current)
        if (isRefused) throw new Error('No session for you')
        return 'secret'
      },
    }
    const { connection, ask, set } = scene(api)
    await expect(connection.prepare()).rejects.toMatchObject({ kind: 'refused' })
    expect(asked).toEqual([null])
    // A page that sets its options anew because of that is not asked again.
    set(api, { theme: 'dark' })
    await connection.prepare()
    isRefused = false
    expect((await ask()).status).toBe(200)
    await connection.prepare()
    expect(asked).toEqual([null, null])
    set({ url: a })
    await connection.prepare()
    expect(shown).toEqual(['a.example Bearer secret'])
  })

  it('[ELEMENT-38] shows no button for what the session goes without, as the server says', async () => {
    const more: ChatOptions = {
      composer: { placeholder: 'Ask', attachments: { enabled: true, maxCount: 3 } },
    }
    const { connection, ask, set, changes } = scene(hosted(a))
    set(hosted(a), more)
    expect(connection.options()).toMatchObject(more)
    headers = { 'parley-session-expires-in': '60', 'parley-session-without': 'files, history' }
    await ask()
    await ask()
    expect(changes()).toBe(1)
    expect(connection.options()).toMatchObject({
      composer: { placeholder: 'Ask', attachments: { enabled: false, maxCount: 3 } },
      history: { enabled: false },
    })
    expect(connection.options()).toBe(connection.options())
    // The next session has them.
    headers = { 'parley-session-expires-in': '60' }
    await ask()
    expect(connection.options()).toMatchObject(more)
    expect(connection.options().history).toBeUndefined()
  })
})
