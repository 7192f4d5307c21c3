/** The page "Coming from hosted ChatKit": its own commands, in their order, in a shell. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSecret } from '../auth/secrets.ts'
import {
  heldThread,
  heldThreadOfAllTypes,
  startFakeThreadsApi,
  threadsApiKey,
} from '../testing/fake-threads-api.ts'
import type { FakeThreadsApi } from '../testing/fake-threads-api.ts'
import { freePort } from '../testing/ports.ts'
import { statusOf } from '../testing/program.ts'
import { read } from '../testing/sources.ts'

const held = [heldThreadOfAllTypes('cthr_all', 'ada'), heldThread(1, 4), heldThread(2, 3)]
let home: string
let api: FakeThreadsApi
let url: string
let server: ChildProcess | undefined
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'parley-page-'))
  api = await startFakeThreadsApi(held)
  url = `http://localhost:${await freePort()}`
  mkdirSync(join(home, 'bin'))
  const program = fileURLToPath(new URL('../dist/main.js', import.meta.url))
  // What `npm start` does when everything is installed and built.
  const npm = `#!/bin/sh\nwhile [ "$1" = start ] || [ "$1" = --silent ] || [ "$1" = -- ]; do shift; done\nexec "${process.execPath}" "${program}" "$@"\n`
  writeFileSync(join(home, 'bin/npm'), npm)
  chmodSync(join(home, 'bin/npm'), 0o700)
  writeFileSync(join(home, 'state'), '')
})
afterAll(async () => {
  await stop()
  await api.close()
  rmSync(home, { recursive: true, force: true })
})

interface Block {
  /** `sh` where nothing else is said. */
  language: string
  text: string
}

/** What is indented or fenced, in its order. What the reader fills in is filled in. */
function blocksOf(page: string): Block[] {
  const found = page.matchAll(
    /^```(?<language>\w+)\n(?<fenced>[^]*?)^```$|(?<indented>(?:^ {4}.*\n(?:\n(?= {4}))?)+)/gm,
  )
  return Array.from(found, ({ groups }) => ({
    language: groups?.['language'] ?? 'sh',
    text: (groups?.['fenced'] ?? groups?.['indented'] ?? '')
      .replaceAll(/^ {4}/gm, '')
      .replaceAll('http://localhost:8787', url)
      .replaceAll('sk-proj-…', threadsApiKey),
  }))
}

/** A shell that has every variable of the commands before. */
function launch(commands: string): ChildProcess {
  return spawn('sh', ['-c', `set -ea; . ./state; ${commands}`], {
    cwd: home,
    env: {
      PATH: `${join(home, 'bin')}:${process.env['PATH'] ?? ''}`,
      PARLEY_DATA: join(home, 'data'),
      PARLEY_PORT: new URL(url).port,
      PARLEY_SECRET: secret,
      OPENAI_BASE_URL: api.baseUrl,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}
const secret = createSecret()

async function run(commands: string): Promise<{ code: number; output: string }> {
  const child = launch(`${commands}\nexport -p > state`)
  let output = ''
  child.stdout?.on('data', (chunk) => (output += String(chunk)))
  child.stderr?.on('data', (chunk) => (output += String(chunk)))
  const code = await new Promise<number | null>((resolve) => void child.once('close', resolve))
  return { code: code ?? -1, output }
}

async function start(): Promise<void> {
  server = launch('exec npm start')
  // Nobody reads it.
  server.stdout?.resume()
  server.stderr?.resume()
  await expect.poll(() => statusOf(`${url}/ready`)).toBe(200)
}

async function stop(): Promise<void> {
  const child = server
  server = undefined
  if (child === undefined) return
  const ended = new Promise((resolve) => void child.once('close', resolve))
  child.kill('SIGTERM')
  await ended
}

function createApp({ environment, page }: { environment: string; page: string }): void {
  mkdirSync(join(home, 'path/to/app'), { recursive: true })
  const files = {
    '.env.local': `${environment}NEXT_PUBLIC_CHATKIT_WORKFLOW_ID=wf_68e0f1c2d3a4b5c6\n`,
    'index.html': page,
    'session.ts':
      'const base = process.env.CHATKIT_API_BASE ?? "https://api.openai.com"\npost(`${base}/v1/chatkit/sessions`, process.env.OPENAI_API_KEY)\n',
  }
  for (const [path, text] of Object.entries(files)) writeFileSync(join(home, 'path/to/app', path), text)
}

test('[IMPORT-14] every step of the page works as it is written', { timeout: 180_000 }, async () => {
  const blocks = blocksOf(read('docs/coming-from-hosted-chatkit.md'))
  expect(blocks.map(({ language }) => language)).toEqual([
    'sh',
    'sh',
    'sh',
    'sh',
    'sh',
    'ini',
    'js',
    'sh',
    'html',
    'sh',
    'sh',
  ])
  const [save, take, key, begin, list, environment, script, curl, page, doctor, again] = blocks.map(
    ({ text }) => text,
  )

  expect(await run(save ?? '')).toMatchObject({
    code: 0,
    output: expect.stringContaining('3 threads, 13 items'),
  })
  expect(await run(take ?? '')).toMatchObject({
    code: 0,
    output: expect.stringContaining('3 threads, 13 items'),
  })
  expect((await run(key ?? '')).code).toBe(0)
  expect(begin).toMatch(/\nnpm start\n$/)
  expect((await run((begin ?? '').replace(/npm start\n$/, ''))).code).toBe(0)
  await start()
  expect((await run(list ?? '')).output).toContain('"title":"All of it"')

  const asked = await run(curl ?? '')
  const { client_secret: clientSecret } = JSON.parse(/^\{.*\}/m.exec(asked.output)?.[0] ?? '{}')
  const shown = await fetch(`${url}/v1/chatkit/conversation`, {
    method: 'POST',
    headers: { authorization: `Bearer ${clientSecret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'threads.list', params: {} }),
  })
  expect(await shown.json()).toMatchObject({ data: [{ title: 'All of it' }] })
  // Modules are found from the server's folder.
  const folder = fileURLToPath(new URL('..', import.meta.url))
  writeFileSync(join(home, 'session.mjs'), `${script}\nconsole.log(session.object)\n`)
  const node = `cd "${folder}"; "${process.execPath}" --input-type=module - < "${home}/session.mjs"; cd "${home}"`
  expect(await run(node)).toMatchObject({ code: 0, output: 'chatkit.session\n' })
  expect(await statusOf(/src="(?<src>[^"]+)"/.exec(page ?? '')?.[1] ?? '')).toBe(200)

  const filled = await run(`cat <<END\n${environment}END`)
  createApp({ environment: filled.output, page: page ?? '' })
  expect(await run(doctor ?? '')).toMatchObject({
    code: 0,
    output: expect.stringContaining('Nothing points to hosted ChatKit any more.'),
  })

  await stop()
  held[1]?.items.push(...heldThread(1, 6).items.slice(4))
  held.push(heldThread(3, 1))
  expect(await run(again ?? '')).toMatchObject({
    code: 0,
    output: expect.stringContaining('1 thread, 3 items\nThere already: 3 threads, 0 items'),
  })
})
