/** What could go wrong when conversations come from elsewhere, and when an app is looked through. */

const reading = 'server/imports/import-threads.test.ts'
const doctor = 'server/commands/doctor-command.test.ts'

/** @type {import('./bugs.mjs').PlantedBug[]} */
export const importBugs = [
  {
    name: 'import-over-what-is-here',
    breaks: ['IMPORT-11'],
    file: 'server/storage/imports.ts',
    text: 'return here.is_open_call && isCall(item) && item.output !== undefined',
    instead: 'return here.is_open_call || !isCall(item) || item.output !== undefined',
    test: 'server/storage/imports.integration.test.ts',
    shows: 'IMPORT-11',
  },
  {
    name: 'import-without-waiting-as-told',
    breaks: ['IMPORT-4'],
    file: 'server/imports/patience.ts',
    text: 'const seconds = retryAfterSeconds ?? pauseOf(attempt)',
    instead: 'const seconds = Math.min(retryAfterSeconds ?? Infinity, pauseOf(attempt))',
    test: reading,
    shows: 'IMPORT-4',
  },
  {
    name: 'import-of-an-answer-that-is-no-list',
    breaks: ['IMPORT-4'],
    file: 'server/imports/platform-api.ts',
    text: "if (!isObject(page) || !Array.isArray(page['data']))",
    instead: 'if (!isObject(page))',
    test: reading,
    shows: 'IMPORT-4',
  },
  {
    name: 'import-saved-behind-a-torn-line',
    breaks: ['IMPORT-8'],
    file: 'server/imports/copy-file.ts',
    text: 'await file.truncate(end.bytes)',
    instead: 'await file.datasync()',
    test: reading,
    shows: 'IMPORT-8',
  },
  {
    name: 'import-opens-scripts-as-sources',
    breaks: ['IMPORT-3'],
    file: 'server/imports/platform-items.ts',
    text: '&& /^https?:$/.test(new URL(url).protocol)',
    instead: "&& new URL(url).protocol !== ''",
    test: reading,
    shows: 'IMPORT-3',
  },
  {
    name: 'doctor-prints-a-key',
    breaks: ['DOCTOR-2'],
    file: 'server/doctor/findings.ts',
    text: 'return `${assigned}…`',
    instead: 'return visible',
    test: doctor,
    shows: 'DOCTOR-2',
  },
]
