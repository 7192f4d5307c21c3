/// <reference types="node" />
/** Controls and actions of widgets in a browser, against a server that follows a script. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { WidgetNode } from '../../../server/contracts/chatkit/wire.ts'
import { findChromium, launchChromium } from '../../testing/browser.ts'
import { builtElement } from '../../testing/built-element.ts'
import { startScriptedServer } from '../../testing/scripted-server.ts'
import type { ScriptedServer } from '../../testing/scripted-server.ts'
import { createWatchedPages } from '../../testing/watched-pages.ts'
import type { WatchedPages } from '../../testing/watched-pages.ts'

const executable = findChromium(process.env)
const required = process.env['PARLEY_TEST_REQUIRE'] === 'all'
const patient = { timeout: 15_000 }

const go = { type: 'go' }
const atOnce = { type: 'now', streaming: false }
const text = (value: string): WidgetNode => ({ type: 'Text', value })
const card = (...children: WidgetNode[]): WidgetNode => ({ type: 'Card', id: 'card', children })
const options = Array.from({ length: 20 }, (_, place) => ({ value: `v${place}`, label: `Town ${place}` }))

describe.skipIf(executable === undefined && !required)('controls of widgets in Chromium', () => {
  let browser: Browser
  let files: Map<string, string>
  let server: ScriptedServer
  let pages: WatchedPages
  let page: Page

  beforeAll(async () => {
    if (executable === undefined) throw new Error('No Chromium: set PARLEY_CHROMIUM or put it on the path')
    files = await builtElement()
    browser = await launchChromium(executable)
    pages = createWatchedPages(browser)
  })
  afterAll(async () => {
    await pages?.close()
    await browser?.close()
  })
  beforeEach(async () => {
    server = await startScriptedServer(files)
    await open()
  })
  afterEach(() => server.close())

  async function open(settings: BrowserContextOptions = {}): Promise<void> {
    page = await pages.open(`${server.url}/`, { reducedMotion: 'reduce', ...settings })
  }

  const widget = (place = 0): Locator => page.locator('article.widget').nth(place)
  const conversation = (): Locator => page.getByRole('region', { name: 'Conversation' })
  const button = (name: string): Locator => conversation().getByRole('button', { name, exact: true })
  const said = (words: string): Locator => conversation().getByText(words, { exact: true })
  const isReady = (): Promise<void> => page.locator('.chat[data-phase=ready]').waitFor()

  async function ask(question = 'Show me.'): Promise<void> {
    await page.getByRole('textbox', { name: 'Message' }).fill(question)
    await page.keyboard.press('Enter')
  }

  async function show(...widgets: WidgetNode[]): Promise<void> {
    server.script(widgets.map((root) => ({ item: { type: 'widget', widget: root } })))
    await ask()
    await widget(widgets.length - 1).waitFor()
    await isReady()
  }

  /** The actions that reached the server. */
  const actions = (): unknown[] =>
    server.requests.flatMap(({ type, params }) =>
      type.endsWith('custom_action') && typeof params === 'object' && params !== null && 'action' in params
        ? [params.action]
        : [],
    )
  /** As quick fingers do on a busy page: nothing is drawn between the keys. */
  const pressInOneFrame = (...keys: string[]): Promise<void> =>
    page.evaluate((pressed) => {
      const element = document.activeElement?.shadowRoot?.activeElement
      for (const key of pressed)
        element?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))
    }, keys)
  const focused = (): Promise<string> =>
    page.evaluate(() => {
      const element = document.activeElement?.shadowRoot?.activeElement
      return element?.getAttribute('aria-label') ?? element?.textContent ?? ''
    })

  const form: WidgetNode = card({
    type: 'Form',
    onSubmitAction: { type: 'save', payload: { id: 7, todo: { id: 1 } } },
    children: [
      { type: 'Label', value: 'Title', fieldName: 'todo.title' },
      { type: 'Input', name: 'todo.title', required: true, pattern: '[A-Z].*' },
      { type: 'Label', value: 'Count', fieldName: 'count' },
      { type: 'Input', name: 'count', inputType: 'number' },
      { type: 'Textarea', name: 'notes', placeholder: 'Notes' },
      { type: 'Select', name: 'size', options: options.slice(0, 3), placeholder: 'Size' },
      {
        type: 'RadioGroup',
        name: 'seat',
        options: [
          { value: 'in', label: 'Inside' },
          { value: 'out', label: 'Outside' },
        ],
      },
      { type: 'Checkbox', name: 'urgent', label: 'Urgent' },
      { type: 'Input', name: 'id', defaultValue: '9' },
      { type: 'Button', submit: true, label: 'Save' },
      { type: 'Button', label: 'Draft', onClickAction: { type: 'draft', loadingBehavior: 'none' } },
    ],
  })

  async function fillIn(): Promise<void> {
    await page.getByLabel('Title').fill('Milk')
    await page.getByLabel('Count').fill('2')
    await page.getByPlaceholder('Notes').fill('Fresh')
    await page.getByRole('combobox').selectOption('Town 1')
    await page.getByRole('radio', { name: 'Outside' }).check()
    await page.getByRole('checkbox', { name: 'Urgent' }).check()
  }

  it('[WIDGET-39] a form that is not valid is not sent; a valid one is, with its values, by its button or by Enter', async () => {
    await show(form)
    const errors = page.evaluate(
      () =>
        new Promise<string>((resolve) => {
          const chat = document.querySelector('parley-chat')
          chat?.addEventListener('chatkit.error', (event) =>
            resolve(String(Reflect.get(event, 'detail').error)),
          )
        }),
    )
    server.script([])
    await button('Save').click()
    expect(
      await page.getByLabel('Title').evaluate((input: HTMLInputElement) => input.validity.valueMissing),
    ).toBe(true)
    await page.getByLabel('Title').fill('small')
    await page.keyboard.press('Enter')
    expect(actions()).toEqual([])
    await fillIn()
    await button('Save').click()
    await expect.poll(actions, patient).toHaveLength(1)
    const values = { count: 2, notes: 'Fresh', size: 'v1', seat: 'out', urgent: true }
    expect(actions()).toEqual([
      { type: 'save', payload: { id: 7, todo: { id: 1, title: 'Milk' }, ...values } },
    ])
    expect(await errors).toContain('“id”')
    await isReady()
    await button('Draft').click()
    await expect.poll(actions, patient).toHaveLength(2)
    expect(actions()[1]).toEqual({ type: 'draft', payload: { id: '9', todo: { title: 'Milk' }, ...values } })
    await isReady()
    await page.getByLabel('Title').press('Enter')
    await expect.poll(actions, patient).toHaveLength(3)
    expect(pages.complaints()).toEqual([])
  })

  it('[WIDGET-38] what was entered survives changes of the widget and later turns', async () => {
    await show(form)
    await fillIn()
    const children = (form['children'] as WidgetNode[]).map((child) => ({
      ...child,
      children: [text('Something new above'), ...(child['children'] as WidgetNode[])].map((field) =>
        field['name'] === 'notes' ? { ...field, defaultValue: 'Stale' } : field,
      ),
    }))
    const item_id = server.conversations.all.values().next().value?.items.at(-1)?.id ?? ''
    const update = { type: 'widget.root.updated', widget: { ...form, children } } as const
    server.script([{ event: { type: 'thread.item.updated', item_id, update } }, { delta: 'Changed.' }])
    await ask('Change it.')
    await page.getByText('Something new above').waitFor()
    await isReady()
    expect(await page.getByLabel('Title').inputValue()).toBe('Milk')
    expect(await page.getByRole('combobox').inputValue()).toBe('v1')
    expect(await page.getByRole('radio', { name: 'Outside' }).isChecked()).toBe(true)
    // The agent gave it something else to hold.
    expect(await page.getByPlaceholder('Notes').inputValue()).toBe('Stale')
  })

  it('[WIDGET-34] an action is a run: it is shown, blocks other runs, survives a reload, and can be stopped', async () => {
    await show(
      card(
        text('Before'),
        { type: 'Button', label: 'Go', onClickAction: go },
        { type: 'Button', label: 'Other', onClickAction: go },
      ),
    )
    server.script([{ delta: 'Half' }, { gate: 'rest' }, { delta: ' and half.' }])
    await button('Go').click()
    await said('Half').waitFor()
    expect(await button('Go').getAttribute('aria-busy')).toBe('true')
    expect(await button('Other').getAttribute('aria-disabled')).toBe('true')
    await button('Other').click({ force: true })
    await page.reload()
    await said('Half').waitFor()
    server.conversations.openGate('rest')
    await said('Half and half.').waitFor()
    await isReady()
    expect(actions()).toHaveLength(1)
    server.script([{ delta: 'More' }, { gate: 'never' }])
    await button('Go').click()
    await page.getByText('More', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByText('Stopped.').first().waitFor()
    await expect.poll(() => button('Go').getAttribute('aria-disabled'), patient).toBeNull()
  })

  it('[WIDGET-33] an action at once works while an answer is written, and the keyboard stays in the widget', async () => {
    await show(
      card(
        { type: 'Button', label: 'Now', onClickAction: atOnce },
        { type: 'Button', label: 'Go', onClickAction: go },
      ),
    )
    server.script([{ delta: 'Half' }, { gate: 'rest' }, { delta: ' and half.' }])
    await ask('Write.')
    await said('Half').waitFor()
    let answer: (widget: WidgetNode) => void = () => undefined
    server.conversations.widgetAfter = () => new Promise((resolve) => (answer = resolve))
    await button('Now').focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => button('Now').getAttribute('aria-busy'), patient).toBe('true')
    await page.keyboard.press('Enter')
    await expect.poll(actions, patient).toHaveLength(1)
    answer(card(text('Done now')))
    await page.getByText('Done now').waitFor()
    await expect.poll(focused, patient).toContain('Done now')
    server.conversations.openGate('rest')
    await said('Half and half.').waitFor()
    await page.reload()
    await page.getByText('Done now').waitFor()
    expect(actions()).toHaveLength(1)
  })

  it('[WIDGET-36] a failed action says why, and can be done again with what was entered', async () => {
    await show({
      ...card({ type: 'Input', name: 'name', placeholder: 'Name' }),
      asForm: true,
      confirm: { label: 'Send', action: atOnce },
    })
    await page.getByPlaceholder('Name').fill('Ada')
    server.refuseNext('threads.sync_custom_action', 422, 'That name is taken.')
    await button('Send').click()
    await page.getByText('That name is taken.').waitFor()
    expect(await page.getByPlaceholder('Name').inputValue()).toBe('Ada')
    server.conversations.widgetAfter = () => Promise.resolve(card(text('Sent')))
    await page.getByPlaceholder('Name').press('Enter')
    await page.getByText('Sent').waitFor()
    expect(actions()).toEqual(Array(2).fill({ type: 'now', payload: { name: 'Ada' } }))
  })

  it('[WIDGET-35] while a card’s action is done the whole widget waits, and gives the keyboard back', async () => {
    await show({
      ...card(text('Sure?')),
      collapsed: true,
      confirm: { label: 'Yes', action: atOnce },
      cancel: { label: 'No', action: { ...atOnce, loadingBehavior: 'self' } },
    })
    let answer: (widget: WidgetNode) => void = () => undefined
    server.conversations.widgetAfter = () => new Promise((resolve) => (answer = resolve))
    await button('No').click()
    await expect.poll(() => button('No').getAttribute('aria-busy'), patient).toBe('true')
    expect(await widget().evaluate((element: HTMLElement) => element.inert)).toBe(false)
    const asked = { ...card(text('Really?')), collapsed: true, confirm: { label: 'Yes', action: atOnce } }
    answer(asked)
    await page.getByText('Really?').waitFor()
    await button('Yes').focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => widget().evaluate((element: HTMLElement) => element.inert), patient).toBe(true)
    server.conversations.widgetAfter = () => Promise.resolve(asked)
    answer({ ...asked, collapsed: false })
    await expect.poll(() => widget().evaluate((element: HTMLElement) => element.inert), patient).toBe(false)
    await expect.poll(focused, patient).toBe('Yes')
  })

  it('[WIDGET-44] a collapsed card folds when its main action has succeeded, and unfolds', async () => {
    const asked = { ...card(text('Inside')), collapsed: true, confirm: { label: 'Yes', action: atOnce } }
    await show(asked)
    server.conversations.widgetAfter = () => Promise.resolve(asked)
    await said('Inside').waitFor()
    await button('Yes').click()
    await said('Inside').waitFor({ state: 'detached' })
    await widget().getByRole('button').click()
    await said('Inside').waitFor()
  })

  it('[WIDGET-37] in a locked thread no action is done', async () => {
    await show(
      card(
        { type: 'Button', label: 'Go', onClickAction: go },
        { type: 'Button', label: 'Now', onClickAction: atOnce },
      ),
    )
    for (const { thread } of server.conversations.all.values()) thread.status = { type: 'locked' }
    await page.reload()
    await button('Now').waitFor()
    for (const name of ['Go', 'Now']) {
      expect(await button(name).getAttribute('aria-disabled')).toBe('true')
      await button(name).click({ force: true })
    }
    expect(actions()).toEqual([])
  })

  it('[WIDGET-32] the page does the actions that are the client’s', async () => {
    const client = { type: 'show', handler: 'client', payload: { a: 1 } }
    await show(card({ type: 'Button', label: 'Show', onClickAction: client }))
    const done = page.evaluate(
      () =>
        new Promise((resolve) => {
          const chat = document.querySelector('parley-chat')
          const onAction = (...given: unknown[]): void => resolve(given)
          Reflect.get(chat ?? {}, 'setOptions').call(chat, { widgets: { onAction } })
        }),
    )
    await button('Show').click()
    expect(await done).toMatchObject([{ type: 'show', payload: { a: 1 } }, { widget: { type: 'Card' } }])
    expect(actions()).toEqual([])
  })

  it('[WIDGET-41] one of many options is found and chosen by keyboard', async () => {
    const chosen = { type: 'chosen', streaming: false }
    await show(
      card({
        type: 'Select',
        name: 'town',
        options,
        placeholder: 'Which town?',
        clearable: true,
        onChangeAction: chosen,
      }),
    )
    server.conversations.widgetAfter = () => new Promise(() => undefined)
    const field = button('Which town?')
    await field.focus()
    await page.keyboard.press('ArrowDown')
    await expect.poll(focused, patient).toBe('Search')
    await page.keyboard.type('1')
    await expect.poll(() => page.locator('.options .active').innerText(), patient).toBe('Town 1')
    await page.keyboard.press('ArrowDown')
    await expect.poll(() => page.locator('.options .active').innerText(), patient).toBe('Town 10')
    await page.keyboard.press('Escape')
    await expect.poll(focused, patient).toContain('Which town?')
    await page.keyboard.press('Enter')
    await expect.poll(focused, patient).toBe('Search')
    await page.keyboard.type('7')
    await expect.poll(() => page.locator('.options .active').innerText(), patient).toBe('Town 7')
    await pressInOneFrame('ArrowDown', 'Enter')
    await expect.poll(focused, patient).toContain('Town 17')
    await button('Clear').click()
    await expect.poll(focused, patient).toBe('Which town?')
    await expect.poll(actions, patient).toHaveLength(1)
    expect(actions()[0]).toEqual({ type: 'chosen', payload: { town: 'v17' } })
  })

  it('[WIDGET-42] a day is chosen by keyboard, within its bounds', async () => {
    await show({
      ...card({
        type: 'DatePicker',
        name: 'day',
        defaultValue: '2026-03-14T10:00:00Z',
        min: '2026-03-10',
        max: '2026-04-02',
      }),
      asForm: true,
      confirm: { label: 'Send', action: go },
    })
    await page.getByRole('button', { name: 'Mar 14, 2026' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('grid').waitFor()
    await expect.poll(focused, patient).toBe('Saturday, March 14, 2026')
    for (const key of ['ArrowUp', 'ArrowDown', 'ArrowRight', 'PageDown']) await page.keyboard.press(key)
    await expect.poll(focused, patient).toBe('Thursday, April 2, 2026')
    await pressInOneFrame('ArrowLeft', 'Home', 'Enter')
    await expect.poll(focused, patient).toContain('Mar 29, 2026')
    server.script([])
    await button('Send').click()
    await expect.poll(actions, patient).toEqual([{ type: 'go', payload: { day: '2026-03-29' } }])
  })

  it('[WIDGET-43] a chart is drawn by code of its own, and has a table of its numbers', async () => {
    const loaded: string[] = []
    page.on('request', (request) => void loaded.push(request.url()))
    await show(
      card({
        type: 'Chart',
        xAxis: 'month',
        showYAxis: true,
        data: [
          { month: 'January', sold: 12 },
          { month: 'February', sold: 30 },
        ],
        series: [
          { type: 'bar', dataKey: 'sold', label: 'Sold' },
          { type: 'line', dataKey: 'sold' },
        ],
      }),
    )
    await page.locator('.chart svg rect').nth(1).waitFor()
    expect(loaded.filter((address) => address.includes('chart'))).toHaveLength(1)
    expect(await page.getByRole('figure', { name: 'Chart' }).getByRole('table').innerText()).toMatch(
      /January\s+12\s+12/,
    )
    await page.locator('.chart-slot').nth(1).hover()
    await page.locator('.chart-tip').nth(1).getByText('30').first().waitFor()
  })

  it('[WIDGET-46] a row can be used as a whole, and a button in it by itself', async () => {
    const row = (city: string): WidgetNode => ({
      type: 'ListViewItem',
      id: city,
      onClickAction: { ...atOnce, type: city },
      children: [
        text(city),
        { type: 'Button', label: `About ${city}`, onClickAction: { ...atOnce, type: 'about' } },
      ],
    })
    const list: WidgetNode = { type: 'ListView', children: [row('Rome'), row('Oslo')] }
    await show(list)
    server.conversations.widgetAfter = () => Promise.resolve(list)
    // The text lies below the row’s button.
    await said('Oslo').click({ force: true })
    await expect.poll(actions, patient).toHaveLength(1)
    await button('About Rome').click()
    await expect.poll(actions, patient).toHaveLength(2)
    await page.getByRole('button', { name: /^Rome/ }).focus()
    await page.keyboard.press('Enter')
    await expect.poll(actions, patient).toHaveLength(3)
    expect(actions().map((action) => Reflect.get(action as object, 'type'))).toEqual([
      'Oslo',
      'about',
      'Rome',
    ])
  })

  const everything: WidgetNode[] = [
    form,
    card(
      { type: 'Select', name: 'town', options, defaultValue: 'v2', clearable: true },
      { type: 'DatePicker', name: 'day', defaultValue: '2026-03-14', clearable: true },
      { type: 'Text', value: 'To be changed', editable: { name: 'text' } },
      {
        type: 'Row',
        children: ['solid', 'soft', 'outline', 'ghost'].map((variant) => ({
          type: 'Button',
          label: variant,
          variant,
          color: 'danger',
        })),
      },
      { type: 'Button', iconStart: 'star', uniform: true },
      { type: 'Button', label: 'Off', disabled: true },
      {
        type: 'Chart',
        data: [{ x: 'a', y: 1 }],
        xAxis: 'x',
        series: [{ type: 'area', dataKey: 'y', label: 'Y' }],
      },
    ),
    { type: 'ListView', children: [{ type: 'ListViewItem', onClickAction: go, children: [text('Rome')] }] },
  ]

  async function axe(): Promise<unknown> {
    await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'))
    return page.evaluate(
      'axe.run(document).then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" | ")))',
    )
  }

  it.each(['light', 'dark'] as const)(
    '[WIDGET-40] axe finds nothing in the controls, nor in what opens over them (%s)',
    async (colorScheme) => {
      await open({ colorScheme })
      await show(...everything)
      await page.locator('.chart svg').waitFor()
      expect(await axe()).toEqual([])
      await button('day: Mar 14, 2026').click()
      await page.getByRole('grid').waitFor()
      expect(await axe()).toEqual([])
      await page.keyboard.press('Escape')
      await button('town: Town 2').click()
      await page.getByRole('listbox').waitFor()
      if (colorScheme === 'light') expect(await axe()).toEqual([])
      expect(pages.complaints()).toEqual([])
    },
  )

  it('[WIDGET-40] at 320 pixels nothing overflows, written left to right or right to left', async () => {
    await open({ viewport: { width: 320, height: 800 } })
    await show(...everything)
    await page.locator('.chart svg').waitFor()
    for (const dir of ['ltr', 'rtl']) {
      const wide = await page.evaluate((direction) => {
        document.documentElement.setAttribute('dir', direction)
        const root = document.querySelector('parley-chat')?.shadowRoot
        return Array.from(root?.querySelectorAll('.scroller, .card, .list-view') ?? [])
          .filter((element) => element.scrollWidth > element.clientWidth)
          .map((element) => element.className)
      }, dir)
      expect(wide).toEqual([])
    }
  })
})
