import { expect, test } from 'vitest'
import type { Shown } from './clients.ts'
import { read, root } from './sources.ts'

interface Report {
  testResults: { assertionResults: { status: string; meta?: { shown?: Shown[] } }[] }[]
}

const {
  shownBy,
  withClients,
}: {
  shownBy(report: Report): Shown[]
  withClients(readme: string, shown: Shown[]): string
} = await import(`${root}/scripts/clients-table.mjs`)

const chat: Shown = {
  client: 'ai',
  version: '6.0.1',
  door: '/api/chats/:id',
  what: ['stop', 'send'],
  where: 'Node',
}
const readme = 'Before.\n\n<!-- clients: npm test -->\nold\n<!-- end of clients -->\n\nBehind.\n'

test('[CLIENTS-1] the table has a row for each client and version, of all that was shown, in whatever order', () => {
  const shown: Shown[] = [
    { ...chat, version: '10.0.0' },
    { ...chat, client: '<parley-chat>', door: '/chatkit', what: ['a | b'] },
    chat,
    { ...chat, what: ['resume', 'send'], where: 'headless Chromium' },
    { ...chat, door: '/chatkit' },
  ]
  const written = withClients(readme, shown)
  expect(written).toBe(`Before.

<!-- clients: npm test -->

| client | version | at | what was shown | where it ran |
| --- | --- | --- | --- | --- |
| \`<parley-chat>\` | 6.0.1 | \`/chatkit\` | a \\| b | Node |
| \`ai\` | 6.0.1 | \`/api/chats/:id\`, \`/chatkit\` | resume, send, stop | headless Chromium, Node |
| \`ai\` | 10.0.0 | \`/api/chats/:id\` | send, stop | Node |

<!-- end of clients -->

Behind.
`)
  expect(withClients(readme, shown.toReversed())).toBe(written)
  expect(withClients(written, shown)).toBe(written)
})

test('[CLIENTS-1] a test that did not pass has shown nothing', () => {
  const ended = (status: string) => ({ status, meta: { shown: [{ ...chat, version: status }] } })
  const report = {
    testResults: [
      { assertionResults: [ended('failed'), ended('skipped'), ended('passed')] },
      { assertionResults: [{ status: 'passed', meta: {} }, { status: 'passed' }] },
    ],
  }
  expect(shownBy(report).map(({ version }) => version)).toEqual(['passed'])
})

test('[CLIENTS-1] the README has a place for the table, and one that has none is refused', () => {
  expect(withClients(read('README.md'), [chat])).toContain('| `ai` | 6.0.1 |')
  expect(() => withClients('Nothing here.', [])).toThrow('no place for the table of clients')
})
