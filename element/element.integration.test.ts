/// <reference types="node" />
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { findChromium, launchChromium } from './testing/browser.ts'
import { builtElement } from './testing/built-element.ts'
import { startScriptedServer } from './testing/scripted-server.ts'
import type { ScriptedServer } from './testing/scripted-server.ts'

const executable = findChromium(process.env)
const required = process.env['PARLEY_TEST_REQUIRE'] === 'all'
if (!executable && !required) {
  // oxlint-disable-next-line no-console -- a skipped suite says why
  console.warn('skipped: no Chromium on the path, and PARLEY_CHROMIUM does not name one')
}

const words = Array.from({ length: 60 }, (_, number) => `word${number} `)

describe.skipIf(!executable && !required)('<parley-chat> in Chromium', () => {
  let browser: Browser
  let files: Map<string, string>
  let server: ScriptedServer
  let context: BrowserContext
  let page: Page
  let complaints: string[]

  beforeAll(async () => {
    if (!executable) throw new Error('No Chromium: set PARLEY_CHROMIUM or put it on the path')
    files = await builtElement()
    browser = await launchChromium(executable)
  })
  afterAll(() => browser?.close())

  beforeEach(async () => {
    server = await startScriptedServer(files)
    complaints = []
    await openContext({})
  })
  afterEach(async () => {
    await context.close()
    await server.close()
  })

  async function openContext(options: BrowserContextOptions): Promise<void> {
    await context?.close()
    context = await browser.newContext({ reducedMotion: 'reduce', ...options })
    page = await newPage()
  }

  async function newPage(hash = ''): Promise<Page> {
    const opened = await context.newPage()
    opened.on('pageerror', (error) => complaints.push(String(error)))
    opened.on('console', (entry) => {
      // What was refused on purpose is also noted by the browser.
      if (entry.type() === 'error' && !entry.text().includes('Failed to load')) complaints.push(entry.text())
    })
    await opened.goto(`${server.url}/${hash}`)
    // The script that a page names loads the element.
    await opened.evaluate(() => customElements.whenDefined('parley-chat').then(() => undefined))
    return opened
  }

  async function ask(text: string, on: Page = page): Promise<void> {
    await on.getByRole('textbox', { name: 'Message' }).fill(text)
    await on.keyboard.press('Enter')
  }

  const answers = (on: Page = page) => on.locator('article.answer .markdown')
  const answerText = async (on: Page = page): Promise<string> => (await answers(on).last().innerText()).trim()
  const button = (name: string | RegExp, on: Page = page) => on.getByRole('button', { name })
  const whole = words.join('').trim()

  describe('the main path', () => {
    it('[ELEMENT-1] asks, shows the question at once and streams the answer', async () => {
      server.script([{ delta: 'The **be' }, { gate: 'rest' }, { delta: 'ginning** and the end.' }])
      await ask('What is Parley?')
      await expect.poll(() => page.locator('article.question').innerText()).toContain('What is Parley?')
      await expect.poll(() => answerText()).toBe('The be')
      server.conversations.openGate('rest')
      await expect.poll(() => answerText()).toBe('The beginning and the end.')
      expect(await answers().last().locator('strong').innerText()).toBe('beginning')
      expect(page.url()).toMatch(/#thr_/)
      expect(complaints).toEqual([])
    })

    it('[ELEMENT-1] Shift and Enter make a new line, and Enter during composition confirms the candidate', async () => {
      const input = page.getByRole('textbox', { name: 'Message' })
      await input.pressSequentially('one')
      await page.keyboard.press('Shift+Enter')
      await input.pressSequentially('two')
      await input.evaluate((element) =>
        element.dispatchEvent(
          new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true }),
        ),
      )
      expect(await input.inputValue()).toBe('one\ntwo')
      expect(server.requests).toEqual([])
    })

    it('[ELEMENT-2] a reload in the middle of an answer goes on to its end, nothing missing and nothing doubled', async () => {
      server.script([
        ...words.slice(0, 30).map((delta) => ({ delta })),
        { gate: 'rest' },
        ...words.slice(30).map((delta) => ({ delta })),
      ])
      await ask('Tell me more.')
      await expect.poll(() => answerText()).toContain('word29')
      await page.reload()
      await expect.poll(() => answerText()).toContain('word29')
      server.conversations.openGate('rest')
      await expect.poll(() => answerText()).toBe(whole)
      expect(await answers().count()).toBe(1)
      expect(await page.locator('article.question').count()).toBe(1)
    })

    it('[ELEMENT-22] a hash that the page uses for something else is left alone', async () => {
      const other = await newPage('#section')
      await ask('Hello?', other)
      await expect.poll(() => answerText(other)).toBe('Hello.')
      expect(new URL(other.url()).hash).toBe('#section')
    })

    it('[ELEMENT-3] a connection that is cut again and again is resumed behind the last event', async () => {
      server.script(
        words.flatMap((delta, place) => (place % 10 === 5 ? [{ delta }, { cut: true }] : [{ delta }])),
      )
      await ask('Tell me more.')
      await expect.poll(() => answerText()).toBe(whole)
      expect(server.requests.filter(({ type }) => type === 'parley.resume').length).toBeGreaterThan(0)
    })

    it('[ELEMENT-3] while the server cannot be reached it says so, and goes on when it is back', async () => {
      server.script([{ delta: 'Before. ' }, { gate: 'rest' }, { delta: 'After.' }])
      await ask('Tell me more.')
      await expect.poll(() => answerText()).toBe('Before.')
      server.reachable(false)
      await page.locator('p.activity', { hasText: 'Reconnecting…' }).waitFor()
      server.conversations.openGate('rest')
      server.reachable(true)
      await expect.poll(() => answerText()).toBe('Before. After.')
    })

    it('[ELEMENT-4] a message whose request is lost is sent again under the same key', async () => {
      server.refuseNext('threads.create', 503, 'Restarting')
      await ask('Hello?')
      await expect.poll(() => answerText()).toBe('Hello.')
      const sent = server.requests.filter(({ type }) => type === 'threads.create')
      expect(sent.length).toBe(2)
      expect(sent[0]?.key).toMatch(/^[\da-f]{32}$/)
      expect(sent[1]?.key).toBe(sent[0]?.key)
      expect(server.conversations.all.size).toBe(1)
    })

    it('[ELEMENT-5] stop keeps the partial text, and says that it was stopped', async () => {
      server.script([{ delta: 'The beginning' }, { gate: 'never' }])
      await ask('Tell me more.')
      await expect.poll(() => answerText()).toBe('The beginning')
      await button('Stop').click()
      await page.locator('.outcome', { hasText: 'Stopped.' }).waitFor()
      expect(await answerText()).toBe('The beginning')
      await page.reload()
      await page.locator('.outcome', { hasText: 'Stopped.' }).waitFor()
      expect(await answerText()).toBe('The beginning')
    })

    it('[ELEMENT-6] a second tab follows a run that begins in the first', async () => {
      await ask('First')
      await expect.poll(() => answerText()).toBe('Hello.')
      const second = await newPage(new URL(page.url()).hash)
      await expect.poll(() => answerText(second)).toBe('Hello.')
      server.script([{ delta: 'Second ' }, { gate: 'rest' }, { delta: 'answer.' }])
      await ask('Second')
      await expect.poll(() => answerText(second)).toBe('Second')
      server.conversations.openGate('rest')
      await expect.poll(() => answerText(second)).toBe('Second answer.')
      expect(await second.locator('article.question').count()).toBe(2)
    })
  })

  describe('what goes wrong', () => {
    it('[ELEMENT-6] a question that meets a run begun elsewhere is kept, and that run is followed', async () => {
      await ask('First')
      await expect.poll(() => answerText()).toBe('Hello.')
      const [conversation] = server.conversations.all.values()
      if (!conversation) throw new Error('No conversation')
      server.script([{ delta: 'From ' }, { gate: 'rest' }, { delta: 'elsewhere.' }])
      const input = {
        content: [{ type: 'input_text' as const, text: 'Elsewhere' }],
        attachments: [],
        inference_options: {},
      }
      server.conversations.begin(conversation, undefined, input)
      await ask('Second')
      await page.getByRole('alert').filter({ hasText: 'still being given' }).waitFor()
      await expect.poll(() => answerText()).toBe('From')
      server.conversations.openGate('rest')
      await expect.poll(() => answerText()).toBe('From elsewhere.')
      expect(await page.getByRole('textbox', { name: 'Message' }).inputValue()).toBe('Second')
    })

    it('[ELEMENT-7] an answer that failed keeps what arrived, says why, and can be given again', async () => {
      server.script([{ delta: 'The beginning' }, { fail: 'The model did not answer in time.' }])
      await ask('Why?')
      await page.getByRole('alert').filter({ hasText: 'The model did not answer in time.' }).waitFor()
      expect(await answerText()).toBe('The beginning')
      server.script([{ delta: 'All of it.' }])
      await button('Try again').click()
      await expect.poll(() => answerText()).toBe('All of it.')
      expect(await answers().count()).toBe(1)
    })

    it('[ELEMENT-7] an answer that failed before its first word says why, also after a reload', async () => {
      server.script([{ fail: 'The key was refused.' }])
      await ask('Why?')
      await page.getByRole('alert').filter({ hasText: 'The key was refused.' }).waitFor()
      await page.reload()
      await page.getByRole('alert').filter({ hasText: 'The key was refused.' }).waitFor()
      await button('Try again').waitFor()
      expect(await page.locator('article.question').count()).toBe(1)
    })

    it('[ELEMENT-7] an answer whose process died is marked interrupted and can be given again', async () => {
      server.script([{ delta: 'The beginning' }, { gate: 'kill' }, { die: true }])
      await ask('Why?')
      await expect.poll(() => answerText()).toBe('The beginning')
      server.conversations.openGate('kill')
      await page.getByRole('alert').filter({ hasText: 'interrupted' }).waitFor()
      server.script([{ delta: 'All of it.' }])
      await button('Try again').click()
      await expect.poll(() => answerText()).toBe('All of it.')
    })

    it('[ELEMENT-8] a message that is refused goes back into the composer, with the reason', async () => {
      server.refuseNext('threads.create', 429, 'Too many questions. Wait 20 seconds.')
      await ask('Now?')
      await page.getByRole('alert').filter({ hasText: 'Wait 20 seconds' }).waitFor()
      expect(await page.getByRole('textbox', { name: 'Message' }).inputValue()).toBe('Now?')
      await page.keyboard.press('Enter')
      await expect.poll(() => answerText()).toBe('Hello.')
    })

    it('[ELEMENT-8] a conversation that does not exist says so, and a new one can be begun', async () => {
      await page.goto(`${server.url}/#thr_unknown`)
      await page.reload()
      await page.getByRole('alert').filter({ hasText: 'Thread not found' }).waitFor()
      await button('New chat').last().click()
      await page.getByRole('heading', { name: 'What can I help with today?' }).waitFor()
    })
  })

  describe('history', () => {
    it('[ELEMENT-9] lists, loads more, opens, renames and deletes with a question first', async () => {
      for (let number = 1; number <= 25; number += 1) {
        const { thread, items } = server.conversations.create(`Chat ${number}`)
        items.push(server.conversations.userItem(thread.id, `Question ${number}`))
      }
      await button('History').click()
      const panel = page.getByRole('dialog', { name: 'History' })
      await panel.getByRole('button', { name: /^Chat 25/ }).waitFor()
      await panel.getByRole('button', { name: 'Load more' }).click()
      await panel.getByRole('button', { name: /^Chat 1 / }).waitFor()

      await panel.getByRole('button', { name: 'Rename “Chat 24”' }).click()
      const input = panel.getByRole('textbox')
      await expect.poll(() => input.evaluate((field) => field.matches(':focus'))).toBe(true)
      await page.keyboard.type('Renamed')
      await page.keyboard.press('Enter')
      await panel.getByRole('button', { name: /^Renamed/ }).waitFor()

      await panel.getByRole('button', { name: 'Delete “Chat 25”' }).click()
      const question = page.getByRole('alertdialog')
      await question.getByRole('button', { name: 'Cancel' }).click()
      expect(server.conversations.all.size).toBe(25)
      await panel.getByRole('button', { name: 'Delete “Chat 25”' }).click()
      await question.getByRole('button', { name: 'Delete' }).click()
      await expect.poll(() => server.conversations.all.size).toBe(24)

      await panel.getByRole('button', { name: /^Renamed/ }).click()
      await expect.poll(() => page.locator('article.question').innerText()).toContain('Question 24')
      expect(await panel.isVisible()).toBe(false)
    })

    it('[ELEMENT-9] a long conversation opens at its end, and earlier pages come without moving what is read', async () => {
      const { thread, items } = server.conversations.create('Long')
      for (let number = 1; number <= 85; number += 1) {
        items.push(
          server.conversations.answerItem(thread.id, `Answer number ${number}.\n\nWith a second paragraph.`),
        )
      }
      await page.goto(`${server.url}/#${thread.id}`)
      await page.reload()
      await expect.poll(() => answers().count()).toBe(20)
      const scroller = page.getByRole('region', { name: 'Conversation' })
      const fromEnd = (): Promise<number> =>
        scroller.evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight)
      await expect.poll(fromEnd).toBeLessThan(2)
      const before = await scroller.evaluate((element) => {
        element.scrollTo(0, 0)
        return element.scrollHeight - element.scrollTop - element.clientHeight
      })
      await button('Jump to latest').waitFor()
      await expect.poll(() => answers().count()).toBe(70)
      expect(Math.abs((await fromEnd()) - before)).toBeLessThan(4)
      await button('Load earlier messages').press('Enter')
      await expect.poll(() => answers().count()).toBe(85)
      expect(await answers().first().innerText()).toContain('Answer number 1.')
      await button('Jump to latest').click()
      await expect.poll(fromEnd).toBeLessThan(2)
    })

    it('[ELEMENT-29] with autoScroll off a growing answer is not followed, and there is a way to its end', async () => {
      await page
        .locator('parley-chat')
        .evaluate((chat) =>
          Reflect.apply(Reflect.get(chat, 'setOptions'), chat, [{ thread: { autoScroll: false } }]),
        )
      server.script(Array.from({ length: 40 }, (_, number) => ({ delta: `Paragraph ${number}.\n\n` })))
      await ask('A long answer, please')
      await expect.poll(() => answers().last().innerText()).toContain('Paragraph 39')
      const scroller = page.getByRole('region', { name: 'Conversation' })
      expect(await scroller.evaluate((element) => element.scrollTop)).toBe(0)
      await button('Jump to latest').click()
      await expect
        .poll(() =>
          scroller.evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight),
        )
        .toBeLessThan(2)
    })

    it('[ELEMENT-9] an answer that is longer than the window opens at its end, and stays there while its parts come', async () => {
      const { thread, items } = server.conversations.create('One long answer')
      const code = '```ts\n' + 'const line = 1\n'.repeat(30) + '```\n\n'
      const rows = '| a | b |\n|---|---|\n' + '| $x^2$ | `y` |\n'.repeat(20) + '\n'
      items.push(
        server.conversations.userItem(thread.id, 'Everything'),
        server.conversations.answerItem(thread.id, `# Long\n\n${code}${rows}`.repeat(6)),
      )
      await page.goto(`${server.url}/#${thread.id}`)
      await page.reload()
      await page.locator('.answer').waitFor()
      const scroller = page.getByRole('region', { name: 'Conversation' })
      await expect.poll(() => scroller.locator('.hljs-keyword, .code span').count()).toBeGreaterThan(10)
      await expect
        .poll(() =>
          scroller.evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight),
        )
        .toBeLessThan(2)
      expect(await button('Jump to latest').count()).toBe(0)
    })
  })

  describe('what an answer may contain', () => {
    it('[ELEMENT-10] sources are numbered in the text and listed under it, the same source once', async () => {
      const design = { title: 'Design', url: 'https://example.org/design' }
      server.script([
        { delta: 'Runs belong to the database.' },
        { source: design },
        { delta: ' They are leased.' },
        { source: { title: 'Engine', url: 'https://example.org/engine' } },
        { delta: ' And settled.' },
        { source: design },
      ])
      await ask('Sources?')
      await page.locator('details.sources summary', { hasText: '2 sources' }).click()
      await expect.poll(() => page.locator('a.marker').allInnerTexts()).toEqual(['1', '2', '1'])
      const link = page.locator('details.sources a', { hasText: 'Design' })
      expect(await link.getAttribute('rel')).toBe('noopener noreferrer')
      expect(await link.getAttribute('target')).toBe('_blank')
    })

    it('[ELEMENT-11] a client tool is answered by the page, and its error goes back, too', async () => {
      await page.evaluate(() => {
        const element = document.querySelector('parley-chat')
        const onClientTool = ({ params }: { params: { city: string } }): unknown => {
          if (params.city === 'Atlantis') throw new Error('No such city')
          return { temperature: 21 }
        }
        // The element is not typed in the document; only its public method is used.
        Reflect.get(Object(element), 'setOptions').call(element, { onClientTool })
      })
      const outputs = (): unknown[] =>
        [...server.conversations.all.values()]
          .flatMap(({ items }) => items)
          .flatMap((item) =>
            item.type === 'client_tool_call' && item.status === 'completed' ? [item.output] : [],
          )
      const call = (city: string, gate: string): void =>
        server.script([{ tool: { name: 'weather', arguments: { city } } }, { gate }])

      call('Paris', 'first')
      await ask('How warm is it in Paris?')
      await expect.poll(() => server.requests.length).toBe(1)
      server.script([{ delta: 'It is warm.' }])
      server.conversations.openGate('first')
      await expect.poll(() => answerText()).toBe('It is warm.')
      expect(outputs()).toEqual([{ temperature: 21 }])

      call('Atlantis', 'second')
      await ask('And in Atlantis?')
      await expect.poll(() => server.requests.length).toBe(3)
      server.script([{ delta: 'Nobody knows.' }])
      server.conversations.openGate('second')
      await expect.poll(() => answerText()).toBe('Nobody knows.')
      expect(outputs()).toEqual([{ temperature: 21 }, { error: 'No such city' }])
    })

    it('[ELEMENT-12] hostile Markdown stays text under a strict policy, and nothing is asked of another origin', async () => {
      const foreign: string[] = []
      page.on('request', (request) => {
        if (new URL(request.url()).origin !== server.url) foreign.push(request.url())
      })
      server.script([
        {
          delta:
            '<img src=https://evil.example/x.png onerror=alert(1)>\n\n![pixel](https://evil.example/p.png)\n\n[go](javascript:alert(1)) <script>alert(1)</script>\n\n<iframe src="https://evil.example"></iframe>',
        },
      ])
      await ask('Attack me')
      await expect.poll(() => answerText()).toContain('<script>alert(1)</script>')
      expect(
        await page.locator('parley-chat img:not([slot] img), parley-chat iframe, article script').count(),
      ).toBe(0)
      expect(foreign).toEqual([])
      expect(complaints).toEqual([])
    })
  })

  describe('for everybody', () => {
    async function violations(on: Page): Promise<string[]> {
      const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
      await on.evaluate(axe)
      const found: unknown = await on.evaluate(
        'axe.run(document).then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" | ")))',
      )
      return found as string[]
    }

    const rich =
      '# Title\n\nText with `code` and [a link](https://example.org).\n\n## Part\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```ts\nconst a = 1\n```\n\n- [x] done\n- [ ] open\n\n> quoted'

    it.each(['light', 'dark'] as const)(
      '[ELEMENT-13] axe finds nothing to complain about (%s)',
      async (colorScheme) => {
        await openContext({ colorScheme, bypassCSP: true })
        expect(await violations(page)).toEqual([])
        server.script([
          { delta: rich },
          { source: { title: 'Design', url: 'https://example.org' } },
          { fail: 'It broke.' },
        ])
        await ask('A rich answer')
        await page.getByRole('alert').waitFor()
        await page.locator('details.sources summary').click()
        expect(await violations(page)).toEqual([])
        await button('History').click()
        await page.getByRole('button', { name: /^Delete/ }).click()
        await page.getByRole('alertdialog').waitFor()
        expect(await violations(page)).toEqual([])
      },
    )

    it('[ELEMENT-14] finished sentences are announced, once each, and single tokens are not', async () => {
      const log = page.getByRole('log')
      await log.evaluate((element) => {
        const told: string[] = []
        Object.assign(globalThis, { told })
        new MutationObserver((records) => {
          for (const record of records)
            for (const node of record.addedNodes) told.push(node.textContent ?? '')
        }).observe(element, { childList: true })
      })
      const text = 'The first sentence is **here**. The second one follows. And a third without an end'
      server.script(text.split(/(?<= )/).map((delta) => ({ delta })))
      await ask('Speak')
      await expect.poll(() => answerText()).toContain('without an end')
      const told = await page.evaluate('told.join("|")')
      expect(String(told).replaceAll('|', ' ').replace(/\s+/g, ' ')).toBe(
        text.replaceAll('**', ' ').replace(/\s+/g, ' '),
      )
      expect(String(told).split('|').length).toBeLessThanOrEqual(3)
    })

    it('[ELEMENT-15] the keyboard reaches everything: the panel keeps it and gives it back, Escape closes', async () => {
      await button('History').focus()
      await page.keyboard.press('Enter')
      const panel = page.getByRole('dialog', { name: 'History' })
      await panel.waitFor()
      await page.keyboard.press('Escape')
      await panel.waitFor({ state: 'hidden' })
      const focused = (): Promise<string | null | undefined> =>
        page
          .locator('parley-chat')
          .evaluate((element) => element.shadowRoot?.activeElement?.getAttribute('aria-label'))
      await expect.poll(focused).toBe('History')
    })

    it.each(['ltr', 'rtl'])('[ELEMENT-16] nothing overflows at 320 pixels (%s)', async (direction) => {
      await openContext({ viewport: { width: 320, height: 640 } })
      await page.evaluate((dir) => (document.documentElement.dir = dir), direction)
      server.script([{ delta: `${rich}\n\n${'unbreakable'.repeat(20)}` }])
      await ask('A rich answer with averyveryverylongwordthatdoesnotfitintoanarrowcolumn')
      await expect.poll(() => answerText()).toContain('unbreakable')
      const overflow = await page
        .getByRole('region', { name: 'Conversation' })
        .evaluate((element) => element.scrollWidth - element.clientWidth)
      expect(overflow).toBe(0)
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320)
    })
  })
})
