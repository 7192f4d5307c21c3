/// <reference types="node" />
/**
 * A chat that another site shows inside of its page, as a browser has it that keeps no cookies of third parties:
 * https://shop.example frames https://chat.example, and https://evil.example would like to.
 */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { Server as HttpsServer } from 'node:https'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import type { Server as TlsServer } from 'node:tls'
import { promisify } from 'node:util'
import { chromium } from 'playwright-core'
import type { BrowserContext, Frame, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createChatsDoor } from '../server/contracts/chats/routes.ts'
import { createStaticFiles } from '../server/http/static-files.ts'
import { createTestDatabase } from '../server/testing/databases.ts'
import type { TestDatabase } from '../server/testing/databases.ts'
import { startDoorServer } from '../server/testing/door-server.ts'
import type { DoorServer } from '../server/testing/door-server.ts'
import { createPacedAgent } from '../server/testing/paced-agent.ts'
import { findChromium } from './testing/browser.ts'

const executable = findChromium(process.env)
const required = process.env['PARLEY_TEST_REQUIRE'] === 'all'

/** The least that a client of the contract does: it begins a chat, reads the answer, and comes back to it. */
const script = `
const answer = document.querySelector('#answer')
const headers = { 'content-type': 'application/json', 'parley-page': window.top === window ? '1' : 'framed' }
async function read(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    rest += value
    const frames = rest.split('\\n\\n')
    rest = frames.pop()
    for (const frame of frames) {
      const data = /^data: (.*)$/m.exec(frame)?.[1]
      if (/^event: text-delta$/m.test(frame)) answer.textContent += JSON.parse(data).delta
    }
  }
}
async function begin(prompt) {
  const created = await fetch('/api/chats', { method: 'POST', headers, body: JSON.stringify({ prompt }) })
  const chat = await created.json()
  const body = JSON.stringify({ messages: [{ role: 'user', content: prompt }] })
  await read(await fetch('/api/chats/' + chat.id, { method: 'POST', headers, body }))
}
async function comeBack() {
  await fetch('/api/ping', { headers })
  const list = await fetch('/api/chats', { headers })
  document.querySelector('#status').textContent = String(list.status)
  if (list.status !== 200) return
  const [newest] = await list.json()
  if (newest === undefined) return
  const { messages } = await (await fetch('/api/chats/' + newest.id, { headers })).json()
  document.querySelector('#history').textContent = messages.map(({ content }) => content).join(' | ')
  const resumed = await fetch('/api/chats/' + newest.id + '/stream', { headers })
  if (resumed.status === 200) await read(resumed)
}
document.querySelector('form').addEventListener('submit', (event) => {
  event.preventDefault()
  begin(document.querySelector('input').value)
})
comeBack()
`
const page = `<!doctype html><title>Chat</title><form><input aria-label="Message"><button>Send</button></form>
<p id="status"></p><p id="history"></p><p id="answer"></p><script type="module" src="/chat.js"></script>`

