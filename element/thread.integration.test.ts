/// <reference types="node" />
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ChatOptions } from './options.ts'
import { findChromium, launchChromium } from './testing/browser.ts'
import { builtElement } from './testing/built-element.ts'
import type { Conversation, NewItem } from './testing/conversations.ts'
import { startScriptedServer } from './testing/scripted-server.ts'
import type { ScriptedServer } from './testing/scripted-server.ts'

const executable = findChromium(process.env)
const required = process.env['PARLEY_TEST_REQUIRE'] === 'all'
if (!executable && !required) {
  // oxlint-disable-next-line no-console -- a skipped suite says why
  console.warn('skipped: no Chromium on the path, and PARLEY_CHROMIUM does not name one')
}

const onePixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

const questions: Extract<NewItem, { type: 'structured_input' }> = {
  type: 'structured_input',
  status: 'pending',
  inputs: [
    {
      type: 'multiple_choice',
      id: 'tea',
      question: 'Which tea?',
      options: [{ value: 'Green' }, { value: 'Black' }],
      multiple: false,
    },
    {
      type: 'multiple_choice',
      id: 'with',
      question: 'What goes with it?',
      options: [{ value: 'Milk' }, { value: 'Lemon' }],
      multiple: true,
    },
    { type: 'freeform', id: 'more', question: 'Anything else?', description: 'Allergies, wishes.' },
  ],
}

const workflow: Extract<NewItem, { type: 'workflow' }>['workflow'] = {
  type: 'reasoning',
  expanded: false,
  summary: { duration: 12 },
  tasks: [
    { type: 'thought', status_indicator: 'complete', title: 'Reading', content: 'They want **tea**.' },
    {
      type: 'web_search',
      status_indicator: 'complete',
      title: 'Searched',
      queries: ['green tea'],
      sources: [
        { type: 'url', title: 'All about tea', url: 'https://example.org/tea' },
        { type: 'url', title: 'Not a page', url: 'javascript:alert(1)' },
      ],
    },
    {
      type: 'file',
      status_indicator: 'complete',
      title: 'Read the menu',
      sources: [{ type: 'file', title: '', filename: 'menu.pdf' }],
    },
    { type: 'custom', status_indicator: 'complete', icon: 'compass', title: 'Compared' },
    { type: 'image', status_indicator: 'complete', title: 'Drew a cup' },
  ],
}

