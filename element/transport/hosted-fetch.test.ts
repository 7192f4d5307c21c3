import { describe, expect, it } from 'vitest'
import { TransportError } from './errors.ts'
import { createHostedFetch } from './hosted-fetch.ts'

interface Given {
  /** What the server answers to each request, by the secret that was shown. */
  answer(secret: string, count: number): Response
  secrets: (current: string | null, count: number) => Promise<string>
}

function scene({ answer, secrets }: Given): {
  ask: () => Promise<Response>
  prepare: () => Promise<void>
  asked: (string | null)[]
  shown: string[]
  wait: (milliseconds: number) => void
} {
  const asked: (string | null)[] = []
  const shown: string[] = []
  let now = 1_800_000_000_000
  const { fetch, prepare } = createHostedFetch({
    now: () => new Date(now),
    onChange() {},
    async getClientSecret(current) {
      asked.push(current)
      return secrets(current, asked.length)
    },
    async fetch(_input, init) {
      const secret = new Headers(init?.headers).get('authorization')?.replace('Bearer ', '') ?? ''
      shown.push(secret)
      return answer(secret, shown.length)
    },
  })
  return {
    ask: () => fetch('/chatkit', { method: 'POST', body: '{}' }),
    prepare,
    asked,
    shown,
    wait: (milliseconds) => void (now += milliseconds),
  }
}

const ok = (headers: Record<string, string> = {}): Response => new Response('{}', { headers })
const refused = (): Response => new Response('{}', { status: 401 })

describe('the secret of a session', () => {
  it('[ELEMENT-23] is asked for once with null, and shown with every request', async () => {
    const { ask, asked, shown } = scene({ answer: () => ok(), secrets: async () => 'first' })
    await Promise.all([ask(), ask()])
    await ask()
    expect(asked).toEqual([null])
    expect(shown).toEqual(['first', 'first', 'first'])
  })

  it('[ELEMENT-37] can be asked for before anything is asked with it, once', async () => {
    const { ask, prepare, asked, shown } = scene({ answer: () => ok(), secrets: async () => 'first' })
    await Promise.all([prepare(), prepare()])
    expect([asked, shown]).toEqual([[null], []])
    await ask()
    await prepare()
    expect([asked, shown]).toEqual([[null], ['first']])
  })

  it('[ELEMENT-23] is renewed once when it is refused, and the same request goes out again', async () => {
    const { ask, asked, shown } = scene({
      answer: (secret) => (secret === 'second' ? ok() : refused()),
      secrets: async (_current, count) => (count === 1 ? 'first' : 'second'),
    })
    const replies = await Promise.all([ask(), ask()])
    expect(replies.map(({ status }) => status)).toEqual([200, 200])
    expect(asked).toEqual([null, 'first'])
    expect(shown).toEqual(['first', 'first', 'second', 'second'])
  })

  it('[ELEMENT-23] that is refused again is not asked for a third time', async () => {
    const { ask, asked } = scene({
      answer: () => refused(),
      secrets: async (_current, count) => `secret ${count}`,
    })
    expect((await ask()).status).toBe(401)
    expect(asked).toEqual([null, 'secret 1'])
  })

  it('[ELEMENT-23] is renewed a minute before it ends, which the server or the secret itself says', async () => {
    const { ask, asked, wait } = scene({
      answer: (_secret, count) => ok(count === 1 ? { 'parley-session-expires-in': '600' } : {}),
      secrets: async (_current, count) =>
        count === 1 ? 'first' : `e30.${btoa(JSON.stringify({ exp: 1_800_002_000 }))}.c2ln`,
    })
    await ask()
    wait(539_000)
    await ask()
    expect(asked).toEqual([null])
    wait(1_000)
    await ask()
    expect(asked).toEqual([null, 'first'])
    wait(1_399_000)
    await ask()
    expect(asked).toHaveLength(2)
    wait(1_000)
    await ask()
    expect(asked).toHaveLength(3)
  })

  it('[ELEMENT-23] that the page cannot give is a refusal, and asked for anew by the next request', async () => {
    const { ask, shown } = scene({
      answer: () => ok(),
      async secrets(_current, count) {
        if (count === 1) throw new Error('No session for you')
        return count === 2 ? '' : 'third'
      },
    })
    await expect(ask()).rejects.toMatchObject({ kind: 'refused', status: 401 })
    await expect(ask()).rejects.toBeInstanceOf(TransportError)
    expect((await ask()).status).toBe(200)
    expect(shown).toEqual(['third'])
  })
})
