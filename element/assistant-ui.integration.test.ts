/// <reference types="node" />
/** A page of assistant-ui, unmodified from npm: `clients/assistant-ui/`, built and served by the product, as a browser has it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createStaticFiles, readStaticFolder } from '../server/http/static-files.ts'
import { engineScope, statement } from '../server/storage/database.ts'
import { clientVersion, findClient, shows } from '../server/testing/clients.ts'
import { createTestDatabase } from '../server/testing/databases.ts'
import type { TestDatabase } from '../server/testing/databases.ts'
import { startProduct } from '../server/testing/product.ts'
import type { Product } from '../server/testing/product.ts'
import { findChromium, launchChromium } from './testing/browser.ts'
import { createWatchedPages } from './testing/watched-pages.ts'
import type { WatchedPages } from './testing/watched-pages.ts'

const executable = findChromium(process.env)
const required = process.env['PARLEY_TEST_REQUIRE'] === 'all'
const root = findClient('assistant-ui')
const canRun = executable !== undefined && root !== null

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:"

describe.skipIf(!canRun && !required)('assistant-ui in a page', () => {
  let folder: string
  let database: TestDatabase
  let product: Product
  let browser: Browser
  let watched: WatchedPages

  beforeAll(async () => {
    if (executable === undefined) throw new Error('No Chromium: set PARLEY_CHROMIUM or put it on the path')
    if (root === null) throw new Error('The clients are not installed.')
    folder = await mkdtemp(join(tmpdir(), 'parley-assistant-ui-'))
    await build({
      root,
      configFile: false,
      base: '/aui/',
      logLevel: 'silent',
      build: { outDir: folder, emptyOutDir: true, minify: false, target: 'esnext', modulePreload: false },
    })
    database = await createTestDatabase('pglite')
    const headers = { 'content-security-policy': policy }
    const files = (await readStaticFolder(folder, '/aui/')).map((file) => ({ ...file, headers }))
    product = await startProduct(database.storage, {}, createStaticFiles(files))
    browser = await launchChromium(executable)
    watched = createWatchedPages(browser)
  })

  afterAll(async () => {
    await browser?.close()
    await product?.close()
    await database?.close()
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  })

  /** What the client was answered since the page was opened: `POST messages`. */
  let answered: string[] = []
  const times = (what: string): number => answered.filter((each) => each === what).length

  async function open(): Promise<Page> {
    answered = []
    return watched.open(`${product.url}/aui/index.html`, {}, async (context) =>
      context.on('response', (response) => {
        const kind = new URL(response.url()).pathname
          .replace(/\/thr_\w+$/, '')
          .split('/')
          .at(-1)
        if (response.ok()) answered.push(`${response.request().method()} ${kind}`)
      }),
    )
  }

  const threads = (page: Page): Locator => page.getByRole('region', { name: 'Threads' })
  const archive = (page: Page): Locator => page.getByRole('region', { name: 'Archive' })
  const titles = (list: Locator): Promise<string[]> =>
    list.locator('button:first-child').evaluateAll((buttons) => buttons.map((each) => each.textContent ?? ''))
  const messages = (page: Page): Promise<string[]> =>
    page.getByRole('article').evaluateAll((articles) => articles.map((each) => each.textContent ?? ''))
  const answers = (page: Page): Locator => page.getByRole('article', { name: 'Answer' })

  async function say(page: Page, words: string): Promise<void> {
    const before = times('POST messages')
    await page.getByRole('textbox', { name: 'Message' }).fill(words)
    await page.getByRole('button', { name: 'Send' }).click()
    await expect.poll(() => times('POST messages')).toBe(before + 2)
    await answers(page).last().getByRole('button', { name: 'Again' }).waitFor()
  }

  it('[CLOUD-16] writes, is answered in the same thread, and finds titles, messages and branches again', async (context) => {
    shows(context, {
      client: '@assistant-ui/react',
      version: clientVersion('assistant-ui', '@assistant-ui/react'),
      door: '/assistant-cloud',
      what: ['threads', 'history', 'titles', 'branches', 'rename', 'archive', 'delete', 'guests'],
      where: 'headless Chromium',
    })
    const page = await open()
    await say(page, 'Which trees grow in the shade?')
    await expect.poll(() => titles(threads(page))).toEqual(['Which trees grow in the shade?'])
    await page.getByRole('button', { name: 'New', exact: true }).click()
    await expect.poll(() => messages(page)).toEqual([])
    await say(page, 'And what blooms in March?')
    await answers(page).getByRole('button', { name: 'Again' }).click()
    await page.getByText('2 of 2').waitFor()
    await expect.poll(() => times('POST messages')).toBe(5)
    // The client types what has arrived, letter by letter.
    await expect
      .poll(() => messages(page))
      .toContainEqual(expect.stringMatching(/answer from\.Before2 of 2Again$/))
    const seen = await messages(page)

    await page.reload()
    await expect
      .poll(() => titles(threads(page)))
      .toEqual(['And what blooms in March?', 'Which trees grow in the shade?'])
    await threads(page).getByText('Which trees grow').click()
    await expect.poll(() => answers(page).count()).toBe(1)
    expect((await messages(page))[0]).toBe('Which trees grow in the shade?')
    await threads(page).getByText('And what blooms').click()
    await page.getByText('2 of 2').waitFor()
    await expect.poll(() => messages(page)).toEqual(seen)
    // What the page keeps and what it has asked the agent is one and the same.
    const [questions] = await database.database.once(engineScope, [
      statement<object, number>("select from items where type = 'user_message'", [], (rows) => rows.length),
    ])
    expect(questions).toBe(2)
    expect(watched.complaints()).toEqual([])
  })

  it('[CLOUD-16] renames, puts away, brings back and deletes; another user sees nothing', async () => {
    const page = await open()
    expect(await titles(threads(page))).toEqual([])
    for (const words of ['The first', 'The second', 'The third']) {
      await say(page, words)
      await threads(page).getByText(words).waitFor()
      await page.getByRole('button', { name: 'New', exact: true }).click()
      await expect.poll(() => messages(page)).toEqual([])
    }
    const row = (words: string): Locator =>
      page.locator('nav section > *').filter({ has: page.getByText(words, { exact: true }) })
    await row('The first').getByRole('button', { name: 'Rename' }).click()
    await row('The second').getByRole('button', { name: 'Archive' }).click()
    await row('The third').getByRole('button', { name: 'Delete' }).click()
    await expect.poll(() => titles(threads(page))).toEqual(['Renamed'])
    await expect.poll(() => titles(archive(page))).toEqual(['The second'])
    await expect.poll(() => [times('PUT threads'), times('DELETE threads')]).toEqual([2, 1])
    await page.reload()
    await expect.poll(() => titles(archive(page))).toEqual(['The second'])
    await expect.poll(() => titles(threads(page))).toEqual(['Renamed'])
    await row('The second').getByRole('button', { name: 'Bring back' }).click()
    await expect.poll(() => titles(threads(page))).toContain('The second')
    expect(watched.complaints()).toEqual([])

    const other = await open()
    await expect.poll(() => times('GET threads')).toBe(2)
    await other.getByRole('button', { name: 'New', exact: true }).waitFor()
    expect([await titles(threads(other)), await titles(archive(other))]).toEqual([[], []])
  })
})
