/// <reference types="node" />
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { pagePolicy } from '../server/http/pages.ts'
import { createStaticFiles } from '../server/http/static-files.ts'
import { createTestDatabase } from '../server/testing/databases.ts'
import type { TestDatabase } from '../server/testing/databases.ts'
import { startProduct } from '../server/testing/product.ts'
import type { Product } from '../server/testing/product.ts'
import type { ChatOptions } from './options.ts'
import type { ParleyChat } from './parley-chat.ts'
import { findChromium, launchChromium } from './testing/browser.ts'
import { builtElement } from './testing/built-element.ts'
import { readBuilt } from './testing/built-files.ts'
import { startScriptedServer } from './testing/scripted-server.ts'
import type { ScriptedServer } from './testing/scripted-server.ts'
import { createWatchedPages } from './testing/watched-pages.ts'
import type { WatchedPages } from './testing/watched-pages.ts'

const executable = findChromium(process.env)
const required = process.env['PARLEY_TEST_REQUIRE'] === 'all'

/** The smallest picture there is. */
const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
  'base64',
)
const file = (name: string, mimeType = 'text/plain', buffer = Buffer.from('Hello.')) => ({
  name,
  mimeType,
  buffer,
})

const attachments = { enabled: true }
const tools = [
  {
    id: 'search',
    label: 'Search the web',
    shortLabel: 'Search',
    icon: 'globe',
    placeholderOverride: 'Look up…',
  },
  { id: 'deep', label: 'Deep research', icon: 'lab', persistent: true },
  { id: 'image', label: 'Make an image', icon: 'images', pinned: true },
]
const models = [
  { id: 'small', label: 'Small', description: 'Fast' },
  { id: 'large', label: 'Large', default: true },
  { id: 'huge', label: 'Huge', disabled: true },
]

