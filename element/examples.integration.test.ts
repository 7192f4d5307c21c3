/// <reference types="node" />
/**
 * The examples as a browser has them, on the product with its built-in answerer. React: OpenAI's wrapper, unmodified from npm, in
 * custom and in hosted mode, and our own component with the session hook.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApiKeys } from '../server/auth/api-keys.ts'
import { createRevocations } from '../server/auth/revocations.ts'
import { createStaticFiles, readStaticFolder } from '../server/http/static-files.ts'
import type { StaticFile } from '../server/http/static-files.ts'
import { shows } from '../server/testing/clients.ts'
import type { Shown } from '../server/testing/clients.ts'
import { createTestDatabase } from '../server/testing/databases.ts'
import type { TestDatabase } from '../server/testing/databases.ts'
import { startProduct } from '../server/testing/product.ts'
import type { Product } from '../server/testing/product.ts'
import { findChromium, launchChromium } from './testing/browser.ts'
import { builtElement } from './testing/built-element.ts'
import { readBuilt } from './testing/built-files.ts'
import { createWatchedPages } from './testing/watched-pages.ts'
import type { WatchedPages } from './testing/watched-pages.ts'

const executable = findChromium(process.env)
const required = process.env['PARLEY_TEST_REQUIRE'] === 'all'
const examples = join(import.meta.dirname, '..', 'examples')

/** As strict as a page can be that uses what it uses. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; require-trusted-types-for 'script'"

/** What a server serves of an example that was built. */
async function builtExample(name: string, folder: string): Promise<StaticFile[]> {
  const outDir = join(folder, name)
  const root = join(examples, name)
  await build({
    root,
    configFile: join(root, 'vite.config.ts'),
    base: `/${name}/`,
    logLevel: 'silent',
    build: { outDir, emptyOutDir: true },
  })
  return readStaticFolder(outDir, `/${name}/`)
}

/** OpenAI's wrapper, in the version that the React example names. */
async function wrapperShown(door: string, what: readonly string[]): Promise<Shown> {
  const client = '@openai/chatkit-react'
  const manifest = await readFile(join(examples, 'react', 'package.json'), 'utf8')
  const { dependencies } = JSON.parse(manifest) as { dependencies: Record<string, string> }
  return { client, version: dependencies[client] ?? '', door, what, where: 'headless Chromium' }
}

async function listenLocally(listener: RequestListener): Promise<{ url: string; close(): Promise<unknown> }> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port.')
  return {
    url: `http://localhost:${address.port}`,
    close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  }
}

interface Platform {
  /** In place of `https://api.openai.com`. */
  base: string
  key: string
}

/**
 * An app for hosted ChatKit, with a server of its own: its page's script comes from us, and its route asks us for sessions. One
 * that is asked for with `?plain` goes without files and history.
 */
