import { describe, expect, test } from 'vitest'
import type { ChatKitSession, SessionStanding } from './chatkit-sessions.ts'
import { createSecret } from './secrets.ts'
import {
  after,
  expiryOf,
  isDue,
  mayRotate,
  sessionTimesDefault,
  statusAt,
  tokenGoodUntil,
} from './session-rules.ts'
import { createSessionAuthenticator, createSessionTokens, sessionTokenHash } from './session-tokens.ts'

const secret = createSecret()
const tokens = createSessionTokens(secret)
const sessionId = 'sess_01hzy3v7k2m4n5p6q7r8s9t0vw'
const start = new Date('2026-01-01T00:00:00Z')
const hours = (count: number) => after(start, count * 3_600)
const seconds = (count: number) => after(start, count)

const standing = (changes: Partial<SessionStanding> = {}): SessionStanding => ({
  tenantId: 'acme',
  userId: 'ada',
  id: sessionId,
  workflowId: 'tutor',
  status: 'active',
  generation: 1,
  createdAt: start,
  rotatedAt: start,
  expiresAt: hours(24),
  ...changes,
})

const session = (changes: Partial<ChatKitSession> = {}): ChatKitSession => ({
  ...standing(),
  deviceId: 'default',
  tokenHash: '',
  metadata: {},
  pageContext: {},
  hostedIds: [],
  ...changes,
})

describe('the times of a session', () => {
  const times = sessionTimesDefault

  test('[SESS-2] it is renewed in its last hour, and not before', () => {
    expect(isDue(session(), hours(22.9), times)).toBe(false)
    expect(isDue(session(), hours(23.1), times)).toBe(true)
    expect(expiryOf(start, hours(23), times)).toEqual(hours(47))
  })

  test('[SESS-2] the token before the one in force is good for 60 s, one before that is not', () => {
    const rotated = standing({ generation: 3, rotatedAt: start })
    const until = (generation: number, now: Date) => tokenGoodUntil(rotated, generation, now, times)
    expect(until(3, seconds(59))).toEqual(hours(24))
    expect(until(2, seconds(59))).toEqual(seconds(60))
    expect(until(2, seconds(60))).toBeNull()
    expect(until(1, seconds(1))).toBeNull()
    expect(until(4, seconds(1))).toBeNull()
    expect(until(3, hours(24))).toBeNull()
    expect(tokenGoodUntil({ ...rotated, status: 'revoked' }, 3, seconds(1), times)).toBeNull()
  })

  test('[SESS-2] who asks for a new token within that time gets the same as who asked first', () => {
    const rotated = session({ generation: 2 })
    expect(mayRotate(rotated, seconds(59), times)).toBe(false)
    expect(mayRotate(rotated, seconds(60), times)).toBe(true)
    expect(mayRotate(session(), seconds(1), times)).toBe(true)
  })

  test('[SESS-3] it runs out, may be renewed until it is 30 days old, and never when it was revoked', () => {
    expect(statusAt(session(), hours(24))).toBe('expired')
    expect(statusAt(session({ status: 'revoked' }), hours(24))).toBe('revoked')
    expect(mayRotate(session(), hours(25), times)).toBe(true)
    expect(expiryOf(start, hours(29.5 * 24), times)).toEqual(hours(30 * 24))
    expect(() => mayRotate(session(), hours(30 * 24), times)).toThrow('come to its end')
    expect(() => mayRotate(session({ status: 'revoked' }), hours(1), times)).toThrow('revoked')
    // When nothing can be gained, the token stays as it is.
    expect(isDue(session({ expiresAt: hours(30 * 24) }), hours(30 * 24 - 0.1), times)).toBe(false)
  })
})

