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
  vi.stubGlobal('document', { baseURI: 'https://page.example/' })
  vi.stubGlobal('fetch', async (url: string, init: RequestInit = {}) => {
    shown.push(`${new URL(url).host} ${new Headers(init.headers).get('authorization') ?? 'nothing'}`)
    return new Response('{}')
  })
})
afterEach(() => {
  vi.doUnmock('./transport/hosted-fetch.ts')
  vi.unstubAllGlobals()
})

function scene(api: Api): { connection: Connection; ask: () => Promise<Response>; set: (api: Api) => void } {
  let options: ChatOptions = { api }
  const connection = createConnection({ options: () => options, attribute: () => null })
  const ask = (): Promise<Response> => connection.fetch(connection.url(), { method: 'POST' })
  return { connection, ask, set: (next) => void (options = { api: next }) }
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
