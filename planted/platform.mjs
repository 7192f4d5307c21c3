/** What could go wrong at the platform's door, where a key acts for a whole tenant. */

const door = 'server/contracts/platform/routes.integration.test.ts'

/** @type {import('./bugs.mjs').PlantedBug[]} */
export const platformBugs = [
  {
    name: 'platform-session-of-any-tenant',
    breaks: ['PLATFORM-7'],
    file: 'server/auth/session-keeper.ts',
    text: 'standing?.tenantId === tenantId && standing.requestsPerMinute !== undefined',
    instead: 'standing?.requestsPerMinute !== undefined',
    test: door,
    shows: 'PLATFORM-7',
  },
  {
    name: 'platform-stream-outlives-its-session',
    breaks: ['PLATFORM-6'],
    file: 'server/admission/admission.ts',
    text: "if (reason !== 'revoked' && identity.credential?.endsStreams !== true) return",
    instead: "if (reason !== 'revoked') return",
    test: door,
    shows: 'PLATFORM-6',
  },
  {
    name: 'platform-session-renewed-by-its-user',
    breaks: ['PLATFORM-5'],
    file: 'server/auth/session-rules.ts',
    text: 'if (session.requestsPerMinute !== undefined) {',
    instead: 'if (session.requestsPerMinute === 0) {',
    test: door,
    shows: 'PLATFORM-5',
  },
  {
    name: 'page-before-a-cursor-from-the-far-end',
    breaks: ['PLATFORM-8'],
    file: 'server/storage/tenant-threads.ts',
    text: "return (request.order === 'asc') === isBackwards(request) ? 'desc' : 'asc'",
    instead: 'return request.order',
    test: door,
    shows: 'PLATFORM-8',
  },
  {
    name: 'items-left-out-after-the-page-is-cut',
    breaks: ['PLATFORM-10'],
    file: 'server/storage/tenant-threads.ts',
    text: 'and type = any($7::text[])',
    instead: 'and $7::text[] is not null',
    test: door,
    shows: 'PLATFORM-10',
  },
  {
    name: 'key-revoked-by-another-name',
    breaks: ['PLATFORM-11'],
    file: 'server/auth/api-keys.ts',
    text: 'name: keyName(id), at, until',
    instead: 'name: id, at, until',
    test: door,
    shows: 'PLATFORM-11',
  },
  {
    name: 'key-opens-what-users-open',
    breaks: ['PLATFORM-3'],
    file: 'server/auth/permissions.ts',
    text: "if (kind === 'key') return roles.filter(isKeyScope)",
    instead: "if (kind === 'key') return ['user', ...roles.filter(isKeyScope)]",
    test: 'server/auth/permissions.test.ts',
    shows: 'PLATFORM-3',
  },
]
