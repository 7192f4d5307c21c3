/** What could go wrong with the sessions that browsers are given. */

const tokens = 'server/auth/session-tokens.test.ts'
const kept = 'server/storage/chatkit-sessions.integration.test.ts'
const door = 'server/contracts/sessions/routes.integration.test.ts'

/** @type {import('./bugs.mjs').PlantedBug[]} */
export const sessionBugs = [
  {
    name: 'older-session-tokens-good-for-ever',
    breaks: ['SESS-2'],
    file: 'server/auth/session-rules.ts',
    text: 'if (graceEnd <= now) return null',
    instead: 'if (graceEnd > session.expiresAt) return null',
    test: tokens,
    shows: 'SESS-2',
  },
  {
    name: 'session-token-of-any-generation',
    breaks: ['SESS-4'],
    file: 'server/auth/session-tokens.ts',
    text: 'mac(`token ${id}.${generation}`)',
    instead: 'mac(`token ${id}.`)',
    test: tokens,
    shows: 'SESS-4',
  },
  {
    name: 'session-token-shown-by-any-page',
    breaks: ['SESS-12'],
    file: 'server/auth/session-tokens.ts',
    text: "if (!mayShow(request)) return 'rejected'",
    instead: 'if (!mayShow(request)) return null',
    test: tokens,
    shows: 'SESS-12',
  },
  {
    name: 'revoked-in-the-table-only',
    breaks: ['SESS-6'],
    file: 'server/auth/session-keeper.ts',
    text: '        ended.map(({ id, expiresAt }) =>',
    instead: '        ended.slice(1).map(({ id, expiresAt }) =>',
    test: door,
    shows: 'SESS-6',
  },
  {
    name: 'session-token-reaches-all-sessions',
    breaks: ['SESS-8'],
    file: 'server/contracts/sessions/routes.ts',
    text: 'if (identity.sessionId === undefined || identity.sessionId === sessionId) return',
    instead: 'if (identity.sessionId !== sessionId) return',
    test: door,
    shows: 'SESS-8',
  },
  {
    name: 'one-bad-session-fails-its-group',
    breaks: ['SESS-21'],
    file: 'server/storage/new-sessions.ts',
    text: 'if (reason instanceof ParleyError || sessions.length === 1) {',
    instead: 'if (sessions.length > 0) {',
    test: kept,
    shows: 'SESS-21',
  },
  {
    name: 'later-sessions-revoked-too',
    breaks: ['SESS-6'],
    file: 'server/storage/chatkit-sessions.ts',
    text: '($3::uuid is null or id = $3::uuid)',
    instead: '($3::uuid is null or id >= $3::uuid)',
    test: kept,
    shows: 'SESS-6',
  },
]
