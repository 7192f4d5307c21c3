/** What could go wrong when it is counted how much somebody may. */

const addresses = 'server/limits/addresses.test.ts'
const window = 'server/limits/window.test.ts'
const limiter = 'server/limits/limiter.test.ts'
const stores = 'server/storage/limits.integration.test.ts'
const processes = 'server/storage/limits-processes.integration.test.ts'

/** @type {import('./bugs.mjs').PlantedBug[]} */
export const limitBugs = [
  {
    name: 'leftmost-forwarded-address-believed',
    breaks: ['LIMIT-11'],
    file: 'server/limits/addresses.ts',
    text: "hopsOf(headers.get(header) ?? '', header).toReversed()",
    instead: "hopsOf(headers.get(header) ?? '', header)",
    test: addresses,
    shows: 'LIMIT-11',
  },
  {
    name: 'whole-ipv6-address-counted',
    breaks: ['LIMIT-10'],
    file: 'server/limits/addresses.ts',
    text: "known.split(':').slice(0, ipv6PrefixBits / 16)",
    instead: "known.split(':')",
    test: addresses,
    shows: 'LIMIT-10',
  },
  {
    name: 'requests-come-back-a-slice-early',
    breaks: ['LIMIT-2', 'LIMIT-3'],
    file: 'server/limits/window.ts',
    text: '(Math.floor(now / slice) + 1) * slice + windowMilliseconds',
    instead: 'Math.floor(now / slice) * slice + windowMilliseconds',
    test: window,
    shows: 'LIMIT-3',
  },
  {
    name: 'place-never-given-back',
    breaks: ['LIMIT-4'],
    file: 'server/limits/limiter.ts',
    text: 'release: () => keeper.release(demand.places) }',
    instead: 'release: () => {} }',
    test: limiter,
    shows: 'LIMIT-4',
  },
  {
    name: 'everybody-waits-for-a-silent-store',
    breaks: ['LIMIT-8'],
    file: 'server/limits/presence.ts',
    text: 'if (!isAway) onChange?.(error)\n    isAway = true',
    instead: 'if (!isAway) onChange?.(error)\n    isAway = false',
    test: limiter,
    shows: 'LIMIT-8',
  },
  {
    name: 'places-of-a-late-answer-kept',
    breaks: ['LIMIT-8', 'LIMIT-4'],
    file: 'server/limits/limiter.ts',
    text: 'shared.release(demand.places)',
    instead: 'void demand.places',
    test: limiter,
    shows: 'LIMIT-8',
  },
  {
    name: 'admitted-without-a-lock',
    breaks: ['LIMIT-2'],
    file: 'server/storage/limits.ts',
    text: 'select pg_advisory_xact_lock($1, asked.lock) from',
    instead: 'select $1::integer + asked.lock::bigint from',
    test: processes,
    shows: 'LIMIT-2',
  },
  {
    name: 'refused-request-takes-a-place',
    breaks: ['LIMIT-1'],
    file: 'server/storage/limits.ts',
    text: 'select lease_id, key, now + lease from wanted where demand not in (select demand from refused)',
    instead: 'select lease_id, key, now + lease from wanted',
    test: stores,
    shows: 'LIMIT-1',
  },
  {
    name: 'all-who-ask-together-in-one-wave',
    breaks: ['LIMIT-17', 'LIMIT-2'],
    file: 'server/storage/limits.ts',
    text: 'for (const key of keys) next.set(key, number + 1)',
    instead: 'for (const key of keys) next.set(key, number)',
    test: stores,
    shows: 'LIMIT-17',
  },
  {
    name: 'one-more-than-the-limit-in-redis',
    breaks: ['LIMIT-2'],
    file: 'server/storage/redis-limits.ts',
    text: 'if used >= most then admitted = 0 end',
    instead: 'if used > most then admitted = 0 end',
    test: stores,
    shows: 'LIMIT-2',
  },
  {
    name: 'chatkit-door-without-its-limits',
    breaks: ['CHATKIT-14'],
    file: 'server/app.ts',
    text: 'limits: limits?.chatkit ?? [],',
    instead: 'limits: limits?.links ?? [],',
    test: 'server/contracts/chatkit/limits.integration.test.ts',
    shows: 'CHATKIT-14',
  },
]
