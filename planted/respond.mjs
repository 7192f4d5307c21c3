/** In contract D's door: what a click may do, and what is told to whom. */

const issued = 'server/contracts/respond/issued-actions.ts'
const issuedTest = 'server/contracts/respond/issued-actions.test.ts'
const door = 'server/contracts/respond/routes.integration.test.ts'

/** @type {import('./bugs.mjs').PlantedBug[]} */
export const respondBugs = [
  {
    name: 'click-with-a-payload-of-its-own',
    breaks: ['RESPOND-3'],
    file: issued,
    text: 'if (!isDeepStrictEqual(issued[name], value)) return null',
    instead: 'if (value === null) return null',
    test: issuedTest,
    shows: 'RESPOND-3',
  },
  {
    name: 'click-on-anything-of-that-type',
    breaks: ['RESPOND-3'],
    file: issued,
    text: 'if (!isWholeWidget && !offer.within.includes(sent.widget_id)) return []',
    instead: 'if (!isWholeWidget && sent.widget_id.length === 0) return []',
    test: issuedTest,
    shows: 'RESPOND-3',
  },
  {
    name: 'page-actions-taken-by-the-server',
    breaks: ['RESPOND-3'],
    file: issued,
    text: " || config['handler'] === 'client'",
    instead: '',
    test: issuedTest,
    shows: 'RESPOND-3',
  },
  {
    name: 'widget-property-lost-on-the-way',
    breaks: ['RESPOND-6'],
    file: 'server/contracts/respond/widgets.ts',
    text: 'return leadsBack(plain) ? plain : encodeKeeping(part, place)',
    instead: 'return plain',
    test: 'server/contracts/respond/widgets.test.ts',
    shows: 'RESPOND-6',
  },
  {
    name: 'strangers-thread-told-from-none',
    breaks: ['RESPOND-7'],
    file: 'server/contracts/respond/turns.ts',
    text: "throw new ParleyError('forbidden', 'You are not authorized for this thread.')",
    instead: "throw new ParleyError('forbidden', error.message)",
    test: door,
    shows: 'RESPOND-7',
  },
  {
    name: 'guests-at-the-respond-door',
    breaks: ['RESPOND-9'],
    file: 'server/contracts/respond/routes.ts',
    text: "?.identity.kind === 'user'",
    instead: '?.identity.kind !== undefined',
    test: door,
    shows: 'RESPOND-9',
  },
  {
    name: 'one-key-for-all-doors',
    breaks: ['DOOR-7'],
    file: 'server/contracts/respond/turns.ts',
    text: 'idempotencyKey: `respond ${idempotencyKey}`,',
    instead: 'idempotencyKey,',
    test: 'server/assembly/own-doors.integration.test.ts',
    shows: 'DOOR-7',
  },
]
