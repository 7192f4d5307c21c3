/**
 * The README's table of clients that work unmodified: what the tests have shown, and nothing else.
 *
 *   shows(context, …) in a test ─▶ `meta` in Vitest's JSON report ─▶ shownBy ─▶ withClients ─▶ README.md
 */

/** @typedef {{ client: string, version: string, door: string, what: string[], where: string }} Shown As `server/testing/clients.ts` has it. */

const beginMark = '<!-- clients: npm test -->'
const endMark = '<!-- end of clients -->'

const head = ['client', 'version', 'at', 'what was shown', 'where it ran']

/**
 * What the tests of one of Vitest's JSON reports have shown. A test that did not pass has shown nothing.
 * @returns {Shown[]}
 */
export function shownBy({ testResults }) {
  return testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'passed')
    .flatMap(({ meta }) => meta?.shown ?? [])
}

/**
 * The same text with this table in it. Throws when the marks are not there, in their order.
 * @param {string} readme
 * @param {Shown[]} shown
 */
export function withClients(readme, shown) {
  const begin = readme.indexOf(beginMark)
  const end = readme.indexOf(endMark)
  if (begin === -1 || end < begin) {
    throw new Error(`The README has no place for the table of clients: ${beginMark} … ${endMark}.`)
  }
  const rest = [readme.slice(0, begin + beginMark.length), readme.slice(end)]
  return rest.join(`\n\n${clientsTable(shown)}\n\n`)
}

/**
 * A row for each client and version, whatever the order in which the tests ran.
 * @param {Shown[]} shown
 */
export function clientsTable(shown) {
  const clients = new Map()
  for (const each of shown) {
    const key = JSON.stringify([each.client, each.version])
    clients.set(key, [...(clients.get(key) ?? []), each])
  }
  const rows = [...clients.values()].map(rowOf).toSorted(byFirstCells)
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function rowOf(all) {
  const [{ client, version }] = all
  const listed = (pick) => [...new Set(all.flatMap(pick))].toSorted(order.compare)
  return [
    code(client),
    text(version),
    listed(({ door }) => code(door)).join(', '),
    listed(({ what }) => what.map(text)).join(', '),
    listed(({ where }) => text(where)).join(', '),
  ]
}

/** Version 10 stands behind version 9, on every machine. */
const order = new Intl.Collator('en', { numeric: true })

function byFirstCells([oneClient, oneVersion], [otherClient, otherVersion]) {
  return order.compare(oneClient, otherClient) || order.compare(oneVersion, otherVersion)
}

const code = (words) => `\`${text(words)}\``
const text = (words) => words.replaceAll('|', '\\|').replaceAll('\n', ' ')
