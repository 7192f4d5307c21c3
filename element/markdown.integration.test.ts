/// <reference types="node" />
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Annotation, AssistantMessageItem, UserMessageItem } from '../server/contracts/chatkit/wire.ts'
import { findChromium, launchChromium } from './testing/browser.ts'
import { builtElement } from './testing/built-element.ts'
import { hostileTexts } from './testing/hostile-texts.ts'
import { startScriptedServer } from './testing/scripted-server.ts'
import type { ScriptedServer } from './testing/scripted-server.ts'
import { createWatchedPages } from './testing/watched-pages.ts'
import type { WatchedPages } from './testing/watched-pages.ts'

const executable = findChromium(process.env)
const required = process.env['PARLEY_TEST_REQUIRE'] === 'all'

const picture =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** All that an answer's text may become. */
const allowedElements =
  'a blockquote br button code del details div em h2 h3 h4 h5 h6 hr img input li math mrow mi mn mo mtext mspace mfrac mstyle mpadded mphantom menclose msqrt mroot mover munder munderover msub msup msubsup mtable mtr mtd ol p path pre section span strong sub summary sup svg table tbody td th thead tr ul article'.split(
    ' ',
  )

describe.skipIf(!executable && !required)('Markdown in Chromium', () => {
  let browser: Browser
  let server: ScriptedServer
  let pages: WatchedPages

  beforeAll(async () => {
    if (!executable) throw new Error('No Chromium: set PARLEY_CHROMIUM or put it on the path')
    const files = await builtElement()
    browser = await launchChromium(executable)
    server = await startScriptedServer(files)
    pages = createWatchedPages(browser)
  })
  afterAll(async () => {
    await pages?.close()
    await browser?.close()
    await server?.close()
  })

  interface Shown {
    annotations?: Annotation[]
    imageDomains?: string[]
    question?: UserMessageItem['content']
    options?: BrowserContextOptions
  }

  /** A conversation with one answer of these parts. */
  async function show(texts: readonly string[], shown: Shown = {}): Promise<Page> {
    const { annotations = [], imageDomains, question, options } = shown
    const { thread, items } = server.conversations.create('Shown')
    if (imageDomains) thread.allowed_image_domains = imageDomains
    const asked = server.conversations.userItem(thread.id, 'Show me.')
    items.push(question ? { ...asked, content: question } : asked)
    const item: AssistantMessageItem = {
      ...server.conversations.answerItem(thread.id, ''),
      content: texts.map((text) => ({ type: 'output_text', text, annotations })),
    }
    items.push(item)
    const page = await pages.open(`${server.url}/#${thread.id}`, { reducedMotion: 'reduce', ...options })
    await page.locator('article.answer .markdown').first().waitFor()
    return page
  }

  async function ask(text: string, on: Page): Promise<void> {
    await on.getByRole('textbox', { name: 'Message' }).fill(text)
    await on.keyboard.press('Enter')
  }

  const answers = (on: Page) => on.locator('article.answer .markdown')
  const setOptions = (on: Page, set: (element: object) => void): Promise<void> =>
    on.evaluate(`(${String(set)})(document.querySelector('parley-chat'))`)

  /** What the page may not have done, whatever an answer said. */
  async function watchHarm(page: Page): Promise<() => Promise<string[]>> {
    const seen: string[] = []
    page.on('dialog', (dialog) => {
      seen.push(`dialog ${dialog.message()}`)
      void dialog.dismiss()
    })
    page.on('popup', (popup) => seen.push(`popup ${popup.url()}`))
    page.on('framenavigated', (frame) => seen.push(`navigated ${frame.url()}`))
    page.on('request', (request) => {
      const { pathname } = new URL(request.url())
      if (!/^\/(?:favicon\.svg|chunks\/[\w.-]+|chatkit)$/.test(pathname))
        seen.push(`request ${request.url()}`)
    })
    await page.evaluate((allowed) => {
      const harm: string[] = []
      Object.assign(globalThis, { harm, hacked: () => harm.push('a script ran') })
      addEventListener('securitypolicyviolation', (event) =>
        harm.push(`${event.violatedDirective} ${event.blockedURI}`),
      )
      const names = new Set(allowed)
      const check = (element: Element): void => {
        if (!element.closest('.markdown')) return
        if (!names.has(element.localName)) harm.push(`element ${element.localName}`)
        for (const { name, value } of element.attributes) {
          if (/^(?:on|style$|srcset|srcdoc|ping|action|formaction|poster|xlink)/.test(name))
            harm.push(`attribute ${name}`)
          if (name === 'href' && !/^(?:https?|mailto|tel):/.test(value)) harm.push(`link ${value}`)
          if (name === 'src') harm.push(`source ${value}`)
        }
      }
      const root = document.querySelector('parley-chat')?.shadowRoot
      if (!root) return
      for (const element of root.querySelectorAll('*')) check(element)
      new MutationObserver((records) => {
        for (const { addedNodes, target } of records) {
          if (target instanceof Element) check(target)
          for (const node of addedNodes)
            if (node instanceof Element) for (const one of [node, ...node.querySelectorAll('*')]) check(one)
        }
      }).observe(root, { childList: true, subtree: true, attributes: true })
    }, allowedElements)
    return async () => [
      ...seen,
      ...(await page.evaluate<string[]>('[...new Set(globalThis.harm)]')),
      ...pages.complaints(),
    ]
  }

  describe('hostile texts', () => {
    it('[MARKDOWN-16] CVE-2026-44568 CVE-2025-32711: whatever an answer holds, no script runs, nothing is asked of anybody, and nothing but text and links appears', async () => {
      const page = await show(['Nothing yet.'])
      const harm = await watchHarm(page)
      const { thread, items } = server.conversations.create('Hostile')
      items.push({
        ...server.conversations.answerItem(thread.id, ''),
        content: hostileTexts.map((text) => ({ type: 'output_text', text, annotations: [] })),
      })
      await page.evaluate((id) => void (location.hash = id), thread.id)
      await expect.poll(() => answers(page).count()).toBe(hostileTexts.length)
      // Formulas and code are drawn by parts that come later.
      await page.locator('math').first().waitFor()
      await page.locator('[class^=code-]:not(.code-head)').first().waitFor()
      await page.mouse.move(300, 300)
      expect((await harm()).filter((what) => !what.startsWith('navigated'))).toEqual([])
    })

    it('[MARKDOWN-16] nor while it arrives, wherever it is cut, and the end is the same as if it had come at once', async () => {
      const page = await show(['Nothing yet.'])
      const harm = await watchHarm(page)
      const text = hostileTexts.filter((_, place) => place % 7 === 0 || place < 60).join('\n\n')
      server.script([...text.matchAll(/[^]{1,7}/g)].map(([delta]) => ({ delta })))
      await ask('Attack', page)
      await page.locator('.chat[data-phase=ready]').waitFor()
      const shown = (on: Page): Promise<string> => answers(on).last().innerHTML()
      await page.locator('math').first().waitFor()
      expect(await harm()).toEqual([])
      const reader = await page.context().newPage()
      await reader.goto(page.url())
      await reader.locator('math').first().waitFor()
      await expect.poll(async () => (await shown(reader)) === (await shown(page))).toBe(true)
    })
  })

  describe('code', () => {
    it('[MARKDOWN-12] gets its colours when it is whole, in the room that it had', async () => {
      const page = await show(['Nothing yet.'])
      server.script([
        { delta: 'Code:\n\n```ts\nconst answer: number = 42 // why\n' },
        { gate: 'whole' },
        { delta: '```\n\nAnd then?' },
        { gate: 'end' },
      ])
      await ask('Code?', page)
      const code = page.locator('.code code')
      await expect.poll(() => code.innerText()).toContain('// why')
      const plain = await page.locator('.code').boundingBox()
      expect(await code.locator('span[class^=code-]').count()).toBe(0)
      server.conversations.openGate('whole')
      await expect.poll(() => code.locator('.code-keyword').innerText()).toBe('const')
      expect(await code.innerText()).toBe('const answer: number = 42 // why')
      expect(await page.locator('.code').boundingBox()).toEqual(plain)
      expect(
        await code.locator('.code-comment').evaluate((element) => getComputedStyle(element).color),
      ).not.toBe(await code.evaluate((element) => getComputedStyle(element).color))
      server.conversations.openGate('end')
      await page.getByRole('button', { name: 'Copy code' }).click()
      await expect.poll(() => page.getByRole('button', { name: 'Copy code' }).innerText()).toBe('Copied')
      expect(pages.complaints()).toEqual([])
    })

    it('[MARKDOWN-12] asks for the rules of the languages that are there, and of no others', async () => {
      const page = await show(['Nothing yet.'])
      const asked: string[] = []
      page.on('request', (request) => asked.push(new URL(request.url()).pathname))
      server.script([{ delta: '```py\nprint(1)\n```\n\n```klingon\nnuqneH\n```\n\n```\nplain\n```\n' }])
      await ask('Code?', page)
      await page.locator('.code-number, .code-type').first().waitFor()
      const languages = asked.filter(
        (path) => path.startsWith('/chunks/python') || path.startsWith('/chunks/type'),
      )
      expect(languages.length).toBe(1)
      expect(await page.locator('.code').nth(1).innerText()).toContain('nuqneH')
    })
  })

  it('[ELEMENT-36] an answer stands as it was written until what draws it is there', async () => {
    const { thread, items } = server.conversations.create('Shown')
    items.push(server.conversations.userItem(thread.id, 'Show me.'))
    items.push(server.conversations.answerItem(thread.id, 'A **bold** word.'))
    let release = (): void => undefined
    const released = new Promise<void>((resolve) => (release = resolve))
    const page = await pages.open(`${server.url}/#${thread.id}`, {}, (context) =>
      context.route('**/chunks/answer-*', async (route) => {
        await released
        await route.continue()
      }),
    )
    await expect.poll(() => page.locator('article.answer .as-written').innerText()).toBe('A **bold** word.')
    release()
    await expect.poll(() => answers(page).locator('strong').innerText()).toBe('bold')
    expect(await page.locator('.as-written, [data-pending]').count()).toBe(0)
    expect(pages.complaints()).toEqual([])

    // It is asked for before there is an answer.
    const empty = await pages.open('about:blank')
    const asked = empty.waitForRequest('**/chunks/answer-*')
    await empty.goto(server.url)
    await asked
  })

  describe('formulas', () => {
    it('[MARKDOWN-11] are set by the browser, under a policy without HTML sinks or inline styles', async () => {
      const page = await show([
        'Let $E = mc^2$ and \\(\\frac{a}{b}\\).\n\n$$\n\\boxed{x} = \\sum_{i=1}^n \\sqrt{i}\n$$\n\nA mistake: $\\frac{a}$, and $5 or $6.',
      ])
      await expect.poll(() => page.locator('math').count()).toBe(3)
      expect(await page.locator('math[display=block]').count()).toBe(1)
      expect(
        await page
          .locator('math')
          .first()
          .evaluate((element) => element.namespaceURI),
      ).toContain('MathML')
      expect((await page.locator('math mfrac').boundingBox())?.height).toBeGreaterThan(15)
      expect(await page.locator('code.formula-source').allInnerTexts()).toEqual(['$\\frac{a}$'])
      expect(await answers(page).innerText()).toContain('and $5 or $6.')
      expect(pages.complaints()).toEqual([])
    })

    it('[MARKDOWN-8] are shown as they were written while they arrive', async () => {
      const page = await show(['$y$'])
      await page.locator('math').waitFor()
      server.script([
        { delta: 'So \\(x_1 * x_2 *' },
        { gate: 'formula' },
        { delta: ' 3\\).' },
        { gate: 'never' },
      ])
      await ask('Formula?', page)
      const answer = answers(page).last()
      await expect.poll(() => answer.innerText()).toBe('So \\(x_1 * x_2 *')
      expect(await answer.locator('em').count()).toBe(0)
      server.conversations.openGate('formula')
      await answer.locator('math').waitFor()
    })
  })

  describe('images', () => {
    it('[MARKDOWN-9] are loaded from where they may be, lazily and without a referrer, and nothing moves', async () => {
      const texts = [
        `![own](${server.url}/favicon.svg)\n\nBehind.`,
        `![data](${picture})`,
        '![allowed](https://cdn.images.example/cat.png)',
        '![foreign](https://evil.example/cat.png)',
        `![broken](${server.url}/missing.png)`,
        `A ![small](${picture}) one.`,
      ]
      // The page's own policy would stop the allowed one, too: it is the element's that is looked at.
      const page = await show(['Nothing yet.'], { options: { bypassCSP: true } })
      const asked: { url: string; referrer: string | undefined }[] = []
      await page.route(/images\.example/, async (route) => {
        asked.push({ url: route.request().url(), referrer: route.request().headers()['referer'] })
        await route.fulfill({
          contentType: 'image/png',
          body: Buffer.from(picture.split(',')[1] ?? '', 'base64'),
        })
      })
      const { thread, items } = server.conversations.create('Images')
      thread.allowed_image_domains = ['images.example']
      items.push({
        ...server.conversations.answerItem(thread.id, ''),
        content: texts.map((text) => ({ type: 'output_text', text, annotations: [] })),
      })
      await page.evaluate((id) => void (location.hash = id), thread.id)
      const image = (name: string) => page.locator(`img[alt=${name}]`)
      await image('own').waitFor()
      for (const name of ['own', 'data', 'allowed', 'small']) {
        await image(name).scrollIntoViewIfNeeded()
        await expect
          .poll(() => image(name).evaluate((element) => Object(element).naturalWidth))
          .toBeGreaterThan(0)
      }
      await page.locator('.text-picture.broken').waitFor({ state: 'attached' })
      expect(asked).toEqual([{ url: 'https://cdn.images.example/cat.png', referrer: undefined }])
      expect(await image('own').getAttribute('loading')).toBe('lazy')
      expect(await image('foreign').count()).toBe(0)
      expect(await answers(page).nth(3).innerText()).toBe('Image: foreign (Image not loaded)')
      expect(await answers(page).nth(4).innerText()).toBe('Image: broken (Image not loaded)')
      // The room is as large for a picture of one point as for any other.
      const rooms = await page
        .locator('.picture-alone > .picture-room:visible')
        .evaluateAll((all) => all.map((one) => one.clientHeight))
      expect(new Set(rooms).size).toBe(1)
      expect(rooms[0]).toBeGreaterThan(100)
      expect((await image('small').boundingBox())?.height).toBeLessThan(40)
      expect(pages.complaints().filter((what) => !what.includes('images.example'))).toEqual([])
    })
  })

  it('[MARKDOWN-14] a deep link is told to the page, by mouse and by keyboard, and leads nowhere', async () => {
    const page = await show([
      'See [order 7](chatkit-link://open.order?id=7&from=chat) or [home](chatkit-link://home).',
    ])
    await page.evaluate(() => {
      const told: unknown[] = []
      Object.assign(globalThis, { told })
      document.addEventListener('chatkit.deeplink', (event) => told.push(Object(event).detail), true)
    })
    await page.getByRole('link', { name: 'order 7' }).click()
    await page.getByRole('link', { name: 'home' }).focus()
    await page.keyboard.press('Enter')
    await expect
      .poll(() => page.evaluate<unknown>('globalThis.told'))
      .toEqual([
        { name: 'open.order', data: { id: '7', from: 'chat' } },
        { name: 'home', data: {} },
      ])
    expect(page.context().pages().length).toBe(1)
  })

  describe('sources', () => {
    const annotation = (index: number, source: Annotation['source']): Annotation => ({
      type: 'annotation',
      source,
      index,
    })
    const entity = {
      type: 'entity',
      id: 'order-7',
      title: 'Order 7',
      icon: 'cube',
      inline_label: 'Order',
      description: 'Sent yesterday',
      interactive: true,
      data: { state: 'sent' },
    } as const
    const text = 'Runs are leased. Files are kept. Orders are sent.'
    const cited = [
      annotation(16, {
        type: 'url',
        title: 'Design',
        url: 'https://www.example.org/design',
        group: 'Docs',
        timestamp: '2026-03-04T12:00:00Z',
      }),
      annotation(16, { type: 'file', title: 'Engine', filename: 'engine.pdf', group: 'Docs' }),
      annotation(32, {
        type: 'url',
        title: 'Files',
        url: 'https://example.org/files',
        attribution: 'The Keeper',
      }),
      annotation(49, entity),
    ]

    it('[MARKDOWN-17] of one place share a marker, and the list groups them with where and when they are from', async () => {
      const page = await show([text], { annotations: cited })
      await expect.poll(() => page.locator('.markers').allInnerTexts()).toEqual(['12', '3', 'Order'])
      expect(await page.locator('.markers').first().locator('.marker').allInnerTexts()).toEqual(['1', '2'])
      await page.locator('details.sources summary').click()
      expect(await page.locator('.sources section').allInnerTexts()).toEqual(
        [
          'Docs\nDesign\nexample.org · Mar 4, 2026\nEngine\nengine.pdf',
          'Files\nThe Keeper\nOrder 7\nSent yesterday',
        ].map((lines) => expect.stringContaining(lines.split('\n')[0] ?? '')),
      )
      const all = await page.locator('.sources').innerText()
      for (const part of ['example.org · Mar 4, 2026', 'engine.pdf', 'The Keeper', 'Sent yesterday'])
        expect(all).toContain(part)
      expect(await page.locator('.sources a').count()).toBe(2)
      expect(pages.complaints()).toEqual([])
    })

    it('[MARKDOWN-18] an entity is previewed where it is cited or mentioned, by mouse and by keyboard', async () => {
      const tag = { type: 'input_tag', id: 'cat', text: 'The cat', data: {}, interactive: true } as const
      const page = await show([text], {
        annotations: cited,
        question: [{ type: 'input_text', text: 'About ' }, tag],
      })
      await setOptions(page, (element) => {
        const clicked: string[] = []
        Object.assign(globalThis, { clicked })
        Reflect.get(element, 'setOptions').call(element, {
          entities: {
            onClick: ({ id }: { id: string }) => clicked.push(id),
            onRequestPreview: async ({ title }: { title: string }) => ({
              preview: { type: 'Basic', children: [{ type: 'Text', value: `All about ${title}` }] },
            }),
          },
        })
      })
      const card = page.locator('.preview')
      const mark = page.getByRole('button', { name: 'Source 4: Order 7' })
      await mark.hover()
      await expect.poll(() => card.innerText()).toContain('All about Order 7')
      await page.keyboard.press('Escape')
      await card.waitFor({ state: 'hidden' })
      await mark.click()
      await expect.poll(() => page.evaluate('globalThis.clicked')).toEqual(['order-7'])
      const mention = page.getByRole('button', { name: 'The cat' })
      await mention.focus()
      await expect.poll(() => card.innerText()).toContain('All about The cat')
      await page.keyboard.press('Enter')
      await expect.poll(() => page.evaluate('globalThis.clicked')).toEqual(['order-7', 'cat'])
      await page.getByRole('textbox', { name: 'Message' }).focus()
      await card.waitFor({ state: 'detached' })
      expect(pages.complaints()).toEqual([])
    })
  })

  it.each([
    ['light', 1000],
    ['dark', 320],
  ] as const)(
    '[MARKDOWN-13] axe finds nothing to complain about, and nothing overflows (%s, %i)',
    async (colorScheme, width) => {
      const wide = 'a_{1} + b_{2} + c_{3} + d_{4} + e_{5} + f_{6} + g_{7} + h_{8} + i_{9} + j_{10}'
      const page = await show(
        [
          '# Title\n\nText with $x$ and `code`.',
          `$$\n${wide}\n$$\n\nAnd $${wide}$ within.`,
          '```diff\n+ added\n- removed\n```\n\n```ts\nconst answer = "a very long text that does not fit on a narrow screen" // note\n```',
          `![A cat](${picture})\n\n![elsewhere](https://evil.example/cat.png)`,
          '| one | two | three | four | five |\n|---|---|---|---|---|\n| 1 | 2 | 3 | 4 | 5 |',
          '[deep](chatkit-link://x) and <https://example.org/a-very-long-address/that-goes-on-and-on/and-on>',
        ],
        { options: { colorScheme, viewport: { width, height: 800 }, bypassCSP: true } },
      )
      await page.locator('.code-keyword').first().waitFor()
      await page.locator('math').first().waitFor()
      await page.locator('.not-loaded-why:visible').waitFor()
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
      const overflowing = await answers(page).evaluateAll((all) =>
        all.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent),
      )
      expect(overflowing).toEqual([])
      await page.evaluate(
        await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'),
      )
      const violations = await page.evaluate(
        'axe.run(document).then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" | ")))',
      )
      expect(violations).toEqual([])
    },
  )
})
