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
import { builtElement } from './testing/built-element.ts'
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
    const built = await builtElement()
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
      folder: join(import.meta.dirname, 'testing/gallery'),
      changedFolder: join(import.meta.dirname, '../.cache/gallery'),
      update: process.env['PARLEY_GALLERY'] === 'update',
    })
  })
  afterAll(async () => {
    await browser?.close()
    await server?.drain(0)
  })
  afterEach(() => {
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

  /** The whole gallery fits into a window of this height, so that all of it is in sight at once. */
  const tall = { viewport: { width: 1360, height: 12_500 } }

  async function changed(page: Page, prefix: string, names?: readonly string[]): Promise<string[]> {
    const all = await page
      .locator('section[data-ready]')
      .evaluateAll((sections) => sections.map(({ id }) => id))
    return pictures.compare(
      page,
      (names ?? all).map((name) => ({
        name: `${prefix}-${name}`,
        at: page.locator(`section[id="${name}"] parley-chat`),
      })),
    )
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

  it('[GALLERY-1] every sample comes to show what it is to show, from nobody but the page', async () => {
    const page = await open('')
    expect(await page.locator('section').count()).toBeGreaterThan(45)
    const asked = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name))
    expect(asked.filter((address) => address.includes('/server/'))).toEqual([])
    expect(asked.length).toBeGreaterThan(5)
  })

  const some = ['conversation', 'notices', 'sources', 'draft', 'widget-form']

  describe.each([
    { name: 'light', query: 'scheme=light', names: undefined },
    { name: 'dark', query: 'scheme=dark', names: some },
    { name: 'rtl', query: 'scheme=light&direction=rtl', names: some },
  ])('$name', ({ name, query, names }) => {
    let page: Page

    beforeAll(async () => {
      // One page for both: it is let past its policy, under which the others are drawn, so that axe can be put into it.
      page = await open(query, { ...tall, bypassCSP: true })
    })

    it('[GALLERY-3] the samples look as they did', async () => {
      expect(await changed(page, name, names)).toEqual([])
    })

    it('[GALLERY-2] axe finds nothing in any sample', async () => {
      expect(await violations(page)).toEqual([])
    })
  })

  it.each([
    ['slate', 'scheme=dark&accent=%230f172a&level=1&gray=220&radius=sharp&density=compact&size=14'],
    ['gold', 'scheme=light&accent=%23ffd400&level=3&gray=300&radius=soft&density=spacious&size=18'],
  ])('[GALLERY-3] with another theme, %s, they look as they did', async (name, query) => {
    const names = ['conversation', 'draft', 'widget-form']
    const page = await open(`${query}&only=${names.join()}`, { viewport: { width: 1360, height: 2200 } })
    expect(await changed(page, name, names)).toEqual([])
  })

  it.each(['history', 'history-empty', 'renaming', 'deleting', 'start', 'draft'])(
    '[GALLERY-3] alone in a small window, %s looks as it did, and axe finds nothing',
    async (name) => {
      const small = { viewport: { width: 320, height: 560 }, bypassCSP: true }
      const page = await open(`only=${name}&scheme=light`, small)
      expect(await pictures.compare(page, [{ name: `narrow-${name}`, at: page.locator('html') }])).toEqual([])
      expect(await violations(page, true)).toEqual([])
    },
  )

  it('[GALLERY-2] axe finds nothing in what lies over the window in the dark', async () => {
    const page = await open('only=deleting&scheme=dark', { bypassCSP: true })
    expect(await violations(page, true)).toEqual([])
  })

  it('[GALLERY-3] a change that a person would see is noticed, and none is where there is none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'parley-gallery-'))
    const parts = { folder, changedFolder: join(folder, 'changed') }
    const keeping = createPictures({ ...parts, update: true })
    const comparing = createPictures({ ...parts, update: false })
    const page = await open('only=start&scheme=light', { viewport: { width: 480, height: 600 } })
    const changes = (by: Pictures): Promise<string[]> =>
      by.compare(page, [{ name: 'sample', at: page.locator('parley-chat') }])
    expect(await changes(comparing)).toEqual([expect.stringContaining('there is no picture of it yet')])
    await changes(keeping)
    expect(await changes(comparing)).toEqual([])
    const unseen: string[] = []
    for (const [selector, property, value] of [
      ['.primary', 'visibility', 'hidden'],
      ['.prompt', 'padding-inline-start', '20px'],
      ['.start h2', 'color', '#4a4a4a'],
      ['.composer', 'border-radius', '4px'],
    ] as const) {
      const part = page.locator(selector).first()
      await part.evaluate(
        (element, [name, changed]) => (element as HTMLElement).style.setProperty(name, changed),
        [property, value] as const,
      )
      if ((await changes(comparing)).length === 0) unseen.push(`${selector} ${property}`)
      await part.evaluate((element, name) => (element as HTMLElement).style.removeProperty(name), property)
    }
    expect(unseen).toEqual([])
    expect(await changes(comparing)).toEqual([])
    await rm(folder, { recursive: true })
  })

  /** Of the contrast of what is painted, as WCAG counts it; the colours are read from a canvas, whatever they were written as. */
  const contrastsOf = (page: Page): Promise<Record<string, number>> =>
    page.locator('parley-chat').evaluate((chat) => {
      const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })
      const luminance = (color: string): number => {
        if (!canvas) throw new Error('No canvas')
        canvas.fillStyle = color
        canvas.fillRect(0, 0, 1, 1)
        const [red = 0, green = 0, blue = 0] = Array.from(canvas.getImageData(0, 0, 1, 1).data, (channel) => {
          const part = channel / 255
          return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
        })
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue
      }
      const probe = document.createElement('i')
      chat.shadowRoot?.querySelector('.chat')?.append(probe)
      const of = (token: string): number => {
        probe.style.color = `var(--${token})`
        return luminance(getComputedStyle(probe).color)
      }
      const contrast = (one: string, other: string): number => {
        const [dark = 0, bright = 0] = [of(one), of(other)].toSorted((x, y) => x - y)
        return (bright + 0.05) / (dark + 0.05)
      }
      const pairs = [
        ['on-accent', 'accent', 4.5],
        ['on-action', 'action', 4.5],
        ['on-bubble', 'bubble', 4.5],
        ['accent-text', 'surface', 4.5],
        ['accent-text', 'raised', 4.5],
        ['text', 'surface', 7],
        ['muted', 'raised', 4.5],
        ['line-strong', 'surface', 3],
      ] as const
      const found = pairs.map(
        ([one, other, least]) => [`${one} on ${other}`, contrast(one, other) / least] as const,
      )
      probe.remove()
      return Object.fromEntries(found.filter(([, enough]) => enough < 1))
    })

  it('[THEME-2] what is painted can be read with any accent, in both schemes', async () => {
    const page = await open('only=start')
    const low: Record<string, unknown> = {}
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const primary of [
        '#000000',
        '#ffffff',
        '#ff0000',
        '#ffd400',
        '#00ff00',
        '#0000ff',
        '#808080',
        '#b4005a',
      ]) {
        for (const level of [0, 3]) {
          await page
            .locator('parley-chat')
            .evaluate(
              (chat, theme) =>
                (chat as unknown as { setOptions(options: object): void }).setOptions({ theme }),
              { colorScheme, color: { accent: { primary, level } } },
            )
          const found = await contrastsOf(page)
          if (Object.keys(found).length > 0) low[`${colorScheme} ${primary} ${level}`] = found
        }
      }
    }
    expect(low).toEqual({})
  })

  it('[THEME-1] the page’s own properties win over the option, and a new theme takes the place of the old', async () => {
    const page = await open('only=start&scheme=light&radius=sharp')
    const chat = page.locator('parley-chat')
    const styleOf = (property: string): Promise<string> =>
      page
        .locator('.composer')
        .evaluate((element, name) => getComputedStyle(element).getPropertyValue(name), property)
    const setTheme = (theme: unknown): Promise<void> =>
      chat.evaluate(
        (element, set) =>
          (element as unknown as { setOptions(options: object): void }).setOptions({ theme: set }),
        theme,
      )
    await expect.poll(() => styleOf('border-start-start-radius')).toBe('0px')
    await chat.evaluate((element) => element.style.setProperty('--parley-radius', '10px'))
    expect(await styleOf('border-start-start-radius')).toBe('15px')
    await setTheme('dark')
    await expect.poll(() => styleOf('color-scheme')).toBe('dark')
    await chat.evaluate((element) => element.style.removeProperty('--parley-radius'))
    expect(await styleOf('border-start-start-radius')).toBe('24px')
    await setTheme(undefined)
    await expect.poll(() => styleOf('color-scheme')).toBe('light dark')
  })

  it('[THEME-4] colours of the system’s own, more contrast and larger targets for fingers are followed', async () => {
    const system = await open('only=composer', { forcedColors: 'active' })
    const border = await system
      .locator('.primary')
      .evaluate((element) => getComputedStyle(element).borderTopStyle)
    expect(border).toBe('solid')
    const strong = await open('only=composer', { contrast: 'more', bypassCSP: true })
    expect(await violations(strong, true)).toEqual([])
    const touched = await open('only=composer', {
      hasTouch: true,
      isMobile: true,
      viewport: { width: 375, height: 700 },
    })
    const small = await touched.locator('button:visible').evaluateAll((buttons) =>
      buttons
        .map((button) => ({ name: button.className, box: button.getBoundingClientRect() }))
        .filter(({ box }) => box.height < 43.5)
        .map(({ name, box }) => `${name} is ${box.height} high`),
    )
    expect(small).toEqual([])
  })

  it('[THEME-5] a keyboard that covers the page leaves the composer in sight', async () => {
    const page = await open('only=start', { viewport: { width: 375, height: 700 } })
    await page.getByRole('textbox', { name: 'Message' }).focus()
    const below = (): Promise<number> =>
      page.locator('.foot').evaluate((foot) => window.innerHeight - foot.getBoundingClientRect().bottom)
    expect(await below()).toBe(0)
    // What iOS does when its keyboard comes: what is seen becomes smaller, the page does not.
    await page.evaluate(() => {
      if (!window.visualViewport) throw new Error('No visual viewport')
      Object.defineProperty(window.visualViewport, 'height', { value: 400, configurable: true })
      window.visualViewport.dispatchEvent(new Event('resize'))
    })
    expect(await below()).toBe(300)
  })

  it('[THEME-5] a conversation is printed whole, without what can only be pressed', async () => {
    const page = await open('only=conversation', { viewport: { width: 700, height: 400 } })
    await page.emulateMedia({ media: 'print' })
    const answer = page.locator('article.answer')
    const scroller = page.locator('.scroller')
    expect(await scroller.evaluate((element) => element.scrollHeight - element.clientHeight)).toBe(0)
    expect((await answer.boundingBox())?.height).toBeGreaterThan(400)
    expect(await page.locator('.composer').isVisible()).toBe(false)
  })

  it('[LOCALE-3] the language changes while the element lives, and the conversation and the draft stay', async () => {
    const page = await open('only=conversation&scheme=light')
    const chat = page.locator('parley-chat')
    await page.getByRole('textbox', { name: 'Message' }).fill('A draft')
    const speak = (locale: string): Promise<void> =>
      chat.evaluate(
        (element, wanted) =>
          (element as unknown as { setOptions(options: object): void }).setOptions({ locale: wanted }),
        locale,
      )
    await speak('de-DE')
    const input = page.getByRole('textbox', { name: 'Nachricht' })
    await input.waitFor()
    expect(await input.inputValue()).toBe('A draft')
    expect(await page.locator('article.answer').count()).toBe(1)
    const frame = page.locator('.chat')
    expect([await frame.getAttribute('lang'), await frame.getAttribute('dir')]).toEqual(['de-DE', 'ltr'])
    await speak('ar')
    await page.getByRole('button', { name: 'السجل' }).waitFor()
    expect([await frame.getAttribute('lang'), await frame.getAttribute('dir')]).toEqual(['ar', 'rtl'])
    await page.route(/fr-fr/, (route) => route.abort())
    await speak('fr')
    await page.getByRole('textbox', { name: 'Message', exact: true }).waitFor()
    expect([await frame.getAttribute('lang'), (await frame.getAttribute('dir')) ?? '']).toEqual(['en', ''])
    expect(await page.getByRole('textbox', { name: 'Message' }).inputValue()).toBe('A draft')
  })
})
