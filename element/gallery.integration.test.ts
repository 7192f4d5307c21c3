/// <reference types="node" />
/** The gallery in a real browser: every state and every widget is drawn, accessible, and looks as it did. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createPageDoor } from '../server/contracts/page/routes.ts'
import { listen } from '../server/http/listener.ts'
import type { Listener } from '../server/http/listener.ts'
import { createStaticFiles } from '../server/http/static-files.ts'
import { findChromium, launchChromium } from './testing/browser.ts'
import { buildElement } from './testing/build-element.ts'
import { createPictures } from './testing/pictures.ts'
import type { Pictures } from './testing/pictures.ts'
import { createWatchedPages } from './testing/watched-pages.ts'
import type { WatchedPages } from './testing/watched-pages.ts'

const executable = findChromium(process.env)
const required = process.env['PARLEY_TEST_REQUIRE'] === 'all'
const load = createRequire(import.meta.url)

/** What machines differ in is the same on all of them: the font, the size, the time, and that nothing moves. */
const still: BrowserContextOptions = {
  viewport: { width: 1360, height: 900 },
  deviceScaleFactor: 1,
  reducedMotion: 'reduce',
  colorScheme: 'light',
  locale: 'en-GB',
  timezoneId: 'UTC',
}
/** How the edges of letters are smoothed is otherwise a matter of the system's settings. */
const sameLetters = ['--font-render-hinting=none', '--disable-lcd-text', '--force-color-profile=srgb']
const faces = [
  { weight: '400', style: 'normal' },
  { weight: '500', style: 'normal' },
  { weight: '600', style: 'normal' },
  { weight: '700', style: 'normal' },
  { weight: '400', style: 'italic' },
]