describe.skipIf(!executable && !required)('the items of a thread in Chromium', () => {
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
    server = await startScriptedServer(files)
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  beforeEach(() => {
    server.requests.length = 0
    server.script([{ delta: 'Hello.' }])
  })
  afterEach(() => context?.close())

  /** Opens the conversation, or a new one, in a page of its own with these options. */
  async function open(
    conversation: Conversation | null,
    options: ChatOptions = {},
    browserOptions: BrowserContextOptions = {},
  ): Promise<void> {
    complaints = []
    context = await browser.newContext({ reducedMotion: 'reduce', ...browserOptions })
    page = await context.newPage()
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('console', (entry) => {
      // What was refused on purpose is also noted by the browser.
      if (entry.type() === 'error' && !entry.text().includes('Failed to load')) complaints.push(entry.text())
    })
    page.on('request', (request) => {
      const { origin, protocol } = new URL(request.url())
      if (origin !== server.url && protocol !== 'data:') complaints.push(`asked ${request.url()}`)
    })
    await page.goto(`${server.url}/${conversation ? `#${conversation.thread.id}` : ''}`)
    await page.evaluate(() => customElements.whenDefined('parley-chat'))
    await setOptions(options)
    const end = conversation ? '.turn' : 'section.start'
    await page.locator(end).first().waitFor({ state: 'attached' })
  }

  const setOptions = (options: ChatOptions): Promise<void> =>
    page.evaluate((own) => {
      // The element is not typed in the document; only its public method is used.
      const element: unknown = document.querySelector('parley-chat')
      Reflect.get(Object(element), 'setOptions').call(element, own)
    }, options)

  /** A conversation of so many turns: one question and one answer each. */
  function talk(turns: number): Conversation {
    const conversation = server.conversations.create('Tea')
    const { thread, items } = conversation
    for (let number = 1; number <= turns; number += 1) {
      items.push(server.conversations.userItem(thread.id, `Question ${number}`))
      items.push(server.conversations.answerItem(thread.id, `Answer ${number}.\n\nWith a second paragraph.`))
    }
    return conversation
  }

  const button = (name: string | RegExp): Locator => page.getByRole('button', { name })
  const turn = (number: number): Locator => page.locator('.turn').nth(number - 1)
  const said = (text: string): Locator => page.locator('.answer').getByText(text)
  const composer = (): Locator => page.getByRole('textbox', { name: 'Message' })
  const sent = (type: string): unknown[] =>
    server.requests.flatMap((request) => (request.type === type ? [request.params] : []))
  const focused = (): Promise<string | null | undefined> =>
    page.evaluate(() => document.querySelector('parley-chat')?.shadowRoot?.activeElement?.textContent)

  describe('questions to the person', () => {
    it('[THREAD-4] take the composer’s place and its focus, one by one, and are answered by keyboard', async () => {
      server.script([{ item: questions }])
      await open(null)
      await composer().fill('Tea, please')
      await page.keyboard.press('Enter')
      await page.getByRole('group', { name: 'Which tea?' }).waitFor()
      expect(await composer().count()).toBe(0)
      expect(await page.getByText('Question 1 of 3').count()).toBe(1)

      await expect
        .poll(() => page.getByRole('radio', { name: 'Green' }).evaluate((input) => input.matches(':focus')))
        .toBe(true)
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Enter')
      const second = page.getByRole('group', { name: 'What goes with it?' })
      await second.getByRole('checkbox', { name: 'Lemon' }).press('Space')
      await second.getByRole('checkbox', { name: 'Something else' }).press('Space')
      const own = second.getByRole('textbox', { name: 'Your answer' })
      await expect.poll(() => own.evaluate((input) => input.matches(':focus'))).toBe(true)
      await page.keyboard.type('Honey')
      await button('Next').click()
      await page.getByRole('textbox', { name: /Anything else/ }).waitFor()
      await button('Back').click()
      expect(await own.inputValue()).toBe('Honey')
      await button('Next').click()

      server.script([{ delta: 'It is on its way.' }])
      await button('Skip').click()
      await said('It is on its way.').waitFor()
      expect(sent('threads.add_structured_input')).toEqual([
        expect.objectContaining({
          input: {
            status: 'answered',
            answers: {
              tea: { values: ['Black'], skipped: false },
              with: { values: ['Lemon', 'Honey'], skipped: false },
              more: { values: [], skipped: true },
            },
          },
        }),
      ])
      expect(await page.locator('.answered dd').allInnerTexts()).toEqual(['Black', 'Lemon, Honey', 'Skipped'])
      await composer().waitFor()
      expect(complaints).toEqual([])
    })

    it('[THREAD-5] wait over a reload, and what the server refuses is asked again with what was entered', async () => {
      const conversation = talk(1)
      const [first] = questions.inputs
      if (!first) throw new Error('No question')
      server.conversations.add(conversation, { ...questions, inputs: [first] })
      await open(conversation)
      server.refuseNext('threads.add_structured_input', 429, 'Wait a moment.')
      await page.getByRole('radio', { name: 'Black' }).check()
      await button('Submit').dblclick()
      await page.getByRole('alert').filter({ hasText: 'Wait a moment.' }).waitFor()
      expect(await page.getByRole('radio', { name: 'Black' }).isChecked()).toBe(true)
      await button('Submit').click()
      await page.locator('.answered dd', { hasText: 'Black' }).waitFor()
      expect(sent('threads.add_structured_input').length).toBe(2)
      await page.reload()
      await page.locator('.answered dd', { hasText: 'Black' }).waitFor()
      expect(await page.getByRole('radio').count()).toBe(0)
    })
  })

  describe('turns', () => {
    it('[THREAD-6] a turn is judged as a whole: one choice, that can be changed, and is taken back when it fails', async () => {
      const conversation = talk(2)
      server.conversations.add(conversation, { type: 'end_of_turn' })
      await open(conversation, { threadItemActions: { feedback: true } })
      const good = turn(2).getByRole('button', { name: 'Good answer' })
      const bad = turn(2).getByRole('button', { name: 'Bad answer' })
      await good.click()
      await expect.poll(() => good.getAttribute('aria-pressed')).toBe('true')
      await bad.click()
      await expect.poll(() => bad.getAttribute('aria-pressed')).toBe('true')
      expect(await good.getAttribute('aria-pressed')).toBe('false')
      await expect.poll(() => sent('items.feedback').length).toBe(2)
      const ids = [conversation.items[3]?.id]
      expect(sent('items.feedback')).toEqual([
        { thread_id: conversation.thread.id, item_ids: ids, kind: 'positive' },
        { thread_id: conversation.thread.id, item_ids: ids, kind: 'negative' },
      ])
      server.refuseNext('items.feedback', 403, 'Not here.')
      await good.click()
      await page.getByRole('alert').filter({ hasText: 'Not here.' }).waitFor()
      expect(await bad.getAttribute('aria-pressed')).toBe('true')
      expect(await turn(1).locator('[aria-pressed=true]').count()).toBe(0)
    })

    it('[THREAD-7] any turn can be asked again: what came after its question goes at once', async () => {
      const conversation = talk(3)
      await open(conversation, { threadItemActions: { retry: true } })
      server.script([{ gate: 'again' }, { delta: 'Another answer.' }])
      await turn(2).getByRole('button', { name: 'Answer again' }).click()
      await expect.poll(() => page.locator('article.question').count()).toBe(2)
      expect(await page.locator('article.answer').count()).toBe(1)
      expect(await turn(1).getByRole('button', { name: 'Answer again' }).count()).toBe(0)
      server.conversations.openGate('again')
      await said('Another answer.').waitFor()
      expect(sent('threads.retry_after_item')).toEqual([
        { thread_id: conversation.thread.id, item_id: conversation.items[2]?.id },
      ])
    })

    it('[THREAD-8] answers and one’s own messages can be copied, and the last message can be sent anew', async () => {
      const conversation = talk(2)
      server.conversations.add(conversation, {
        type: 'widget',
        widget: { type: 'Card', children: [] },
        copy_text: 'The card as text',
      })
      await open(conversation, {}, { permissions: ['clipboard-read', 'clipboard-write'] })
      const clipboard = (): Promise<string> => page.evaluate(() => navigator.clipboard.readText())
      await turn(2).getByRole('button', { name: 'Copy answer' }).click()
      await expect.poll(clipboard).toBe('Answer 2.\n\nWith a second paragraph.\n\nThe card as text')
      await turn(1).getByRole('button', { name: 'Copy message' }).click()
      await expect.poll(clipboard).toBe('Question 1')
      expect(await turn(1).getByRole('button', { name: 'Edit message' }).count()).toBe(0)
      await turn(2).getByRole('button', { name: 'Edit message' }).click()
      expect(await composer().inputValue()).toBe('Question 2')
      await composer().press('End')
      await page.keyboard.type(', again')
      await page.keyboard.press('Enter')
      await page.locator('article.question').nth(2).waitFor()
      await said('Hello.').waitFor()
      expect(await page.locator('article.question .bubble').allInnerTexts()).toEqual([
        'Question 1',
        'Question 2',
        'Question 2, again',
      ])
    })

    it('[THREAD-9] what is selected of an answer becomes the quotation of the next message', async () => {
      await open(talk(1))
      await page.locator('.answer p').first().click({ clickCount: 3 })
      await button('Quote').waitFor()
      const distance = await page.evaluate(() => {
        const root = document.querySelector('parley-chat')?.shadowRoot
        const box = (selector: string): DOMRect | undefined =>
          root?.querySelector(selector)?.getBoundingClientRect()
        return Math.abs((box('.quote-button')?.bottom ?? 0) - (box('.answer p')?.top ?? 999))
      })
      expect(distance).toBeLessThan(24)
      await page.keyboard.press('Tab')
      await expect.poll(focused).toBe('Quote')
      await page.keyboard.press('Enter')
      await expect.poll(() => button('Quote').count()).toBe(0)
      await composer().fill('Why?')
      await composer().press('Enter')
      await expect
        .poll(() => sent('threads.add_user_message'))
        .toEqual([expect.objectContaining({ input: expect.objectContaining({ quoted_text: 'Answer 1.' }) })])
    })
  })

  describe('what an agent shows', () => {
    it('[THREAD-10] an image has a place before it comes, grows, and can be opened and downloaded', async () => {
      const item = { id: 'img_1', thread_id: '', created_at: '', type: 'generated_image' as const }
      const update = (progress: number) => ({
        type: 'thread.item.updated' as const,
        item_id: item.id,
        update: {
          type: 'generated_image.updated' as const,
          image: { id: 'i', url: onePixel },
          progress,
        },
      })
      server.script([
        { event: { type: 'thread.item.added', item } },
        { gate: 'first' },
        { event: update(0.25) },
        { gate: 'last' },
        { event: { type: 'thread.item.done', item: { ...item, image: { id: 'i', url: onePixel } } } },
      ])
      await open(null)
      await composer().fill('A picture')
      await page.keyboard.press('Enter')
      await page.locator('.image-place').waitFor()
      server.conversations.openGate('first')
      const progress = page.getByRole('progressbar')
      await expect.poll(() => progress.getAttribute('value')).toBe('0.25')
      server.conversations.openGate('last')
      await expect.poll(() => progress.count()).toBe(0)
      await button(/^Open the image/).click()
      const dialog = page.getByRole('dialog', { name: 'Generated image' })
      const link = dialog.getByRole('link', { name: 'Download the image' })
      expect(await link.getAttribute('download')).toBe('image.png')
      expect(await link.getAttribute('href')).toBe(onePixel)
      await page.keyboard.press('Escape')
      await dialog.waitFor({ state: 'hidden' })
      expect(complaints).toEqual([])
    })

    it('[THREAD-11] images come from our own origin, their address, or where the thread allows it; others are links', async () => {
      const conversation = talk(0)
      const { thread, items } = conversation
      const image = (url: string): NewItem => ({ type: 'generated_image', image: { id: 'i', url } })
      const user = server.conversations.userItem(thread.id, 'Look')
      user.attachments.push(
        { type: 'image', id: 'a1', name: 'own.svg', mime_type: 'image/svg+xml', preview_url: '/favicon.svg' },
        {
          type: 'image',
          id: 'a2',
          name: 'tracked.png',
          mime_type: 'image/png',
          preview_url: 'https://evil.example/t.png',
        },
        { type: 'file', id: 'a3', name: 'list.pdf', mime_type: 'application/pdf' },
      )
      items.push(user)
      for (const url of [
        onePixel,
        'https://evil.example/pixel.png',
        'javascript:alert(1)',
        'data:text/html,<script>alert(1)</script>',
      ]) {
        server.conversations.add(conversation, image(url))
      }
      await open(conversation)
      await page.locator('.generated img').first().waitFor()
      await button('Open the image: own.svg').waitFor()
      const sources = await page
        .locator('.turn img:not(dialog img)')
        .evaluateAll((images) => images.map((each) => each.getAttribute('src')))
      expect(sources).toEqual([`${server.url}/favicon.svg`, onePixel])
      expect(await page.locator('.image-refused').count()).toBe(3)
      expect(await page.locator('.image-refused a').getAttribute('href')).toBe(
        'https://evil.example/pixel.png',
      )
      expect(await page.locator('.sent .sent-file').allInnerTexts()).toEqual([
        expect.stringMatching(/^tracked\.png\s+PNG$/),
        expect.stringMatching(/^list\.pdf\s+PDF$/),
      ])
      expect(complaints).toEqual([])
    })

    it('[THREAD-12] work shows what is thought while it is, and says afterwards how long it took and what was done', async () => {
      const item = { id: 'wf_1', thread_id: '', created_at: '', type: 'workflow' as const, workflow }
      const begun = {
        ...workflow,
        summary: undefined,
        tasks: [
          {
            type: 'thought' as const,
            status_indicator: 'loading' as const,
            title: 'Weighing',
            content: 'First, ',
          },
        ],
      }
      server.script([
        { event: { type: 'thread.item.added', item: { ...item, workflow: begun } } },
        {
          event: {
            type: 'thread.item.updated',
            item_id: item.id,
            update: {
              type: 'workflow.task.updated',
              task_index: 0,
              task: {
                type: 'thought',
                status_indicator: 'loading',
                title: 'Weighing',
                content: 'First, the water.',
              },
            },
          },
        },
        { gate: 'work' },
        { event: { type: 'thread.item.done', item } },
        { delta: 'Tea.' },
      ])
      await open(null)
      await composer().fill('Tea?')
      await page.keyboard.press('Enter')
      await page.locator('.live-thought', { hasText: 'First, the water.' }).waitFor()
      expect(await page.locator('.workflow summary').innerText()).toBe('Weighing')
      server.conversations.openGate('work')
      await page.locator('.workflow summary', { hasText: 'Thought for 12 seconds' }).click()
      expect(await page.locator('.live-thought').count()).toBe(0)
      expect(await page.locator('.step-title').allInnerTexts()).toEqual([
        'Reading',
        'Searched',
        'Read the menu',
        'Compared',
        'Drew a cup',
      ])
      expect(await page.locator('.chip').allInnerTexts()).toEqual([
        'green tea',
        'All about tea',
        'Not a page',
        'menu.pdf',
      ])
      expect(
        await page.locator('a.chip').evaluateAll((all) => all.map((each) => each.getAttribute('href'))),
      ).toEqual(['https://example.org/tea'])
    })

    it('[THREAD-15] an item that cannot be drawn is one place that says so, until it changes', async () => {
      const item = { id: 'wf_1', thread_id: '', created_at: '', type: 'workflow' as const, workflow }
      // What no server of ours sends: `tasks` is no list.
      const garbled = { ...item, workflow: { ...workflow, tasks: null } } as unknown as typeof item
      server.script([
        { event: { type: 'thread.item.added', item: garbled } },
        { gate: 'repair' },
        { event: { type: 'thread.item.done', item } },
        { delta: 'Tea.' },
      ])
      await open(null)
      await composer().fill('Tea?')
      await page.keyboard.press('Enter')
      await page.getByText('This part of the conversation cannot be shown here.').waitFor()
      expect(await page.locator('article.question').innerText()).toContain('Tea?')
      expect(complaints.length).toBeGreaterThan(0)
      server.conversations.openGate('repair')
      await page.locator('.workflow summary', { hasText: 'Thought for 12 seconds' }).waitFor()
      expect(await page.getByText('This part of the conversation cannot be shown here.').count()).toBe(0)
    })

    it('[THREAD-3] the page is told of an effect once, and progress and notices are shown as they come', async () => {
      server.script([
        { event: { type: 'client_effect', name: 'highlight', data: { row: 3 } } },
        { event: { type: 'progress_update', text: 'Looking…', icon: 'search' } },
        { event: { type: 'notice', level: 'danger', title: 'Closed', message: 'We are **closed**.' } },
        { gate: 'effect' },
        { delta: 'Here.' },
      ])
      await open(null)
      const listen = (): Promise<void> =>
        page.evaluate(() => {
          const told: unknown[] = []
          Object.assign(globalThis, { told })
          document.querySelector('parley-chat')?.addEventListener('chatkit.effect', (event) => {
            told.push(Reflect.get(event, 'detail'))
          })
        })
      await listen()
      await composer().fill('Where?')
      await page.keyboard.press('Enter')
      const notice = page.getByRole('alert').filter({ hasText: 'We are closed.' })
      await notice.locator('strong', { hasText: 'closed' }).waitFor()
      expect(await notice.innerText()).toContain('Important:')
      await page.locator('.activity', { hasText: 'Looking…' }).locator('svg').waitFor()
      expect(await page.evaluate('told')).toEqual([{ name: 'highlight', data: { row: 3 } }])
      await page.reload()
      await page.evaluate(() => customElements.whenDefined('parley-chat'))
      await listen()
      server.conversations.openGate('effect')
      await said('Here.').waitFor()
      expect(await page.evaluate('told')).toEqual([])
    })
  })

  describe('the frame', () => {
    it('[THREAD-13] a locked thread says why and takes nothing; a closed one says it instead of the composer', async () => {
      const conversation = talk(1)
      server.conversations.add(conversation, questions)
      conversation.thread.status = { type: 'locked', reason: 'Under review' }
      await open(conversation, {
        threadItemActions: { retry: true, feedback: true },
        disclaimer: { text: 'May be **wrong**.', highContrast: true },
      })
      await expect.poll(() => composer().isDisabled()).toBe(true)
      expect(await composer().getAttribute('placeholder')).toBe('Under review')
      for (const name of ['Answer again', 'Edit message']) expect(await button(name).count()).toBe(0)
      expect(await button('Copy answer').count()).toBe(1)
      expect(await page.locator('.disclaimer-strong strong').innerText()).toBe('wrong')
      conversation.thread.status = { type: 'closed', reason: 'Done' }
      await page.reload()
      await page.locator('.closed', { hasText: 'Done' }).waitFor()
      expect(await composer().count()).toBe(0)
    })

    it('[THREAD-14] a suggestion is sent at once with all its pieces; who is mentioned can be asked for', async () => {
      await open(null)
      await page.evaluate(() => {
        const clicked: unknown[] = []
        Object.assign(globalThis, { clicked })
        const element: unknown = document.querySelector('parley-chat')
        Reflect.get(Object(element), 'setOptions').call(element, {
          startScreen: {
            greeting: 'Good afternoon',
            prompts: [
              { label: 'First', prompt: 'one', icon: 'calendar' },
              {
                label: 'Ask Ana',
                prompt: [
                  { type: 'input_text', text: 'Ask ' },
                  {
                    type: 'input_tag',
                    id: 'ana',
                    text: '@Ana',
                    group: 'people',
                    interactive: true,
                    data: { a: 1 },
                  },
                ],
              },
            ],
          },
          entities: { onClick: (entity: unknown) => clicked.push(entity) },
        })
      })
      await page.getByRole('heading', { name: 'Good afternoon' }).waitFor()
      expect(
        await page.getByRole('list', { name: 'Suggestions' }).getByRole('button').allInnerTexts(),
      ).toEqual(['First', 'Ask Ana'])
      await page.locator('.prompt svg').waitFor()
      server.script([{ gate: 'prompt' }])
      await button('Ask Ana').click()
      await button('@Ana').click()
      expect(await page.evaluate('clicked')).toEqual([
        { id: 'ana', title: '@Ana', interactive: true, group: 'people', data: { a: '1' } },
      ])
      expect(sent('threads.create')).toEqual([
        {
          input: expect.objectContaining({
            content: [
              { type: 'input_text', text: 'Ask ' },
              expect.objectContaining({ type: 'input_tag', id: 'ana', text: '@Ana', interactive: true }),
            ],
          }),
        },
      ])
    })

    it('[THREAD-2] a growing answer touches nothing but its own turn, and what is out of sight is not laid out', async () => {
      const conversation = talk(10)
      await open(conversation)
      await expect
        .poll(() =>
          turn(1).evaluate((element) => getComputedStyle(element.parentElement ?? element).contentVisibility),
        )
        .toBe('auto')
      server.script([{ delta: 'One ' }, { gate: 'grow' }, { delta: 'two ' }, { delta: 'three.' }])
      await composer().fill('Next')
      await page.keyboard.press('Enter')
      await said('One').waitFor()
      await page
        .locator('.turn')
        .nth(10)
        .evaluate((last) => {
          const changed: unknown[] = []
          Object.assign(globalThis, { changed })
          const observer = new MutationObserver((records) => {
            for (const { target } of records) if (!last.contains(target)) changed.push(target)
          })
          const before = [...(last.closest('.column')?.querySelectorAll('.turn') ?? [])].slice(0, -1)
          for (const other of before) {
            observer.observe(other, { childList: true, subtree: true, attributes: true, characterData: true })
          }
        })
      server.conversations.openGate('grow')
      await said('One two three.').waitFor()
      expect(await page.evaluate('changed.length')).toBe(0)
    })

    it.each([
      ['light', 'ltr', 900],
      ['dark', 'rtl', 320],
    ] as const)(
      '[ELEMENT-13] axe finds nothing in what a thread may hold (%s, %s)',
      async (colorScheme, dir, width) => {
        const conversation = talk(1)
        server.conversations.add(conversation, { type: 'workflow', workflow })
        server.conversations.add(conversation, { type: 'generated_image', image: { id: 'i', url: onePixel } })
        server.conversations.add(conversation, { ...questions, status: 'skipped' })
        server.conversations.add(conversation, questions)
        await open(
          conversation,
          { threadItemActions: { feedback: true, retry: true }, disclaimer: { text: 'May be wrong.' } },
          { colorScheme, bypassCSP: true, viewport: { width, height: 900 } },
        )
        await page.evaluate((own) => (document.documentElement.dir = own), dir)
        await page.locator('.workflow summary').click()
        await page.getByRole('radio', { name: 'Green' }).check()
        await page.evaluate(
          await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'),
        )
        const found: unknown = await page.evaluate(
          'axe.run(document).then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" | ")))',
        )
        expect(found).toEqual([])
        const overflow = await page
          .getByRole('region', { name: 'Conversation' })
          .evaluate((element) => element.scrollWidth - element.clientWidth)
        expect(overflow).toBe(0)
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
      },
    )
  })
})
