/** What could go wrong at the chats door, in other sites' frames, and when guests sign in. */

const routes = 'server/contracts/chats/routes.integration.test.ts'
const stream = 'server/contracts/chats/stream.test.ts'
const origins = 'server/http/origin.test.ts'
const framing = 'server/http/framing.test.ts'
const admission = 'server/admission/admission.test.ts'
const moves = 'server/storage/guest-moves.integration.test.ts'

/** @type {import('./bugs.mjs').PlantedBug[]} */
export const chatBugs = [
  {
    name: 'trusted-origin-without-its-marker',
    breaks: ['FRAME-1'],
    file: 'server/http/origin.ts',
    text: ' && trusted.includes(origin) && headers.has(markerHeader)',
    instead: ' && trusted.includes(origin)',
    test: origins,
    shows: 'FRAME-1',
  },
  {
    name: 'whatever-frames-counts-as-a-frame-of-ours',
    breaks: ['FRAME-3'],
    file: 'server/http/framing.ts',
    text: 'if (frameOrigins.length === 0) return false',
    instead: '',
    test: framing,
    shows: 'FRAME-3',
  },
  {
    name: 'guests-begin-with-anything',
    breaks: ['ADMIT-5', 'CHATS-2'],
    file: 'server/admission/admission.ts',
    text: 'guestsBeginWith !== undefined && !isSame(guestsBeginWith, access)',
    instead: "guestsBeginWith !== undefined && isSame(guestsBeginWith, access) && setCookie === ''",
    test: admission,
    shows: 'ADMIT-5',
  },
  {
    name: 'guest-and-user-brought-together-by-another-site',
    breaks: ['GUEST-1'],
    file: 'server/admission/admission.ts',
    text: 'options.keepGuestChats === undefined || !sameOrigin(request, options.publicOrigins)',
    instead: 'options.keepGuestChats === undefined',
    test: admission,
    shows: 'GUEST-1',
  },
  {
    name: 'run-writes-for-the-owner-it-began-with',
    breaks: ['GUEST-5'],
    file: 'server/storage/fence.ts',
    text: 'userId: `coalesce(runs.user_id, ${rows}.user_id)`',
    instead: 'userId: `${rows}.user_id`',
    test: moves,
    shows: 'GUEST-5',
  },
  {
    name: 'anybodys-things-taken-when-they-are-named',
    breaks: ['GUEST-6'],
    file: 'migrations/0012_guest_moves.sql',
    text: `create policy threads_taken on threads for update to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.guest', true), '') and starts_with(user_id, 'guest_'))`,
    instead: `create policy threads_taken on threads for update to parley_app
  using (user_id = nullif(current_setting('parley.guest', true), ''))`,
    test: moves,
    shows: 'GUEST-6',
  },
  {
    name: 'frames-of-an-event-sent-again',
    breaks: ['CHATS-6'],
    file: 'server/contracts/chats/stream.ts',
    text: 'if (index < known) continue',
    instead: '',
    test: stream,
    shows: 'CHATS-6',
  },
  {
    name: 'assistants-words-from-a-client',
    breaks: ['CHATS-10'],
    file: 'server/contracts/chats/encode.ts',
    text: '...(isClientSupplied ? { clientSupplied: true } : {})',
    instead: "...(isClientSupplied && role === 'user' ? { clientSupplied: true } : {})",
    test: routes,
    shows: 'CHATS-10',
  },
  {
    name: 'saved-message-overwritten',
    breaks: ['CHATS-9'],
    file: 'server/contracts/chats/chats.ts',
    text: 'if (stored !== null) return encodeMessage(threadId, stored, fileUrl)',
    instead:
      "if (stored !== null && given.role === 'assistant') return encodeMessage(threadId, stored, fileUrl)",
    test: routes,
    shows: 'CHATS-9',
  },
  {
    name: 'history-believed',
    breaks: ['CHATS-4'],
    file: 'server/contracts/chats/turns.ts',
    text: "if (message.role === 'user' && (message.id || index > lastOfOthers)) fresh.unshift(message)",
    instead: 'if (message.id || index > lastOfOthers) fresh.unshift(message)',
    test: routes,
    shows: 'CHATS-4',
  },
  {
    name: 'stream-goes-on-after-revocation',
    breaks: ['CHATS-17'],
    file: 'server/contracts/chats/answers.ts',
    text: 'AbortSignal.any([signal, caller.revoked])',
    instead: 'AbortSignal.any([signal])',
    test: routes,
    shows: 'CHATS-17',
  },
]