async function startHostedApp(
  files: readonly StaticFile[],
): Promise<{ url: string; of(platform: Platform): void; close(): Promise<unknown> }> {
  let platform: Platform = { base: '', key: '' }
  async function createSession(isPlain: boolean): Promise<unknown> {
    const reply = await fetch(`${platform.base}/v1/chatkit/sessions`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${platform.key}`,
        'Content-Type': 'application/json',
        'OpenAI-Beta': 'chatkit_beta=v1',
      },
      body: JSON.stringify({
        workflow: { id: 'assistant' },
        user: isPlain ? 'visitor_1' : 'visitor_2',
        chatkit_configuration: { file_upload: { enabled: !isPlain }, history: { enabled: !isPlain } },
      }),
    })
    const made = (await reply.json()) as Record<string, unknown>
    return { client_secret: made['client_secret'], expires_after: made['expires_after'] ?? null }
  }
  const app = await listenLocally((request, response) => {
    const { pathname, search } = new URL(request.url ?? '/', 'http://localhost')
    if (pathname === '/create-session') {
      void createSession(search === '?plain').then((made) => response.end(JSON.stringify(made)))
      return
    }
    const bytes = files.find(({ path }) => path === pathname)?.bytes
    const isPage = pathname.endsWith('.html')
    const type = isPage ? 'text/html' : pathname.endsWith('.css') ? 'text/css' : 'text/javascript'
    response.writeHead(bytes === undefined ? 404 : 200, { 'content-type': type })
    const text = Buffer.from(bytes ?? '').toString()
    response.end(isPage ? text.replace('/parley-chat.js', `${platform.base}/parley-chat.js`) : text)
  })
  return { ...app, of: (known) => void (platform = known) }
}

/** A page of somebody else: everything of the chat comes from the product's origin, and the page allows no more than that. */
async function startShop(): Promise<{ url: string; of(product: string): void; close(): Promise<unknown> }> {
  let product = ''
  const script = (): string => `
    const chat = document.createElement('openai-chatkit')
    document.body.append(chat)
    customElements.whenDefined('openai-chatkit').then(() => chat.setOptions({
      api: {
        async getClientSecret() {
          const headers = { 'content-type': 'application/json' }
          const body = JSON.stringify({ page_path: location.pathname })
          const reply = await fetch('${product}/api/chatkit/session', { method: 'POST', headers, body })
          return (await reply.json()).client_secret
        },
      },
    }))`
  const page = (): string =>
    `<!doctype html><html lang="en"><title>Shop</title><script src="${product}/parley-chat.js"></script><body></body><script src="/page.js"></script></html>`
  const server = await listenLocally((request, response) => {
    const isScript = request.url === '/page.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.setHeader('cross-origin-embedder-policy', 'require-corp')
    response.setHeader('cross-origin-opener-policy', 'same-origin')
    response.setHeader(
      'content-security-policy',
      `default-src 'none'; script-src 'self' ${product}; connect-src ${product}; require-trusted-types-for 'script'`,
    )
    response.end(isScript ? script() : page())
  })
  return { ...server, of: (url) => void (product = url) }
}

describe.skipIf(executable === undefined && !required)('the examples', () => {
  let folder: string
  let database: TestDatabase
  let product: Product
  let browser: Browser
  let watched: WatchedPages
  let shop: Awaited<ReturnType<typeof startShop>>
  let app: Awaited<ReturnType<typeof startHostedApp>>

  beforeAll(async () => {
    if (executable === undefined) throw new Error('No Chromium: set PARLEY_CHROMIUM or put it on the path')
    folder = await mkdtemp(join(tmpdir(), 'parley-react-'))
    const element = await builtElement()
    const [react, vue, svelte] = await Promise.all(
      ['react', 'vue', 'svelte'].map((name) => builtExample(name, folder)),
    )
    const pages = [
      ...(react ?? []),
      ...(vue ?? []),
      ...(svelte ?? []),
      ...(await readStaticFolder(join(examples, 'html'))),
    ]
    const headers = { 'content-security-policy': policy }
    const built = await readBuilt(element)
    const files = createStaticFiles([
      ...built.map((file) => ({ ...file, headers: { 'access-control-allow-origin': '*' } })),
      ...pages.map((file) => ({ ...file, headers })),
    ])
    database = await createTestDatabase('pglite')
    shop = await startShop()
    app = await startHostedApp(react ?? [])
    const origins = `${shop.url},${app.url}`
    const environment = { CHATKIT_WORKFLOW_ID: 'tutor', PARLEY_CHATKIT_ORIGINS: origins }
    product = await startProduct(database.storage, environment, files)
    shop.of(product.url)
    const keys = createApiKeys({ records: database.storage.apiKeys, revocations: createRevocations() })
    const wish = { tenantId: 'default', name: 'The app', scopes: ['sessions:write'] } as const
    app.of({ base: product.url, key: (await keys.create(wish)).token })
    browser = await launchChromium(executable)
    watched = createWatchedPages(browser, [])
  })

  afterAll(async () => {
    await browser?.close()
    await product?.close()
    await shop?.close()
    await app?.close()
    await database?.close()
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  })

  async function ask(page: Page, question: string): Promise<void> {
    await page.getByRole('textbox', { name: 'Message' }).fill(question)
    await page.getByRole('textbox', { name: 'Message' }).press('Enter')
  }

  const events = (page: Page): Promise<string> => page.locator('output').innerText()

  it('[ELEMENT-24] OpenAI’s wrapper drives the element: options, events, methods, and what is set while it lives', async (context) => {
    shows(
      context,
      await wrapperShown('/chatkit', ['options', 'events', 'methods', 'start screen', 'history']),
    )
    const page = await watched.open(`${product.url}/react/custom.html`)
    await page.getByRole('heading', { name: 'How can we help?' }).waitFor()
    await expect.poll(() => events(page)).toContain('ready, thread.change none')
    await page.getByRole('button', { name: 'About Parley' }).click()
    await expect.poll(() => events(page)).toMatch(/response\.start.*response\.end/)
    await expect.poll(() => page.locator('.answer').count()).toBe(1)

    await page.getByRole('button', { name: 'Send for me' }).click()
    await page.getByText('Sent by the page', { exact: true }).first().waitFor()
    await expect.poll(() => page.locator('.answer').count()).toBe(2)
    await expect.poll(() => events(page)).toMatch(/(response\.start.*response\.end.*){2}/)

    await page.getByRole('button', { name: 'Write for me' }).click()
    await expect
      .poll(() => page.getByRole('textbox', { name: 'Message' }).inputValue())
      .toBe('Written by the page')

    await page.getByRole('button', { name: 'Light or dark' }).click()
    await expect
      .poll(() => page.locator('openai-chatkit').evaluate((host) => getComputedStyle(host).colorScheme))
      .toBe('dark')
    // Neither the conversation nor the draft is lost when the options change.
    expect(await page.locator('.answer').count()).toBe(2)
    expect(await page.getByRole('textbox', { name: 'Message' }).inputValue()).toBe('Written by the page')

    await page.getByRole('button', { name: 'All chats' }).click()
    await page.getByRole('dialog', { name: 'History' }).waitFor()
    await page.getByRole('dialog', { name: 'History' }).getByRole('button', { name: 'Close' }).click()
    await expect.poll(() => events(page)).toContain('history.open, history.close')

    await page.getByRole('button', { name: 'Begin anew' }).click()
    await page.getByRole('heading', { name: 'How can we help?' }).waitFor()
    expect(await events(page)).not.toContain('error')
    expect(watched.complaints()).toEqual([])
  })

  it('[ELEMENT-25] the tutor’s page of the contract is answered by the secret of its session, which is asked for once', async () => {
    const page = await watched.open(`${product.url}/react/tutor.html`)
    const sessions: string[] = []
    const credentials: (string | undefined)[] = []
    page.on('request', (request) => {
      if (request.url().endsWith('/api/chatkit/session')) sessions.push(request.postData() ?? '')
      if (request.url().endsWith('/v1/chatkit/conversation'))
        credentials.push(request.headers()['authorization'])
    })
    await ask(page, 'What is this lesson about?')
    await expect.poll(() => page.locator('.answer').count()).toBe(1)
    expect(sessions).toHaveLength(1)
    expect(JSON.parse(sessions[0] ?? '')).toMatchObject({
      page_path: '/react/tutor.html',
      current_chapter: '04-python',
      current_lesson: '01-intro',
      learning_level: 'beginner',
    })
    expect(credentials.length).toBeGreaterThan(0)
    for (const credential of credentials) expect(credential).toMatch(/^Bearer sk_chatkit_/)
    expect(watched.complaints()).toEqual([])
  })

  it('[ELEMENT-26] the session hook creates, renews and revokes a session, and a revoked one answers no more', async () => {
    const page = await watched.open(`${product.url}/react/own.html`)
    const state = page.locator('output')
    await expect.poll(() => state.innerText()).toBe('active')
    await ask(page, 'What is Parley?')
    await expect.poll(() => page.locator('.answer').count()).toBe(1)
    await page.getByRole('button', { name: 'Refresh' }).click()
    await expect.poll(() => state.innerText()).toBe('active')
    await page.getByRole('button', { name: 'Revoke' }).click()
    await expect.poll(() => state.innerText()).toBe('none')
    expect(watched.complaints()).toEqual([])
  })

  it.for([
    ['a plain page', '/index.html', 'Hello from a plain page'],
    ['Vue', '/vue/index.html', 'Hello from Vue'],
    ['Svelte', '/svelte/index.html', 'Hello from Svelte'],
  ] as const)(
    '[ELEMENT-27] %s shows the chat, sets its options and hears its events',
    async ([name, path, greeting]) => {
      const page = await watched.open(product.url + path)
      await page.getByRole('heading', { name: greeting }).waitFor()
      await ask(page, 'What is Parley?')
      await expect.poll(() => page.locator('.answer').count()).toBe(1)
      const heard = (): Promise<string> => (name === 'a plain page' ? page.title() : events(page))
      await expect.poll(heard).toMatch(/^thr_/)
      if (name !== 'a plain page') {
        await page.getByRole('button', { name: 'Light or dark' }).click()
        await expect
          .poll(() => page.locator('parley-chat').evaluate((host) => getComputedStyle(host).colorScheme))
          .toBe('dark')
        await page.getByRole('button', { name: 'Begin anew' }).click()
        await page.getByRole('heading', { name: greeting }).waitFor()
      }
      expect(watched.complaints()).toEqual([])
    },
  )

  it('[ELEMENT-30] a page of another origin, isolated from all others, loads it as a plain script and answers by a secret', async () => {
    const context = await browser.newContext()
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('console', (entry) => entry.type() === 'error' && complaints.push(entry.text()))
    page.on('request', (request) => {
      const isOurs = [product.url, shop.url].includes(new URL(request.url()).origin)
      if (!isOurs) complaints.push(request.url())
    })
    await page.goto(shop.url)
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)
    await ask(page, 'What is Parley?')
    await expect.poll(() => page.locator('.answer').count()).toBe(1)
    expect(await context.cookies()).toEqual([])
    // The browser asks for an icon by itself.
    expect(complaints.filter((complaint) => !complaint.includes('favicon'))).toEqual([])
    await context.close()
  })

  it('[HOSTED-1] an app for hosted ChatKit keeps its page and its session route: the base URL, the key and the script are ours', async (context) => {
    shows(
      context,
      await wrapperShown('/v1/chatkit/conversation', [
        'hosted sessions',
        'send',
        'reload',
        'history',
        'files',
      ]),
    )
    const visitor = await browser.newContext()
    const page = await visitor.newPage()
    const asked: string[] = []
    page.on('request', (request) => {
      const url = new URL(request.url())
      if (url.origin === product.url && request.method() !== 'GET') asked.push(url.pathname)
    })
    const answers = page.locator('.answer')
    await page.goto(`${app.url}/react/hosted.html`)
    await page.getByRole('heading', { name: 'How can I help?' }).waitFor()
    await page.getByRole('button', { name: 'About Parley' }).click()
    await expect.poll(() => answers.count()).toBe(1)

    await page.reload()
    await page.getByRole('heading', { name: 'How can I help?' }).waitFor()
    await page.getByRole('button', { name: 'History' }).click()
    await page.getByRole('dialog', { name: 'History' }).getByText('What is Parley?').click()
    await expect.poll(() => answers.count()).toBe(1)
    const chosen = page.waitForEvent('filechooser')
    await page.getByRole('button', { name: 'Attach files' }).click()
    const notes = { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('About tea.') }
    await (await chosen).setFiles(notes)
    await page.getByText('notes.txt').waitFor()
    await ask(page, 'And what is in this?')
    await expect.poll(() => answers.count()).toBe(2)
    const places = new Set(asked.map((path) => path.replace(/atc_.*/, 'atc_')))
    expect([...places].toSorted()).toEqual(['/files/atc_', '/v1/chatkit/conversation'])
    // Those of the app's own server are its own.
    expect(await visitor.cookies(product.url)).toEqual([])

    // In a session without them there are no buttons for them, once its server has said so.
    await page.goto(`${app.url}/react/hosted.html?plain`)
    await ask(page, 'What is Parley?')
    await expect.poll(() => answers.count()).toBe(1)
    await expect.poll(() => page.getByRole('button', { name: 'Attach files' }).count()).toBe(0)
    expect(await page.getByRole('button', { name: 'History' }).count()).toBe(0)
    await visitor.close()
  })
})