describe('the tokens of sessions', () => {
  const token = tokens.mint(sessionId, 7)

  test('[SESS-4] say which session and which generation they are of, the same every time', () => {
    expect(token).toMatch(/^sk_chatkit_[0-9a-z]{26}\.7\.[\w-]{43}$/)
    expect(tokens.mint(sessionId, 7)).toBe(token)
    expect(tokens.read(token)).toEqual({ sessionId, generation: 7 })
    expect(sessionTokenHash(token)).toMatch(/^[0-9a-f]{64}$/)
  })

  test('[SESS-4] with any character changed, cut, longer, or of another key, they are nobody’s', () => {
    for (let place = 0; place < token.length; place += 1) {
      const changed = token[place] === 'x' ? 'y' : 'x'
      expect(tokens.read(token.slice(0, place) + changed + token.slice(place + 1)), String(place)).toBeNull()
    }
    const strange = [
      token.slice(0, -1),
      `${token}A`,
      `${token}=`,
      token.toUpperCase(),
      ` ${token}`,
      `${token}\n`,
      '',
    ]
    const renamed = [token.replace('.7.', '.07.'), token.replace('.7.', '.8.'), token.replace('.7.', '.7.7.')]
    for (const each of [...strange, ...renamed]) expect(tokens.read(each), each).toBeNull()
    expect(tokens.read(createSessionTokens(createSecret()).mint(sessionId, 7))).toBeNull()
  })
})

describe('whoever shows a session’s token', () => {
  function setup(found: SessionStanding | null, options: { mayShow?: (request: Request) => boolean } = {}) {
    const clock = { now: seconds(1) }
    const state = { found, lookUps: 0 }
    const authenticator = createSessionAuthenticator({
      secret,
      records: {
        async lookUp() {
          state.lookUps += 1
          return state.found
        },
      },
      now: () => clock.now,
      ...options,
    })
    const show = (token: string, headers: Record<string, string> = {}) =>
      authenticator.authenticate(
        new Request('http://localhost/', { headers: { authorization: `Bearer ${token}`, ...headers } }),
      )
    return { clock, state, show }
  }

  test('[SESS-5] is its user, with a user’s rights and no more, and a guest is a guest', async () => {
    const { show } = setup(standing())
    expect(await show(tokens.mint(sessionId, 1))).toEqual({
      tenantId: 'acme',
      userId: 'ada',
      kind: 'user',
      roles: [],
      sessionId,
      credential: {
        carrier: 'token',
        names: [`session:${sessionId}`],
        issuedAt: start.getTime(),
        expiresAt: hours(24).getTime(),
      },
    })
    const guest = setup(standing({ userId: 'guest_abc' }))
    expect(await guest.show(tokens.mint(sessionId, 1))).toMatchObject({ kind: 'guest' })
  })

  test('[SESS-4] is nobody when the token is not ours, the session is gone, over or revoked, or the token too old', async () => {
    const good = tokens.mint(sessionId, 1)
    expect(await setup(standing()).show(`${good.slice(0, -1)}_`)).toBe('rejected')
    expect(await setup(null).show(good)).toBe('rejected')
    expect(await setup(standing({ status: 'revoked' })).show(good)).toBe('rejected')
    expect(await setup(standing({ expiresAt: start })).show(good)).toBe('rejected')
    expect(await setup(standing({ generation: 3 })).show(good)).toBe('rejected')
    expect(await setup(standing()).show('eyJhbGciOiJub25lIn0.e30.')).toBeNull()
  })

  test('[SESS-4] is looked up once a minute at most, and a token that was replaced is not remembered for longer than its grace', async () => {
    const { clock, state, show } = setup(standing())
    const first = tokens.mint(sessionId, 1)
    await show(first)
    clock.now = seconds(50)
    await show(first)
    expect(state.lookUps).toBe(1)
    // Another process gives out the next token.
    state.found = standing({ generation: 2, rotatedAt: clock.now })
    clock.now = seconds(100)
    expect(await show(first)).toMatchObject({ sessionId })
    clock.now = seconds(110)
    expect(await show(first)).toBe('rejected')
    expect(await show(tokens.mint(sessionId, 2))).toMatchObject({ sessionId })
  })

  test('[SESS-12] is nobody on a page that may not show it', async () => {
    const { show } = setup(standing(), { mayShow: (request) => !request.headers.has('origin') })
    const good = tokens.mint(sessionId, 1)
    expect(await show(good, { origin: 'https://evil.example' })).toBe('rejected')
    expect(await show(good)).toMatchObject({ sessionId })
  })
})
