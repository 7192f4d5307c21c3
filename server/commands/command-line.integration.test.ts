/** The program's commands as somebody types them. */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { shows } from '../testing/clients.ts'
import { launchProgram, startProgram } from '../testing/program.ts'
import type { Program } from '../testing/program.ts'

const shell = (line: string): Promise<{ stdout: string }> =>
  promisify(execFile)('sh', ['-c', line], { cwd: data, timeout: 60_000 })

let data: string
let program: Program
beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'parley-commands-'))
  program = await startProgram({ data, parameters: ['serve', '--development'] })
})
afterAll(async () => {
  await program.stop()
  rmSync(data, { recursive: true, force: true })
})

/** Runs a command to its end. */
async function type(...parameters: string[]): Promise<{ code: number | null; output: string }> {
  const typed = launchProgram({ data, secret: program.secret, parameters })
  const { code } = await typed.ended
  return { code, output: typed.output() }
}

test('[PROGRAM-16] a token that was printed is accepted by the server with the same secret, and nothing else is printed', async () => {
  const { code, output } = await type(
    'token',
    '--user',
    'ada',
    '--tenant',
    'acme',
    '--roles',
    'agent',
    '--minutes',
    '5',
  )
  expect(code).toBe(0)
  expect(output).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/)
  const list = (authorization: string): Promise<Response> =>
    fetch(`${program.url}/chatkit`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: JSON.stringify({ type: 'threads.list', params: {} }),
    })
  expect((await list(`Bearer ${output.trim()}`)).status).toBe(200)
  expect((await list(`Bearer ${output.trim().slice(0, -4)}AAAA`)).status).toBe(401)
})

test('[PROGRAM-17] a command that does not exist, or is asked wrongly, ends with 1 and says what can be typed', async () => {
  const unknown = await type('tokn')
  expect(unknown.code).toBe(1)
  expect(unknown.output).toContain('There is no command tokn.')
  expect(unknown.output).toContain('token --user <id>')
  const wrong = await type('token', '--minutes', '-1')
  expect(wrong.code).toBe(1)
  expect(wrong.output).not.toContain('    at ')
})

test('[PROGRAM-18] in development the printed lines work as they are', async (context) => {
  const what = ['send', 'stream', 'history', 'guests']
  shows(context, { client: 'curl', version: 'any', door: '/chatkit', what, where: 'a shell' })
  const lines = program
    .output()
    .split('\n')
    .filter((line) => line.startsWith('    '))
  const [login = '', ...questions] = lines.map((line) => line.trim())
  expect(questions).toHaveLength(3)
  const [created, listed, asGuest] = await Promise.all(
    questions.map((line) => shell(`${login}; ${line}`).then(({ stdout }) => stdout)),
  )
  expect(created).toContain('"thread.created"')
  expect(asGuest).toContain('"thread.created"')
  expect(JSON.parse(listed ?? '')).toMatchObject({ data: expect.any(Array) })
  const again = await shell(`${login}; ${questions[1]}`)
  expect(JSON.parse(again.stdout).data).toHaveLength(1)
})

test('[INGEST-5] a book is taken from a folder on the command line, and taken again without writing anything', async () => {
  const home = mkdtempSync(join(tmpdir(), 'parley-ingest-'))
  const folder = join(home, 'book')
  mkdirSync(join(folder, '01-start'), { recursive: true })
  writeFileSync(join(folder, '01-start/01-hello.md'), '# Hello\n\nWords.\n\n## More\n\nWords.\n')
  const ingest = async (...parameters: string[]): Promise<{ code: number | null; output: string }> => {
    const typed = launchProgram({ data: join(home, 'data'), parameters: ['ingest', ...parameters] })
    const { code } = await typed.ended
    return { code, output: typed.output() }
  }
  try {
    const first = await ingest(folder)
    expect(first.output).toContain('book: 1 files written (2 passages), 0 unchanged, 0 removed')
    expect(first.code).toBe(0)
    expect((await ingest(folder, '--book', 'book')).output).toContain(
      '0 files written (0 passages), 1 unchanged',
    )
    writeFileSync(join(folder, 'wrong.md'), '---\ntitle: [x]\n---\n')
    const wrong = await ingest(folder)
    expect(wrong.code).toBe(1)
    expect(wrong.output).toMatch(/Nothing was written:\nwrong\.md: Line 2/)
    expect((await ingest(join(home, 'none'))).output).toContain('no such file or directory')
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
})

test('[GALLERY-1] the gallery and its files are there in development, and only there', async () => {
  const paths = ['/gallery', '/gallery/gallery.js']
  const statuses = ({ url }: Program): Promise<number[]> =>
    Promise.all(paths.map(async (path) => (await fetch(url + path)).status))
  expect(await statuses(program)).toEqual([200, 200])
  const policy = (await fetch(`${program.url}/gallery`)).headers.get('content-security-policy')
  expect(policy).toContain("default-src 'none'")
  const otherData = mkdtempSync(join(tmpdir(), 'parley-commands-'))
  const other = await startProgram({ data: otherData })
  expect(await statuses(other)).toEqual([404, 404])
  await other.stop()
  rmSync(otherData, { recursive: true, force: true })
})