describe.skipIf(executable === undefined && !required)('a chat inside of another site’s page', () => {
  const agent = createPacedAgent()
  const closing: (() => Promise<unknown>)[] = []
  let directory: string
  let database: TestDatabase
  let server: DoorServer
  let context: BrowserContext
  let chat: string
  let shop: string
  let evil: string

  beforeAll(async () => {
    if (executable === undefined) throw new Error('No Chromium: set PARLEY_CHROMIUM or put it on the path')
    directory = await mkdtemp(join(tmpdir(), 'parley-framed-'))
    closing.push(() => rm(directory, { recursive: true, force: true }))
    const credentials = await createCertificate(directory)
    // The chat's own address must be known before its server is made, which needs to know who may frame it.
    let target = 0
    const front = createTlsServer(credentials, (socket) => {
      const inner = connect(target, '127.0.0.1')
      socket.pipe(inner).pipe(socket)
      for (const each of [socket, inner])
        each.on('error', () => [socket, inner].map((both) => both.destroy()))
    })
    chat = `https://chat.example:${await portOf(front, closing)}`
    const framing = createServer(credentials, (_request, response) => {
      response
        .setHeader('content-type', 'text/html')
        .end(`<title>Host</title><iframe src="${chat}/"></iframe>`)
    })
    const port = await portOf(framing, closing)
    shop = `https://shop.example:${port}`
    evil = `https://evil.example:${port}`
    database = await createTestDatabase('pglite')
    const { store } = database.storage
    server = await startDoorServer({
      storage: database.storage,
      agent,
      isSecure: true,
      frameOrigins: [shop],
      files: createStaticFiles([
        { path: '/index.html', bytes: Buffer.from(page) },
        { path: '/chat.js', bytes: Buffer.from(script) },
      ]),
      doors: ({ engine, admission, framing: frames }) => [
        createChatsDoor({
          engine,
          store,
          admission,
          framing: frames,
          isSecure: true,
          onFailure: () => {},
          now: () => new Date(),
        }),
      ],
    })
    target = Number(new URL(server.url).port)
    closing.push(
      () => server.close(),
      () => database.close(),
    )
    context = await launchWithoutThirdParties(executable, join(directory, 'profile'))
    closing.unshift(() => context.close())
  })
  afterAll(async () => {
    for (const close of closing) await close()
  })

  async function openFramed(): Promise<{ opened: Page; frame: Frame }> {
    const opened = await context.newPage()
    await opened.goto(shop)
    const frame = opened.frames().find((each) => each.url().startsWith(chat))
    if (frame === undefined) throw new Error('The chat is not in its frame.')
    return { opened, frame }
  }
  const textOf = (frame: Frame, id: string): Promise<string | null> => frame.locator(id).textContent()

  it('[CHATS-18] chats, reloads in mid-answer, reads on, and finds its history, without a third party’s cookie', async () => {
    const { opened, frame } = await openFramed()
    await expect.poll(() => textOf(frame, '#status')).toBe('401')
    // The browser does what it was started to do: such a cookie is not kept, unless it is of this site's frame only.
    const kept = await frame.evaluate(() => {
      document.cookie = 'plain=1; Secure; SameSite=None; Path=/'
      document.cookie = 'apart=1; Secure; SameSite=None; Path=/; Partitioned'
      return document.cookie
    })
    expect(kept).toBe('apart=1')

    await frame.getByLabel('Message').fill('Hello from the shop')
    await frame.getByRole('button', { name: 'Send' }).click()
    await agent.say('Welcome ')
    await expect.poll(() => textOf(frame, '#answer')).toBe('Welcome ')
    await frame.evaluate(() => location.reload())
    await expect.poll(() => textOf(frame, '#history')).toBe('Hello from the shop')
    await expect.poll(() => textOf(frame, '#answer')).toBe('Welcome ')
    await agent.say('back')
    await expect.poll(() => textOf(frame, '#answer')).toBe('Welcome back')
    await agent.finish()
    await opened.reload()
    const again = opened.frames().find((each) => each.url().startsWith(chat))
    if (again === undefined) throw new Error('The chat is not in its frame.')
    await expect.poll(() => textOf(again, '#history')).toBe('Hello from the shop | Welcome back')

    const cookies = await context.cookies(chat)
    const guest = cookies.find(({ name }) => name === '__Host-parley_guest')
    expect(guest).toMatchObject({ secure: true, httpOnly: true, sameSite: 'None', path: '/' })
    expect(guest?.partitionKey).toContain('https://shop.example')
    expect(cookies.find(({ name }) => name === 'app-init')?.partitionKey).toContain('https://shop.example')
    await opened.close()
  })

  it('[CHATS-18] the guest of a frame is nobody elsewhere, and only there where the page is framed', async () => {
    const alone = await context.newPage()
    await alone.goto(chat)
    await expect.poll(() => alone.locator('#status').textContent()).toBe('401')
    await alone.close()
  })

  it('[CHATS-18] a page of a site that is not listed frames nothing, reads nothing and changes nothing', async () => {
    const opened = await context.newPage()
    await opened.goto(evil)
    await expect.poll(() => opened.frames().length).toBe(2)
    const framed = opened.frames()[1]
    await expect.poll(() => framed?.url()).toMatch(/^chrome-error:/)
    const before = await countThreads(database)
    const results = await opened.evaluate(async (origin) => {
      const body = JSON.stringify({ prompt: 'Stolen' })
      const include = { method: 'POST', credentials: 'include', body } as const
      const type = { 'content-type': 'application/json' }
      const attempts: [string, RequestInit][] = [
        ['/api/chats', { ...include, mode: 'no-cors' }],
        ['/api/chats', { ...include, headers: type }],
        ['/api/chats', { ...include, headers: { ...type, 'parley-page': 'framed' } }],
        ['/api/chats', { credentials: 'include' }],
      ]
      const read: string[] = []
      for (const [path, init] of attempts) {
        try {
          const response = await fetch(`${origin}${path}`, init)
          read.push(response.type === 'opaque' ? 'opaque' : await response.text())
        } catch {
          read.push('refused')
        }
      }
      return read
    }, chat)
    expect(results).toEqual(['opaque', 'refused', 'refused', 'refused'])
    expect(await countThreads(database)).toBe(before)
    await opened.close()
  })
})

async function countThreads({ database }: TestDatabase): Promise<number> {
  const [count] = await database.once({ kind: 'engine' }, [
    { text: 'select id from threads', values: [], read: (rows) => rows.length },
  ])
  return count
}

/** For both names, by nobody in particular: the browser is told not to ask. */
async function createCertificate(directory: string): Promise<{ key: Buffer; cert: Buffer }> {
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')]
  const made = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
  ]
  await promisify(execFile)('openssl', [...made, '-subj', '/CN=parley-test', '-keyout', key, '-out', cert])
  return { key: await readFile(key), cert: await readFile(cert) }
}

async function portOf(server: TlsServer | HttpsServer, closing: (() => Promise<unknown>)[]): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => new Promise((resolve) => server.close(resolve)))
  return (server.address() as AddressInfo).port
}

/** As people set it who want no cookies of third parties. */
async function launchWithoutThirdParties(executablePath: string, profile: string): Promise<BrowserContext> {
  await mkdir(join(profile, 'Default'), { recursive: true })
  const preferences = { profile: { cookie_controls_mode: 1, block_third_party_cookies: true } }
  await writeFile(join(profile, 'Default', 'Preferences'), JSON.stringify(preferences))
  return chromium.launchPersistentContext(profile, {
    executablePath,
    ignoreHTTPSErrors: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--host-resolver-rules=MAP *.example 127.0.0.1',
      '--test-third-party-cookie-phaseout',
    ],
  })
}
