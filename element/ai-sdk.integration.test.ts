/// <reference types="node" />
/** The AI SDK's chats in pages, unmodified, in the versions that people use: `clients/ai-sdk/` built with each version's packages. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { build } from 'vite'
import type { Plugin } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createChatsDoor } from '../server/contracts/chats/routes.ts'
import { encodeId } from '../server/conversation/ids.ts'
import { createStaticFiles, readStaticFolder } from '../server/http/static-files.ts'
import type { StaticFile } from '../server/http/static-files.ts'
import { clientVersion, findClient, shows } from '../server/testing/clients.ts'
import type { ClientFolder } from '../server/testing/clients.ts'
import { createTestDatabase } from '../server/testing/databases.ts'
import type { TestDatabase } from '../server/testing/databases.ts'
import { startDoorServer } from '../server/testing/door-server.ts'
import type { DoorServer } from '../server/testing/door-server.ts'
import { createTestFiles } from '../server/testing/file-keepers.ts'
import type { TestFiles } from '../server/testing/file-keepers.ts'
import { createVersatileAgent } from '../server/testing/versatile-agent.ts'
import { findChromium, launchChromium } from './testing/browser.ts'
import { createWatchedPages } from './testing/watched-pages.ts'
import type { WatchedPages } from './testing/watched-pages.ts'

const versions: ClientFolder[] = ['ai-sdk-5', 'ai-sdk-6', 'ai-sdk-7']
const clients = join(import.meta.dirname, '..', 'clients')
const executable = findChromium(process.env)
const required = process.env['PARLEY_TEST_REQUIRE'] === 'all'
const canRun = executable !== undefined && versions.every((version) => findClient(version) !== null)

/** The pages are one source; where their packages are found makes the version. */
function packagesOf(version: ClientFolder): Plugin {
  const pages = join(clients, 'ai-sdk')
  return {
    name: 'packages-of',
    enforce: 'pre',
    resolveId(source, importer) {
      const isOurs = importer?.startsWith(pages) === true && /^[@a-z]/i.test(source)
      return isOurs ? this.resolve(source, join(clients, version, 'package.json'), { skipSelf: true }) : null
    },
  }
}

async function builtPages(version: ClientFolder, folder: string): Promise<StaticFile[]> {
  const outDir = join(folder, version)
  const root = join(clients, 'ai-sdk')
  await build({
    root,
    configFile: false,
    base: `/${version}/`,
    logLevel: 'silent',
    plugins: [packagesOf(version)],
    build: {
      outDir,
      emptyOutDir: true,
      minify: false,
      target: 'esnext',
      modulePreload: false,
      rolldownOptions: { input: ['react.html', 'vue.html'].map((page) => join(root, page)) },
    },
  })
  // The AI SDK's zod tries whether it may make functions of text, and a browser that forbids it complains of that.
  const policy = "default-src 'self'; script-src 'self' 'unsafe-eval'; img-src 'self' data:"
  const headers = { 'content-security-policy': policy }
  return (await readStaticFolder(outDir, `/${version}/`)).map((file) => ({ ...file, headers }))
}

