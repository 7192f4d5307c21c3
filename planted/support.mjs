/** What could go wrong with the support chat: whose it is, what is answered twice, and what becomes of files and tickets. */

const door = 'server/contracts/support/routes.integration.test.ts'
const storage = 'server/storage/tickets.integration.test.ts'
const words = 'server/tickets/derive.test.ts'

/** @type {import('./bugs.mjs').PlantedBug[]} */
export const supportBugs = [
  {
    name: 'tenant-of-the-body-believed',
    breaks: ['SUPPORT-1'],
    file: 'server/contracts/support/sessions.ts',
    text: 'if (tenantId !== owner.tenantId) {',
    instead: 'if (tenantId === undefined) {',
    test: door,
    shows: 'SUPPORT-1',
  },
  {
    name: 'answer-stopped-by-who-leaves',
    breaks: ['SUPPORT-3', 'SUPPORT-6'],
    file: 'server/contracts/support/messages.ts',
    text: '  const answer = seen.message()\n',
    instead:
      '  const answer = seen.message()\n  if (signal.aborted) await engine.cancel(asker.owner, run).catch(() => {})\n',
    test: door,
    shows: 'SUPPORT-3',
  },
  {
    name: 'key-answers-another-request',
    breaks: ['SUPPORT-3'],
    file: 'server/contracts/support/messages.ts',
    text: 'if (found.requestHash !== requestHash) {',
    instead: "if (found.requestHash === '') {",
    test: door,
    shows: 'SUPPORT-3',
  },
  {
    name: 'refused-message-keeps-its-files',
    breaks: ['SUPPORT-8'],
    file: 'server/contracts/support/messages.ts',
    text: '      received.push(fileId)\n',
    instead: '',
    test: door,
    shows: 'SUPPORT-8',
  },
  {
    name: 'last-page-without-its-end',
    breaks: ['SUPPORT-13'],
    file: 'server/contracts/support/history.ts',
    text: 'const isLast = !page.has_more && (next === page.data.at(-1)?.id || page.data.length === 0)',
    instead: 'const isLast = !page.has_more',
    test: door,
    shows: 'SUPPORT-13',
  },
  {
    name: 'sessions-of-others-read-without-a-ticket',
    breaks: ['SUPPORT-15'],
    file: 'server/contracts/support/history.ts',
    text: "if (!can(identity, 'inbox', 'read')) return owner",
    instead: "if (!can(identity, 'thread', 'read')) return owner",
    test: door,
    shows: 'SUPPORT-15',
  },
  {
    name: 'lock-of-an-agent-opened',
    breaks: ['SUPPORT-16'],
    file: 'server/contracts/support/sessions.ts',
    text: "if (before !== 'active' && note?.status !== before) {",
    instead: "if (before !== 'active' && note === null) {",
    test: door,
    shows: 'SUPPORT-16',
  },
  {
    name: 'guest-let-into-the-support-chat',
    breaks: ['SUPPORT-18'],
    file: 'server/contracts/support/parts.ts',
    text: "if (identity.kind === 'guest') throw signInFirst()",
    instead: "if (identity.userId === '') throw signInFirst()",
    test: door,
    shows: 'SUPPORT-18',
  },
  {
    name: 'inbox-left-open',
    breaks: ['TICKET-4'],
    file: 'server/storage/tickets.ts',
    text: "set_config('parley.inbox', 'open', true)",
    instead: "set_config('parley.inbox', 'open', false)",
    test: storage,
    shows: 'TICKET-4',
  },
  {
    name: 'denied-urgency-believed',
    breaks: ['TICKET-1'],
    file: 'server/tickets/derive.ts',
    text: "const said = text.replaceAll(denied, ' ')",
    instead: 'const said = text',
    test: words,
    shows: 'TICKET-1',
  },
  {
    name: 'frame-whose-fields-change-places',
    breaks: ['RECORD-1'],
    file: 'server/contracts/support/encode.ts',
    text: "return `${seq === undefined ? '' : `id: ${seq}\\n`}event: ${event}\\ndata: ${JSON.stringify(data)}\\n\\n`",
    instead:
      "return `event: ${event}\\n${seq === undefined ? '' : `id: ${seq}\\n`}data: ${JSON.stringify(data)}\\n\\n`",
    test: 'server/testing/recorded-streams/recorded-streams.integration.test.ts',
    shows: 'RECORD-1',
  },
]
