/// <reference types="node" />
/**
 * The examples as a browser has them, on the product with its built-in answerer. React: OpenAI's wrapper, unmodified from npm, in
 * custom and in hosted mode, and our own component with the session hook.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createStaticFiles, readStaticFolder } from '../server/http/static-files.ts'
import type { StaticFile } from '../server/http/static-files.ts'
import { createTestDatabase } from '../server/testing/databases.ts'
import type { TestDatabase } from '../server/testing/databases.ts'
import { startProduct } from '../server/testing/product.ts'
import type { Product } from '../server/testing/product.ts'
import { findChromium, launchChromium } from './testing/browser.ts'
import { buildElement } from './testing/build-element.ts'
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
  const server = createServer((request, response) => {
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
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The shop has no port.')
  return {
    url: `http://localhost:${address.port}`,
    of: (url) => void (product = url),
    close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  }
}

describe.skipIf(executable === undefined && !required)('the examples', () => {
  let folder: string
  let database: TestDatabase
  let product: Product
  let browser: Browser
  let watched: WatchedPages
  let shop: Awaited<ReturnType<typeof startShop>>

  beforeAll(async () => {
    if (executable === undefined) throw new Error('No Chromium: set PARLEY_CHROMIUM or put it on the path')
    folder = await mkdtemp(join(tmpdir(), 'parley-react-'))
    const element = await buildElement()
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
    const environment = { CHATKIT_WORKFLOW_ID: 'tutor', PARLEY_CHATKIT_ORIGINS: shop.url }
    product = await startProduct(database.storage, environment, files)
    shop.of(product.url)
    browser = await launchChromium(executable)
    watched = createWatchedPages(browser, [])
  })

  afterAll(async () => {
    await browser?.close()
    await product?.close()
    await shop?.close()
    await database?.close()
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  })

  async function ask(page: Page, question: string): Promise<void> {
    await page.getByRole('textbox', { name: 'Message' }).fill(question)
    await page.getByRole('textbox', { name: 'Message' }).press('Enter')
  }

  const events = (page: Page): Promise<string> => page.locator('output').innerText()

  it('[ELEMENT-24] OpenAI’s wrapper drives the element: options, events, methods, and what is set while it lives', async () => {
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
      if (request.url().endsWith('/chatkit')) credentials.push(request.headers()['authorization'])
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
})