describe.skipIf(!executable && !required)('the gallery in Chromium', () => {
  let browser: Browser
  let server: Listener
  let pages: WatchedPages
  let pictures: Pictures
  let fonts: { weight: string; style: string; base64: string }[]

  beforeAll(async () => {
    if (!executable) throw new Error('No Chromium: set PARLEY_CHROMIUM or put it on the path')
    const built = await buildElement()
    const files = await Promise.all(
      Array.from(built, async ([name, path]) => ({ path: `/${name}`, bytes: await readFile(path) })),
    )
    fonts = await Promise.all(
      faces.map(async ({ weight, style }) => ({
        weight,
        style,
        base64: await readFile(
          load.resolve(`@fontsource/inter/files/inter-latin-${weight}-${style}.woff2`),
          'base64',
        ),
      })),
    )
    const door = createPageDoor({ files: createStaticFiles(files), greet: () => Promise.resolve({}) })
    const log = { debug() {}, info() {}, warn() {}, error() {} }
    server = await listen({ fetch: (request) => door.fetch(request), log, port: 0 })
    browser = await launchChromium(executable, sameLetters)
    pages = createWatchedPages(browser)
    pictures = createPictures({
      page: await browser.newPage(),
      folder: join(import.meta.dirname, 'testing/gallery'),
      changedFolder: join(import.meta.dirname, '../.cache/gallery'),
      update: process.env['PARLEY_GALLERY'] === 'update',
    })
  })
  afterAll(async () => {
    await browser?.close()
    await server?.drain(0)
  })
  afterEach(async () => {
    await pages.close()
    expect(pages.complaints()).toEqual([])
  })

  async function open(query: string, options: BrowserContextOptions = {}): Promise<Page> {
    const address = `${server.url}/gallery?font=Gallery&${query}`
    const page = await pages.open(address, { ...still, ...options }, (context) =>
      context.addInitScript((all) => {
        for (const { weight, style, base64 } of all) {
          const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
          document.fonts.add(new FontFace('Gallery', bytes, { weight, style }))
        }
      }, fonts),
    )
    await page.waitForFunction(() => {
      const sections = Array.from(document.querySelectorAll('section'))
      return sections.length > 0 && sections.every((section) => section.matches('[data-ready], :has(.over)'))
    })
    // What a part loads for itself, as the colours of a language, is there when nothing more is asked for.
    await page.waitForLoadState('networkidle')
    return page
  }

  async function changed(page: Page, prefix: string, names?: readonly string[]): Promise<string[]> {
    const all = await page
      .locator('section[data-ready]')
      .evaluateAll((sections) => sections.map(({ id }) => id))
    const found: string[] = []
    for (const name of names ?? all) {
      const place = page.locator(`section[id="${name}"] parley-chat`)
      const change = await pictures.compare(`${prefix}-${name}`, place)
      if (change !== undefined) found.push(change)
    }
    return found
  }

  /** What axe finds, in the shadow roots, too. Chats that stand side by side on one page have parts of the same name. */
  async function violations(page: Page, isOne = false): Promise<string[]> {
    await page.evaluate(await readFile(load.resolve('axe-core/axe.min.js'), 'utf8'))
    const options = isOne ? {} : { rules: { 'landmark-unique': { enabled: false } } }
    const found: unknown = await page.evaluate(
      `axe.run(document, ${JSON.stringify(options)}).then(({ violations }) => violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target, html }) => id + ' ' + JSON.stringify(target) + ' ' + html.slice(0, 200))))`,
    )
    return found as string[]
  }

  const over = ['history', 'history-empty', 'renaming', 'deleting']

  it('[GALLERY-1] every sample comes to show what it is to show, from nobody but the page', async () => {
    const page = await open('')
    expect(await page.locator('section').count()).toBeGreaterThan(45)
    const asked = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name))
    expect(asked.filter((address) => address.includes('/server/'))).toEqual([])
    expect(asked.length).toBeGreaterThan(5)
  })

  it.each(['scheme=light', 'scheme=dark', 'scheme=light&direction=rtl', 'scheme=dark&locale=ar'])(
    '[GALLERY-2] axe finds nothing in any sample (%s)',
    async (query) => {
      expect(await violations(await open(query, { bypassCSP: true }))).toEqual([])
    },
  )

  it.each(over)('[GALLERY-2] axe finds nothing in what lies over the window (%s)', async (name) => {
    for (const scheme of ['light', 'dark']) {
      const page = await open(`only=${name}&scheme=${scheme}`, { bypassCSP: true })
      expect(await violations(page, true)).toEqual([])
    }
  })

  it('[GALLERY-3] every sample looks as it did', async () => {
    expect(await changed(await open('scheme=light'), 'light')).toEqual([])
  }, 120_000)

  it('[GALLERY-3] the dark, the mirrored and the narrow ones look as they did', async () => {
    const few = [
      'start',
      'conversation',
      'notices',
      'sources',
      'steps',
      'draft',
      'widget-card',
      'widget-form',
    ]
    expect(await changed(await open('scheme=dark'), 'dark', few)).toEqual([])
    expect(await changed(await open('scheme=light&direction=rtl'), 'rtl', few)).toEqual([])
    const narrow = await open('scheme=light', { viewport: { width: 320, height: 900 } })
    expect(await changed(narrow, 'narrow', ['start', 'draft', 'widget-form'])).toEqual([])
  }, 120_000)

  it('[GALLERY-3] themes, and what lies over the window, look as they did', async () => {
    const slate = 'scheme=dark&accent=%230f172a&level=1&gray=220&radius=sharp&density=compact&size=14'
    const gold = 'scheme=light&accent=%23ffd400&level=3&gray=300&radius=soft&density=spacious&size=18'
    for (const [name, query] of Object.entries({ slate, gold })) {
      expect(await changed(await open(query), name, ['conversation', 'draft', 'widget-form'])).toEqual([])
    }
    for (const name of over) {
      const page = await open(`only=${name}&scheme=light`, { viewport: { width: 720, height: 560 } })
      expect(await pictures.compare(`over-${name}`, page.locator('html'))).toBe(undefined)
    }
  }, 120_000)

  it('[GALLERY-3] a change that a person would see is noticed, and none is where there is none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'parley-gallery-'))
    const parts = { page: await browser.newPage(), folder, changedFolder: join(folder, 'changed') }
    const [keeping, comparing] = [
      createPictures({ ...parts, update: true }),
      createPictures({ ...parts, update: false }),
    ]
    const page = await open('only=start&scheme=light', { viewport: { width: 480, height: 600 } })
    const chat = page.locator('parley-chat')
    expect(await comparing.compare('sample', chat)).toContain('there is no picture of it yet')
    await keeping.compare('sample', chat)
    expect(await comparing.compare('sample', chat)).toBe(undefined)
    const changes: [selector: string, property: string, value: string][] = [
      ['.primary', 'visibility', 'hidden'],
      ['.prompt', 'padding-inline-start', '20px'],
      ['.start h2', 'color', '#4a4a4a'],
      ['.composer', 'border-radius', '4px'],
    ]
    const unseen: string[] = []
    for (const [selector, property, value] of changes) {
      const part = page.locator(selector).first()
      await part.evaluate(
        (element, [name, changed]) => (element as HTMLElement).style.setProperty(name, changed),
        [property, value] as const,
      )
      if ((await comparing.compare('sample', chat)) === undefined) unseen.push(`${selector} ${property}`)
      await part.evaluate((element, name) => (element as HTMLElement).style.removeProperty(name), property)
    }
    expect(unseen).toEqual([])
    expect(await comparing.compare('sample', chat)).toBe(undefined)
    await rm(folder, { recursive: true })
  })
})