describe.skipIf(!canRun && !required)('the AI SDK in a page', () => {
  const agent = createVersatileAgent()
  const { paced } = agent
  let folder: string
  let database: TestDatabase
  let kept: TestFiles
  let server: DoorServer
  let browser: Browser
  let watched: WatchedPages

  beforeAll(async () => {
    if (executable === undefined) throw new Error('No Chromium: set PARLEY_CHROMIUM or put it on the path')
    folder = await mkdtemp(join(tmpdir(), 'parley-ai-sdk-'))
    const pages: StaticFile[] = []
    for (const version of versions) pages.push(...(await builtPages(version, folder)))
    database = await createTestDatabase('pglite')
    kept = await createTestFiles()
    const { storage } = database
    server = await startDoorServer({
      storage,
      agent,
      files: createStaticFiles(pages),
      // However slow this machine is, a page that reloads comes back in time.
      timings: { stopGraceSeconds: 600 },
      doors: ({ engine, admission, framing }) => [
        createChatsDoor({
          engine,
          store: storage.store,
          admission,
          framing,
          keeper: kept.keeper(storage),
          limits: [],
          onFailure: () => {},
          now: () => new Date(),
        }),
      ],
    })
    browser = await launchChromium(executable)
    watched = createWatchedPages(browser)
  })

  afterAll(async () => {
    await browser?.close()
    await server?.close()
    await Promise.all([database?.close(), kept?.close()])
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  })

  /** Who said what, in words. */
  const texts = (page: Page): Promise<string[]> =>
    page
      .locator('ol > li')
      .evaluateAll((messages) =>
        messages.map((message) =>
          [...message.querySelectorAll('p')].map(({ textContent }) => textContent ?? '').join(''),
        ),
      )
  const newest = (page: Page): Locator => page.locator('ol > li').last()
  const status = (page: Page): Promise<string> => page.getByRole('status').innerText()
  const threadOf = (page: Page): string => encodeId('thr', new URL(page.url()).searchParams.get('chat') ?? '')

  async function send(page: Page, words: string): Promise<void> {
    await page.getByRole('textbox', { name: 'Message' }).fill(words)
    await page.getByRole('button', { name: 'Send' }).click()
  }

  async function answered(page: Page, words: readonly string[]): Promise<void> {
    await expect.poll(() => texts(page)).toEqual(words)
    await expect.poll(() => status(page)).toBe('ready')
  }

  /** Begins a slow answer and says its first words. */
  async function sayHalf(page: Page, half: string): Promise<void> {
    const runs = paced.contexts.length
    await send(page, 'slow')
    await expect.poll(() => paced.contexts.length).toBe(runs + 1)
    await paced.say(half, threadOf(page))
    await expect.poll(async () => (await texts(page)).at(-1)).toBe(half)
  }

  async function showParts(page: Page): Promise<void> {
    await send(page, 'everything')
    await expect.poll(async () => (await texts(page)).at(-1)).toContain('That is everything.')
    const message = newest(page)
    await expect.poll(() => message.locator('aside').innerText()).toBe('The sky is wide.')
    expect(await message.getByRole('link', { name: 'Skies' }).getAttribute('href')).toBe(
      'https://sky.example/',
    )
    expect(await message.locator('cite').innerText()).toBe('blue.pdf')
    await expect
      .poll(() => message.locator('img').evaluate((image: HTMLImageElement) => image.naturalWidth))
      .toBe(1)
    const data = await message.locator('pre').allInnerTexts()
    expect(data.map((text) => text.split(' ')[0])).toEqual(['data-workflow', 'data-widget', 'data-task'])
    const told = await page.locator('ul > li').allInnerTexts()
    expect(told.join('\n')).toContain('data-progress {"text":"Looking into it","icon":"search"}')
  }

  it.for(versions)(
    '[CHATS-25] %s: useChat sends, streams, stops, regenerates, calls tools, shows all parts and reads on after a reload',
    async (version, context) => {
      const page = await watched.open(`${server.url}/${version}/react.html`)
      await page.getByRole('button', { name: 'Regenerate' }).click()
      await answered(page, ['Hello', '1: Hello'])
      await send(page, 'Go on')
      await answered(page, ['Hello', '1: Hello', 'Go on', '2: Go on'])
      await page.getByRole('button', { name: 'Regenerate' }).click()
      await answered(page, ['Hello', '1: Hello', 'Go on', '3: Go on'])
      await showParts(page)

      await send(page, 'tool')
      await page.getByRole('button', { name: 'blue' }).click()
      await expect.poll(async () => (await texts(page)).at(-1)).toBe('Let me ask.You picked "blue".')
      expect(await newest(page).locator('samp').innerText()).toBe('pick_colour output-available')
      const before = (await texts(page)).length

      // A reload in mid-answer, in the page's own way: `resume`.
      await sayHalf(page, 'One, ')
      await page.reload()
      await expect.poll(async () => (await texts(page)).at(-1)).toBe('One, ')
      await paced.say('two', threadOf(page))
      await paced.finish(threadOf(page))
      await expect.poll(async () => (await texts(page)).at(-1)).toBe('One, two')
      await expect.poll(() => status(page)).toBe('ready')
      expect(await texts(page)).toHaveLength(before + 2)
      // Nothing runs, and nothing is said of it. The history is all there, parts and all.
      const all = await texts(page)
      await page.reload()
      await expect.poll(() => texts(page)).toEqual(all)
      await expect.poll(() => status(page)).toBe('ready')
      expect(await page.locator('pre').count()).toBe(3)
      expect(await page.getByRole('alert').innerText()).toBe('')

      // Stopped, and gone on at once.
      await sayHalf(page, 'Half')
      await page.getByRole('button', { name: 'Stop' }).click()
      await expect.poll(() => status(page)).toBe('ready')
      await page.getByLabel('Files').setInputFiles({
        name: 'list.txt',
        mimeType: 'text/plain',
        buffer: Buffer.from('Milk'),
      })
      await send(page, 'Look')
      await expect.poll(async () => (await texts(page)).at(-1)).toMatch(/^\d+: Look with list\.txt$/)
      await page.reload()
      await expect
        .poll(async () => (await texts(page)).slice(-3))
        .toEqual(['Half', 'Look', expect.stringContaining('list.txt')])

      await send(page, 'fail')
      await expect.poll(() => page.getByRole('alert').innerText()).toBe('The library is closed today.')
      expect(watched.complaints()).toEqual([])
      shows(context, {
        client: 'AI SDK: useChat (@ai-sdk/react)',
        version: clientVersion(version, 'ai'),
        door: '/api/chats',
        what: [
          'send',
          'regenerate',
          'stop',
          'tools',
          'reasoning',
          'sources',
          'files',
          'data parts',
          'errors as text',
          'resume on mount',
        ],
        where: 'headless Chromium',
      })
    },
  )

  it.for(versions)(
    '[CHATS-25] %s: the Nuxt template’s page answers on mount, and joins its answer after a reload',
    async (version, context) => {
      const page = await watched.open(`${server.url}/${version}/vue.html?say=slow`)
      await expect.poll(() => page.url()).toContain('chat=')
      await paced.say('One, ', threadOf(page))
      await expect.poll(() => texts(page)).toEqual(['slow', 'One, '])
      await page.reload()
      await expect.poll(() => texts(page)).toEqual(['slow', 'One, '])
      await paced.say('two', threadOf(page))
      await paced.finish(threadOf(page))
      await answered(page, ['slow', 'One, two'])
      await send(page, 'Go on')
      await answered(page, ['slow', 'One, two', 'Go on', '2: Go on'])
      await page.getByRole('button', { name: 'Regenerate' }).click()
      await answered(page, ['slow', 'One, two', 'Go on', '3: Go on'])
      await send(page, 'fail')
      await expect.poll(() => page.getByRole('alert').innerText()).toBe('The library is closed today.')
      expect(watched.complaints()).toEqual([])
      shows(context, {
        client: 'Nuxt chat template: Chat (@ai-sdk/vue)',
        version: clientVersion(version, 'ai'),
        door: '/api/chats',
        what: ['create', 'answer on mount', 'send', 'regenerate', 'errors as text', 'reload in mid-answer'],
        where: 'headless Chromium',
      })
    },
  )
})