describe.skipIf(!executable && !required)('the composer in Chromium', () => {
  let browser: Browser
  let files: Map<string, string>
  let server: ScriptedServer
  let pages: WatchedPages
  let page: Page

  beforeAll(async () => {
    if (!executable) throw new Error('No Chromium: set PARLEY_CHROMIUM or put it on the path')
    files = await builtElement()
    // A page that sets no options of its own.
    files.set('blank.html', join(import.meta.dirname, 'testing/blank.html'))
    browser = await launchChromium(executable, ['--use-fake-device-for-media-stream'])
    pages = createWatchedPages(browser)
  })
  afterAll(async () => {
    await pages?.close()
    await browser?.close()
  })
  beforeEach(async () => {
    server = await startScriptedServer(files)
  })
  afterEach(() => server.close())

  /** Options with functions are set by a page's own script: see `mentions`. */
  async function open(
    options: ChatOptions,
    context: BrowserContextOptions = {},
    url: string = server.url,
  ): Promise<void> {
    page = await pages.open(`${url}/blank.html`, { reducedMotion: 'reduce', ...context })
    await page.evaluate(async (set) => {
      await customElements.whenDefined('parley-chat')
      document.querySelector<ParleyChat>('parley-chat')?.setOptions(set)
    }, options)
  }

  const input = (): Locator => page.locator('#composer')
  const button = (name: string | RegExp): Locator => page.getByRole('button', { name })
  const cards = (): Locator => page.getByRole('list', { name: 'Attachments' }).getByRole('listitem')
  const problem = (): Locator => page.locator('.problem')
  const written = (): Promise<string> =>
    input().evaluate((field) => ('value' in field ? String(field.value) : (field.textContent ?? '')))

  async function pick(...chosen: ReturnType<typeof file>[]): Promise<void> {
    await page.locator('#composer-files').setInputFiles(chosen)
  }
  async function send(text: string): Promise<void> {
    await input().fill(text)
    await input().press('Enter')
  }
  /** What the newest message was sent with. */
  async function sent(count: number, answers: number = count): Promise<Record<string, unknown>> {
    const messages = (): typeof server.requests =>
      server.requests.filter(({ type }) => type === 'threads.create' || type === 'threads.add_user_message')
    await expect.poll(() => messages().length).toBe(count)
    await page
      .locator('article.answer')
      .nth(answers - 1)
      .waitFor()
    const params: unknown = messages().at(-1)?.params
    return (params as { input: Record<string, unknown> }).input
  }
  /** Files that come by an event of the page. */
  const bring = (target: Locator, type: 'paste' | 'drop', text?: string): Promise<void> =>
    target.evaluate(
      (element, brought) => {
        const data = new DataTransfer()
        data.items.add(new File(['brought'], `${brought.type}.txt`, { type: 'text/plain' }))
        if (brought.text !== undefined) {
          data.setData('text/plain', brought.text)
          data.setData('text/html', `<b>${brought.text}</b>`)
        }
        const how = { bubbles: true, composed: true, cancelable: true }
        if (brought.type === 'paste') {
          element.dispatchEvent(new ClipboardEvent('paste', { ...how, clipboardData: data }))
          return
        }
        for (const type of ['dragenter', 'dragover', 'drop'])
          element.dispatchEvent(new DragEvent(type, { ...how, dataTransfer: data }))
      },
      { type, text },
    )

  describe('files', () => {
    it('[COMPOSER-1] come by picker, paste and drop, go with the message, and are shown in it', async () => {
      await open({ composer: { attachments } })
      await pick(file('notes.txt'), file('dot.png', 'image/png', picture))
      await bring(input(), 'paste')
      await bring(page.locator('.scroller'), 'drop')
      await expect.poll(() => cards().count()).toBe(4)
      await page.locator('canvas[data-drawn]').waitFor()
      await expect.poll(() => page.locator('.upload-uploaded').count()).toBe(4)
      expect(server.files.uploads.map(({ bytes }) => bytes.toString()).toSorted()).toEqual(
        ['Hello.', picture.toString(), 'brought', 'brought'].toSorted(),
      )
      expect(new Set(server.files.uploads.map(({ method, type }) => `${method} ${type}`))).toEqual(
        new Set(['PUT undefined']),
      )
      // A text processor's picture of its text is not what was meant.
      await bring(input(), 'paste', 'text')
      expect(await cards().count()).toBe(4)

      await input().press('Enter')
      const { attachments: ids, content } = await sent(1)
      expect(content).toEqual([])
      expect(ids).toHaveLength(4)
      await expect.poll(() => page.locator('.question').getByRole('listitem').count()).toBe(4)
      expect(await page.locator('.composer .upload').count()).toBe(0)
      expect(pages.complaints()).toEqual([])
    })

    it('[COMPOSER-2] that are too large, of another kind or too many are not taken, and named', async () => {
      const options = {
        enabled: true,
        maxCount: 2,
        maxSize: { 'text/*': 8, '*': 1024 },
        accept: { 'text/plain': ['.txt'], 'application/pdf': ['.pdf'] },
      }
      await open({ composer: { attachments: options } })
      expect(await page.locator('#composer-files').getAttribute('accept')).toBe(
        'text/plain,.txt,application/pdf,.pdf',
      )
      await pick(
        file('long.txt', 'text/plain', Buffer.alloc(9)),
        file('dot.png', 'image/png', picture),
        file('1.txt'),
        file('2.pdf', 'application/pdf', Buffer.alloc(1000)),
        file('3.txt'),
      )
      await expect.poll(() => cards().count()).toBe(2)
      const said = await problem().innerText()
      expect(said).toContain('long.txt is larger than 8 bytes.')
      expect(said).toContain('dot.png is of a kind that is not taken here.')
      expect(said).toContain('At most 2 files can go with a message.')
      expect(server.requests.filter(({ type }) => type === 'attachments.create')).toHaveLength(2)
    })

    it('[COMPOSER-3] a message goes when its files have arrived; one that fails says why, and can be uploaded again or taken out', async () => {
      await open({ composer: { attachments } })
      server.files.hold(true)
      await pick(file('slow.txt'), file('unwanted.txt'))
      await page.getByRole('progressbar', { name: 'Uploading slow.txt' }).waitFor()
      await send('Read this.')
      await page.getByText('The message can be sent when all files are uploaded.').waitFor()
      expect(await written()).toBe('Read this.')
      expect(await button('Send').getAttribute('aria-disabled')).toBe('true')

      await button('Remove unwanted.txt').click()
      await expect.poll(() => server.files.deleted).toHaveLength(1)
      server.files.refuseNext('slow.txt', 'Not such a file.')
      server.files.hold(false)
      await cards().getByText('Not such a file.').waitFor()
      expect(await button('Send').getAttribute('aria-disabled')).toBe('true')
      server.files.hold(true)
      await button('Upload slow.txt again').click()
      await input().press('Enter')
      server.files.hold(false)
      expect((await sent(1))['attachments']).toEqual([server.files.uploads.at(-1)?.id])
    })

    it('[COMPOSER-4] go in a form to the page’s own address, and through its own `fetch`', async () => {
      await open({})
      await page.evaluate(() => {
        document.querySelector<ParleyChat>('parley-chat')?.setOptions({
          api: {
            uploadStrategy: { type: 'direct', uploadUrl: '/upload/' },
            fetch: (address, init) => {
              if (typeof address === 'string') document.title += ` ${address}`
              return fetch(address, init)
            },
          },
          composer: { attachments: { enabled: true } },
        })
      })
      await pick(file('direct.txt'))
      await page.locator('.upload-uploaded').waitFor()
      expect(server.files.uploads[0]).toMatchObject({
        method: 'POST',
        type: expect.stringMatching(/^multipart\/form-data/),
      })
      expect(await page.title()).toContain('/upload/')
      await send('Here.')
      expect((await sent(1))['attachments']).toEqual([server.files.uploads[0]?.id])
    })
  })

  describe('what a message is sent with', () => {
    it('[COMPOSER-5] what is begun stays with its conversation, and what is refused comes back whole', async () => {
      await open({ composer: { attachments, tools } })
      await send('First')
      await sent(1)
      await input().fill('Later')
      await pick(file('later.txt'))
      await page.locator('.upload-uploaded').waitFor()
      await button('New chat').click()
      await expect.poll(written).toBe('')
      expect(await cards().count()).toBe(0)
      await page.goBack()
      await expect.poll(written).toBe('Later')
      expect(await cards().count()).toBe(1)

      await button('Make an image').click()
      server.refuseNext('threads.add_user_message', 429, 'Too many questions.')
      await input().press('Enter')
      await problem().filter({ hasText: 'Too many questions.' }).waitFor()
      expect(await written()).toBe('Later')
      expect(await cards().count()).toBe(1)
      await button('Do not use Make an image').waitFor()
      await input().press('Enter')
      expect(await sent(3, 2)).toMatchObject({
        attachments: ['atc_1'],
        inference_options: { tool_choice: { id: 'image' } },
      })
    })

    it('[COMPOSER-6] a tool goes with one message, or with all when it is persistent; a model with all', async () => {
      await open({ composer: { tools, models } })
      await button('Tools').click()
      await page.getByRole('menuitemcheckbox', { name: 'Search the web' }).click()
      expect(await input().getAttribute('placeholder')).toBe('Look up…')
      expect(await button('Do not use Search the web').innerText()).toBe('Search')
      await send('One')
      expect((await sent(1))['inference_options']).toEqual({ tool_choice: { id: 'search' }, model: 'large' })
      expect(await input().getAttribute('placeholder')).toBe('Ask a question…')

      await button('Model: Large').click()
      const huge = page.getByRole('menuitemradio', { name: 'Huge' })
      expect(await huge.getAttribute('aria-disabled')).toBe('true')
      await page.getByRole('menuitemradio', { name: 'Small' }).click()
      await button('Tools').click()
      await page.getByRole('menuitemcheckbox', { name: 'Deep research' }).click()
      await send('Two')
      expect((await sent(2))['inference_options']).toEqual({ tool_choice: { id: 'deep' }, model: 'small' })
      await send('Three')
      expect((await sent(3))['inference_options']).toEqual({ tool_choice: { id: 'deep' }, model: 'small' })
      await button('Do not use Deep research').click()
      expect(await button('Do not use Deep research').count()).toBe(0)
    })

    it('[COMPOSER-7] a quotation stands above the text, can be taken away, and goes with the message', async () => {
      await open({})
      const quote = (reply: string): Promise<void> =>
        page.evaluate(
          (text) => document.querySelector<ParleyChat>('parley-chat')?.setComposerValue({ reply: text }),
          reply,
        )
      await quote('What was said.')
      await page.locator('.composer blockquote', { hasText: 'What was said.' }).waitFor()
      await button('Remove the quotation').click()
      await expect.poll(() => page.locator('.composer blockquote').count()).toBe(0)
      await quote('Something else.')
      await send('Why?')
      expect((await sent(1))['quoted_text']).toBe('Something else.')
      expect(await page.locator('article.question blockquote').innerText()).toBe('Something else.')
    })

    it('[COMPOSER-8] what is dictated is written where the caret was, and not sent; a refused microphone is said', async () => {
      await open({ composer: { dictation: { enabled: true } } })
      await button('Dictate').click()
      await problem().filter({ hasText: 'may not use the microphone' }).waitFor()
      await page.context().grantPermissions(['microphone'])
      await input().fill('Before after')
      await input().evaluate((field) => {
        if (field instanceof HTMLTextAreaElement) field.setSelectionRange(6, 6)
      })
      await button('Dictate').click()
      await page.getByText('Listening…').waitFor()
      // The button that began it is the one that ends it.
      await expect
        .poll(() => button('Stop dictating').evaluate((element) => element.matches(':focus')))
        .toBe(true)
      await page.keyboard.press('Enter')
      await expect.poll(written).toBe('Before what was said after')
      expect(server.files.heard[0]?.mimeType).toMatch(/^audio\/webm/)
      expect(server.files.heard[0]?.bytes).toBeGreaterThan(0)
      expect(server.requests.map(({ type }) => type)).toEqual(['input.transcribe'])
    })

    it('[ELEMENT-34] the microphone is off when its button goes, which had come although its part could not be loaded at once', async () => {
      await open({})
      await page.context().grantPermissions(['microphone'])
      const microphone = await page.evaluateHandle(() => {
        const tracks: MediaStreamTrack[] = []
        const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
        navigator.mediaDevices.getUserMedia = async (wanted) => {
          const stream = await ask(wanted)
          tracks.push(...stream.getTracks())
          return stream
        }
        return tracks
      })
      const setOptions = (options: ChatOptions): Promise<void> =>
        page.evaluate((set) => document.querySelector<ParleyChat>('parley-chat')?.setOptions(set), options)
      await page.route('**/composer-bar-*', (route) => route.abort(), { times: 1 })
      await setOptions({ composer: { dictation: { enabled: true } } })
      await button('Dictate').click()
      await page.getByText('Listening…').waitFor()
      const states = (): Promise<string[]> =>
        microphone.evaluate((tracks) => tracks.map(({ readyState }) => readyState))
      expect(await states()).toEqual(['live'])
      await setOptions({})
      await expect.poll(states).toEqual(['ended'])
      expect(server.requests).toEqual([])
    })
  })

  describe('mentions and commands', () => {
    async function openRich(): Promise<void> {
      await open({})
      await page.evaluate(() => {
        const people = [
          { id: 'ada', title: 'Ada Lovelace', group: 'People', interactive: true, data: { born: '1815' } },
          { id: 'alan', title: 'Alan Turing', group: 'People' },
          { id: 'atlas', title: 'Atlas', group: 'Projects', icon: 'globe' },
        ]
        document.querySelector<ParleyChat>('parley-chat')?.setOptions({
          composer: { tools: [{ id: 'search', label: 'Search the web', icon: 'globe' }] },
          entities: {
            showComposerMenu: true,
            onTagSearch: async (query) =>
              people.filter(({ title }) => title.toLowerCase().startsWith(query.toLowerCase())),
            onClick: ({ id, data }) => void (document.title = `${id} ${data?.['born']}`),
          },
          commands: {
            enabled: true,
            onSearch: async () => [
              { id: 'insert', label: 'Insert Atlas', group: 'Page' },
              { id: 'more', label: 'More of it', group: 'Page' },
            ],
            onSelect: async ({ id }) => {
              if (id === 'insert') return { type: 'entity', entity: { id: 'atlas', title: 'Atlas' } }
              if (id === 'more') return { type: 'menu', commands: [{ id: 'effect', label: 'An effect' }] }
              document.title = id
              return undefined
            },
          },
        })
      })
      await page.locator('#composer.rich').waitFor()
    }
    const options = (): Promise<string[]> => page.getByRole('option').allInnerTexts()
    const active = (): Promise<string> =>
      input().evaluate((field) => {
        const id = field.getAttribute('aria-activedescendant') ?? ''
        const root = field.getRootNode()
        return root instanceof ShadowRoot ? (root.getElementById(id)?.innerText ?? '') : ''
      })

    it('[COMPOSER-9] @ finds what can be mentioned; it is a chip here and in the message, and can be clicked', async () => {
      await openRich()
      await input().focus()
      await page.keyboard.type('Ask @a')
      await expect.poll(options).toEqual(['Ada Lovelace', 'Alan Turing', 'Atlas'])
      expect(await input().getAttribute('role')).toBe('combobox')
      expect(await page.getByRole('group', { name: 'People' }).getByRole('option').count()).toBe(2)
      await expect.poll(active).toBe('Ada Lovelace')
      await page.keyboard.press('ArrowUp')
      await expect.poll(active).toBe('Atlas')
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Enter')
      await page.locator('.rich .tag', { hasText: 'Ada Lovelace' }).click()
      expect(await page.title()).toBe('ada 1815')
      expect(await input().getAttribute('role')).toBe('textbox')
      await input().press('End')
      await page.keyboard.type('why @nobody')
      await page.getByText('Nothing found.').waitFor()
      await page.keyboard.press('Escape')
      await expect.poll(() => page.getByRole('listbox').count()).toBe(0)
      await page.keyboard.press('Enter')
      expect((await sent(1))['content']).toEqual([
        { type: 'input_text', text: 'Ask ' },
        {
          type: 'input_tag',
          id: 'ada',
          text: 'Ada Lovelace',
          group: 'People',
          data: { born: '1815' },
          interactive: true,
        },
        { type: 'input_text', text: ' why @nobody' },
      ])
      await page.locator('article.question button.tag').click()
      expect(await written()).toBe('')
      await button('Mention').click()
      await expect.poll(options).toHaveLength(3)
      expect(pages.complaints()).toEqual([])
    })

    it('[COMPOSER-10] / offers what the composer can do and what the page offers, which may open a menu or insert', async () => {
      await openRich()
      await input().focus()
      await page.keyboard.type('/')
      await expect.poll(options).toEqual(['Mention', 'Search the web', 'Insert Atlas', 'More of it'])
      await page.keyboard.type('sea')
      await expect.poll(active).toBe('Search the web')
      await page.keyboard.press('Tab')
      await button('Do not use Search the web').waitFor()
      expect(await written()).toBe('')
      await page.keyboard.type('See /ins')
      await page.getByRole('option', { name: 'Insert Atlas' }).click()
      await page.locator('.rich .tag', { hasText: 'Atlas' }).waitFor()
      await page.keyboard.type('/more')
      await page.getByRole('option', { name: 'More of it' }).click()
      await expect.poll(options).toEqual(['An effect'])
      await page.keyboard.press('Enter')
      await expect.poll(() => page.title()).toBe('effect')
      expect(await written()).toBe('See Atlas ')
    })

    it('[COMPOSER-11] only text and mentions get in, and every step can be undone', async () => {
      await openRich()
      await input().focus()
      await page.keyboard.type('one two')
      await page.keyboard.press('Shift+Enter')
      await page.keyboard.type('three')
      await input().evaluate((field) => {
        const clipboardData = new DataTransfer()
        clipboardData.setData('text/plain', ' pasted\r\nlines')
        clipboardData.setData('text/html', '<b>pasted</b>')
        field.dispatchEvent(new ClipboardEvent('paste', { bubbles: true, cancelable: true, clipboardData }))
      })
      expect(await written()).toBe('one two\nthree pasted\nlines')
      await page.keyboard.press('Control+z')
      expect(await written()).toBe('one two\nthree')
      await page.keyboard.press('Control+Shift+z')
      expect(await written()).toBe('one two\nthree pasted\nlines')
      await page.keyboard.press('Control+a')
      await page.keyboard.type('@atl')
      await page.getByRole('option', { name: 'Atlas' }).click()
      expect(await written()).toBe('Atlas ')
      await page.keyboard.press('Backspace')
      await page.keyboard.press('Backspace')
      expect(await page.locator('.rich .tag').count()).toBe(0)
      await page.keyboard.press('Control+z')
      expect(await page.locator('.rich .tag').count()).toBe(1)
      await input().evaluate((field) =>
        field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true })),
      )
      expect(server.requests).toEqual([])
    })
  })

  describe('on the product', () => {
    let database: TestDatabase
    let product: Product

    beforeAll(async () => {
      const headers = { 'content-security-policy': pagePolicy() }
      const built = (await readBuilt(files)).map((served) => ({ ...served, headers }))
      database = await createTestDatabase('pglite')
      product = await startProduct(database.storage, {}, createStaticFiles(built))
    })
    afterAll(async () => {
      await product?.close()
      await database?.close()
    })

    it('[COMPOSER-15] files that were sent are there after a reload', async () => {
      await open({ composer: { attachments } }, {}, product.url)
      await pick(file('notes.txt'), file('dot.png', 'image/png', picture), file('unwanted.txt'))
      await expect.poll(() => page.locator('.upload-uploaded').count(), { timeout: 20_000 }).toBe(3)
      await button('Remove unwanted.txt').click()
      await expect.poll(() => cards().count()).toBe(2)
      await send('What is this?')
      await page.locator('article.answer').waitFor()
      const shown = page.locator('article.question').getByRole('listitem')
      const width = (): Promise<number> =>
        page
          .locator('article.question img')
          .first()
          .evaluate((image) => (image instanceof HTMLImageElement ? image.naturalWidth : 0))
      for (const isReloaded of [false, true]) {
        if (isReloaded) await page.reload()
        await expect.poll(() => shown.count()).toBe(2)
        await page.getByText('notes.txt').waitFor()
        await expect.poll(width).toBeGreaterThan(0)
      }
      expect(pages.complaints()).toEqual([])
    })
  })

  describe('for everyone', () => {
    it('[COMPOSER-12] menus work by keyboard and give the focus back, and axe finds nothing', async () => {
      await open({ composer: { attachments, tools, models, dictation: { enabled: true } } })
      await pick(file('a-file-with-a-rather-long-name.txt'), file('dot.png', 'image/png', picture))
      await page.locator('.upload-uploaded').nth(1).waitFor()
      await button('More').focus()
      await page.keyboard.press('ArrowUp')
      const item = (name: string): Locator =>
        page.getByRole(name.startsWith('Attach') ? 'menuitem' : 'menuitemcheckbox', { name })
      const isFocused = (on: Locator): Promise<boolean> => on.evaluate((element) => element.matches(':focus'))
      await expect.poll(() => isFocused(item('Attach files'))).toBe(true)
      await page.keyboard.press('ArrowDown')
      expect(await isFocused(item('Search the web'))).toBe(true)
      await page.keyboard.press('d')
      expect(await isFocused(item('Deep research'))).toBe(true)
      await axe(page)
      await page.keyboard.press('Escape')
      await expect.poll(() => isFocused(button('More'))).toBe(true)
      await axe(page)
    })

    it('[COMPOSER-12] at 320 pixels nothing of it overflows', async () => {
      await open(
        { composer: { attachments, tools, models, dictation: { enabled: true } } },
        { viewport: { width: 320, height: 640 } },
      )
      await pick(file('a-file-with-a-rather-long-name-that-does-not-fit.txt'))
      await button('More').click()
      await page.getByRole('menuitemcheckbox', { name: 'Search the web' }).click()
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320)
      const overflow = await page
        .locator('.composer')
        .evaluate((element) => element.scrollWidth - element.clientWidth)
      expect(overflow).toBe(0)
    })

    it('[COMPOSER-13] without these options it is a text field, and nothing else is loaded', async () => {
      const asked: string[] = []
      await open({})
      page.on('request', (request) => asked.push(new URL(request.url()).pathname))
      await page.reload()
      await input().fill('Text')
      expect(await input().evaluate((field) => field.localName)).toBe('textarea')
      expect(
        asked.filter((path) =>
          /composer-(?:head|bar)|rich-input|drop-target|create-(?:uploads|dictation)/.test(path),
        ),
      ).toEqual([])
    })
  })
})

const require = createRequire(import.meta.url)

async function axe(page: Page): Promise<void> {
  const source = await readFile(require.resolve('axe-core/axe.min.js'), 'utf8')
  await page.evaluate(source)
  const found = await page.evaluate(
    'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + nodes.map((node) => node.html)))',
  )
  expect(found).toEqual([])
}
