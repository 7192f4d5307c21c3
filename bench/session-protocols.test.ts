import { expect, test } from 'vitest'
import { HttpReply } from './http-reply.ts'
import { problemOf } from './load.ts'
import { createProtocol } from './protocols.ts'
import { TokenReader } from './tokens.ts'

const sessions = createProtocol('sessions', '')
const wish = { tokens: 0, tokensPerSecond: 0, delayMilliseconds: 0 }
const given = '{"client_secret":"sk_chatkit_one","session_id":"sess_1"}'

function replyOf(status: string, body: string): HttpReply {
  const reply = new HttpReply(() => {})
  const bytes = Buffer.from(`HTTP/1.1 ${status}\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
  reply.read(bytes, bytes.length)
  return reply
}

function problem(status: string, body: string): string | null {
  const answer = { problem: null, reply: replyOf(status, body), tokens: new TokenReader(() => {}) }
  return problemOf(answer, sessions, wish)
}

test('[BENCH-10] every visitor comes from an address of their own, and says who they are', () => {
  const ask = (number: number): string => sessions.request({ host: 'here', text: '', number, earlier: null })
  const asked = [1, 256, 65_537, 70_000].map(ask)
  const unique = (pattern: RegExp): number => new Set(asked.map((text) => pattern.exec(text)?.[1])).size
  expect(unique(/\r\nx-forwarded-for: (10(?:\.\d+){3})\r\n/)).toBe(4)
  expect(unique(/"student_email":"([^"]+@example\.com)"/)).toBe(4)
  const [head = '', body = ''] = asked[0]?.split('\r\n\r\n') ?? []
  expect(head).toMatch(/^POST \/api\/chatkit\/session HTTP\/1\.1\r\nhost: here\r\n/)
  expect(head).toContain(`content-length: ${body.length}`)
})

test('[BENCH-10] only a 201 with a secret is a session', () => {
  expect(problem('201 Created', given)).toBeNull()
  expect(problem('200 OK', given)).toBe('status 200')
  expect(problem('429 Too Many Requests', '{"error":"Rate limit exceeded"}')).toBe('status 429')
  expect(problem('201 Created', '{"session_id":"sess_1"}')).toBe('the answer has no end')
})

test('[BENCH-11] a question to the tutor shows a secret that this server gave, and none of another', () => {
  const tutor = createProtocol('tutor', '')
  const secretFor = (host: string): string | undefined =>
    /\r\nauthorization: Bearer (\S*)\r\n/.exec(
      tutor.request({ host, text: '', number: 7, earlier: null }),
    )?.[1]
  sessions.remember?.('one:80', replyOf('201 Created', given))
  sessions.remember?.('other:80', replyOf('429 Too Many Requests', '{}'))
  expect([secretFor('one:80'), secretFor('other:80')]).toEqual(['sk_chatkit_one', ''])
})
