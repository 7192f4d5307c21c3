/// <reference types="node" />
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ItemUpdate, StreamEvent, WidgetNode } from '../../server/contracts/chatkit/wire.ts'
import { findChromium, launchChromium } from '../testing/browser.ts'
import { builtElement } from '../testing/built-element.ts'
import {
  layoutSheet,
  linesList,
  messageCard,
  sampleWidgets,
  shipmentTable,
  typeSheet,
} from '../testing/sample-widgets.ts'
import { startScriptedServer } from '../testing/scripted-server.ts'
import type { ScriptedServer } from '../testing/scripted-server.ts'

const executable = findChromium(process.env)
const required = process.env['PARLEY_TEST_REQUIRE'] === 'all'
if (!executable && !required) {
  // oxlint-disable-next-line no-console -- a skipped suite says why
  console.warn('skipped: no Chromium on the path, and PARLEY_CHROMIUM does not name one')
}

/** A widget that is begun (and may still change) or done. */
const shown = (widget: WidgetNode, type: 'added' | 'done' = 'done'): { event: StreamEvent } => ({
  event: {
    type: `thread.item.${type}`,
    item: { id: 'wid_1', thread_id: 'thr_1', created_at: '2026-01-02T03:04:05Z', type: 'widget', widget },
  },
})
const updated = (update: ItemUpdate): { event: StreamEvent } => ({
  event: { type: 'thread.item.updated', item_id: 'wid_1', update },
})

describe.skipIf(!executable && !required)('widgets in Chromium', () => {
  let browser: Browser
  let files: Map<string, string>
  let server: ScriptedServer
  let context: BrowserContext
  let page: Page
  let complaints: string[]
  let foreign: string[]

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

  async function openContext(options: BrowserContextOptions): Promise<void> {
    await context?.close()
    complaints = []
    foreign = []
    context = await browser.newContext({ reducedMotion: 'reduce', ...options })
    page = await context.newPage()
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('console', (entry) => {
      // Of our own origin widgets may ask what is not there.
      if (entry.type() === 'error' && !entry.text().includes('Failed to load')) complaints.push(entry.text())
    })
    page.on('request', (request) => {
      const { origin, protocol } = new URL(request.url())
      if (origin !== server.url && protocol !== 'data:') foreign.push(request.url())
    })
    await page.goto(`${server.url}/`)
  }

  async function ask(steps: Parameters<ScriptedServer['script']>[0]): Promise<void> {
    server.script(steps)
    await page.getByRole('textbox', { name: 'Message' }).fill('Show me')
    await page.keyboard.press('Enter')
  }

  const widgets = (): Locator => page.locator('article.widget')

  /** Shows a widget. Resolves when its components are there. */
  async function show(widget: WidgetNode): Promise<Locator> {
    await ask([shown(widget)])
    await widgets().waitFor()
    return widgets()
  }

  async function showSamples(): Promise<void> {
    const items = sampleWidgets.map((widget, place) => {
      const { event } = shown(widget)
      return { event: 'item' in event ? { ...event, item: { ...event.item, id: `wid_${place}` } } : event }
    })
    await ask(items)
    await widgets()
      .nth(sampleWidgets.length - 1)
      .waitFor()
  }

  const style = (on: Locator, property: string): Promise<string> =>
    on.evaluate((element, name) => getComputedStyle(element).getPropertyValue(name), property)
  /** Where it was scrolled to or typed in is kept by an element only if it is still the same one. */
  const mark = (on: Locator): Promise<void> =>
    on.evaluate((element) => void Object.assign(element, { marked: true }))
  const isMarked = (on: Locator): Promise<boolean> => on.evaluate((element) => 'marked' in element)

  describe('components', () => {
    const sample = (widget: WidgetNode): Locator => widgets().nth(sampleWidgets.indexOf(widget))

    beforeAll(async () => {
      await openContext({})
      await showSamples()
    })

    it('[WIDGET-11] a card with a status, rows, a picture, text and Markdown', async () => {
      const card = sample(messageCard)
      expect(await card.innerText()).toContain('New in #harbour')
      expect(await card.locator('.badge.tone-danger').innerText()).toBe('Urgent')
      expect(await card.getByRole('img', { name: 'Ada' }).evaluate((image) => image.clientWidth)).toBe(44)
      expect(await card.locator('.markdown ol li').count()).toBe(2)
      expect(await card.getByRole('link', { name: 'its survey' }).getAttribute('href')).toBe(
        'https://example.org/survey',
      )
      expect(await style(card.getByText('Ada Lund'), 'font-weight')).toBe('600')
      const [time, name] = [card.getByText('16:48'), card.getByText('#harbour', { exact: true })]
      const [right, left] = [await time.boundingBox(), await name.boundingBox()]
      expect(right?.x).toBeGreaterThan((left?.x ?? 0) + 150)
      const line = await card.locator('hr').boundingBox()
      const edge = await card.locator('.card').evaluate((element) => element.clientWidth)
      expect(line?.width).toBe(edge)
      expect(complaints).toEqual([])
    })

    it('[WIDGET-11] text in all its looks', async () => {
      const sheet = sample(typeSheet)
      const sizeOf = async (text: string): Promise<number> =>
        Number.parseFloat(await style(sheet.getByText(text, { exact: true }), 'font-size'))
      const titles = await Promise.all(['sm', 'lg', '2xl', '3xl', '4xl', '5xl'].map((size) => sizeOf2(size)))
      async function sizeOf2(size: string): Promise<number> {
        const title = sheet.getByRole('heading', { level: 3, name: size, exact: true })
        return Number.parseFloat(await style(title, 'font-size'))
      }
      expect(titles).toEqual(titles.toSorted((one, other) => one - other))
      expect(await sizeOf('Text xs')).toBeLessThan(await sizeOf('Text xl'))
      expect(await style(sheet.getByText('Of its own'), 'color')).toBe('rgb(194, 65, 12)')
      const struck = sheet.locator('p.italic')
      expect(await style(struck, 'font-style')).toBe('italic')
      expect(await style(struck, 'color')).toBe('rgb(3, 105, 161)')
      expect(await struck.locator('s').count()).toBe(1)
      const cut = sheet.getByText('One line that is cut')
      expect(await cut.evaluate((element) => element.scrollWidth > element.clientWidth)).toBe(true)
      const clamped = sheet.getByText('Two lines at most')
      expect(await clamped.evaluate((element) => element.scrollHeight > element.clientHeight)).toBe(true)
      expect(await sheet.locator('.badge').count()).toBe(21)
      expect(await sheet.locator('svg[data-icon="sparkle"]').count()).toBe(7)
      expect(await style(sheet.locator('.card'), 'border-top')).toContain('2px dashed')
    })

    it('[WIDGET-11] a table has a head, spans and columns as wide as they say', async () => {
      const table = sample(shipmentTable).getByRole('table')
      expect(await table.getByRole('columnheader').allInnerTexts()).toEqual(['Order', 'To', 'Weight'])
      expect(await table.getByRole('row').count()).toBe(4)
      expect(await table.getByRole('cell', { name: '4712' }).getAttribute('rowspan')).toBe('2')
      expect(await table.getByRole('cell', { name: 'Oslo' }).getAttribute('colspan')).toBe('2')
      const second = await table
        .getByRole('columnheader', { name: 'To' })
        .evaluate((cell) => cell.clientWidth)
      expect(second).toBeGreaterThanOrEqual(160)
      expect(await style(table.getByRole('cell', { name: '4711' }), 'vertical-align')).toBe('top')
    })

    it('[WIDGET-11] boxes, pictures and lines; a part of it may have a scheme of its own', async () => {
      await page.emulateMedia({ colorScheme: 'dark' })
      const sheet = sample(layoutSheet)
      const box = sheet.locator('.box').first()
      expect(await style(box, 'flex-direction')).toBe('row')
      expect(await style(box, 'border-bottom-width')).toBe('3px')
      expect(await style(box, 'padding')).toBe('4px 8px')
      const round = sheet.locator('.box').last()
      // The page is dark, and this part is not.
      expect(await style(round, 'background-image')).toBe('linear-gradient(rgb(255, 0, 0), rgb(255, 165, 0))')
      expect(await round.evaluate((element) => [element.clientWidth, element.clientHeight])).toEqual([80, 80])
      const banner = sheet.getByRole('img', { name: 'A blue field' })
      expect(await style(banner, 'object-fit')).toBe('fill')
      expect(await banner.evaluate((image) => image.clientWidth)).toBe(
        await sheet.locator('.card').evaluate((card) => card.clientWidth),
      )
      expect(complaints).toEqual([])
    })

    it('[WIDGET-16] a list shows its limit, and the rest when it is asked for', async () => {
      const list = sample(linesList)
      expect(await list.getByRole('listitem').count()).toBe(3)
      await list.getByRole('button', { name: 'Show 2 more' }).press('Enter')
      await expect.poll(() => list.getByRole('listitem').count()).toBe(5)
      expect(await list.getByRole('button', { name: /Show/ }).count()).toBe(0)
      const focused = list.getByRole('listitem').nth(3)
      expect(
        await focused.evaluate((item) => (item.getRootNode() as ShadowRoot).activeElement === item),
      ).toBe(true)
    })
  })

  describe('a widget that changes', () => {
    beforeEach(() => openContext({}))

    const growing: WidgetNode = {
      type: 'Card',
      children: [
        { type: 'Text', id: 'text', value: 'Hel', streaming: true },
        { type: 'Row', key: 'row', children: [{ type: 'Badge', id: 'badge', label: 'Draft' }] },
        { type: 'Transition', children: { type: 'Caption', key: 'one', value: 'First' } },
      ],
    }

    it('[WIDGET-10] text grows and components change within the same elements', async () => {
      await ask([
        shown(growing, 'added'),
        { gate: 'grow' },
        updated({
          type: 'widget.streaming_text.value_delta',
          component_id: 'text',
          delta: 'lo',
          done: false,
        }),
        updated({
          type: 'widget.component.updated',
          component_id: 'badge',
          component: { type: 'Badge', id: 'badge', label: 'Final' },
        }),
        { gate: 'move' },
        updated({
          type: 'widget.root.updated',
          widget: {
            type: 'Card',
            children: [
              { type: 'Title', value: 'Before' },
              { type: 'Row', key: 'row', children: [{ type: 'Badge', id: 'badge', label: 'Moved' }] },
              { type: 'Transition', children: { type: 'Caption', key: 'two', value: 'Second' } },
              { type: 'Text', id: 'text', value: 'Hello there' },
            ],
          },
        }),
        { gate: 'end' },
      ])
      const text = widgets().locator('.text-md')
      await text.waitFor()
      const badge = widgets().locator('.badge')
      for (const kept of [text, badge]) await mark(kept)
      expect(await text.getAttribute('class')).toContain('growing')
      server.conversations.openGate('grow')
      await expect.poll(() => badge.innerText()).toBe('Final')
      expect(await text.innerText()).toBe('Hello')
      server.conversations.openGate('move')
      await expect.poll(() => badge.innerText()).toBe('Moved')
      expect(await text.innerText()).toBe('Hello there')
      expect(await Promise.all([text, badge].map(isMarked))).toEqual([true, true])
      expect(await widgets().locator('.transition').getAttribute('class')).toContain('entering')
      server.conversations.openGate('end')
      await expect.poll(() => text.getAttribute('class')).not.toContain('growing')
    })
  })

  describe('hostile widgets', () => {
    beforeEach(() => openContext({}))

    const hostile: readonly unknown[] = [
      'url(https://evil.example/x.png)',
      'linear-gradient(red, url(https://evil.example/x))',
      'red; position: fixed; inset: 0; z-index: 9999',
      'var(--secret)',
      'expression(alert(1))',
      '-9999px',
      '1e30px',
      1e30,
      -1e30,
      '"><script>alert(1)</script>',
      'javascript:alert(1)',
      { light: 'url(https://evil.example/l)', dark: 'url(https://evil.example/d)' },
      { top: '-9999px', x: 'url(https://evil.example/x)' },
      ['absolute'],
      null,
      true,
      { toString: 'x', valueOf: null },
    ]
    const names =
      'background border padding margin radius width height size minHeight minWidth minSize maxHeight maxWidth maxSize aspectRatio flex gap align justify wrap direction color weight textAlign truncate maxLines minLines italic lineThrough editable streaming status theme collapsed confirm cancel limit src alt frame flush fit position name label variant pill colSpan rowSpan colSize vAlign header spacing key id children onClickAction asForm style class className dangerouslySetInnerHTML innerHTML ref onClick onclick'
    const types =
      'Card ListView ListViewItem Basic Box Row Col Spacer Divider Transition Text Title Caption Markdown Badge Icon Image Table Table.Row Table.Cell constructor __proto__ script iframe'

    it('[WIDGET-12] no value gets anything loaded, run, or shown outside of its widget', async () => {
      const children = hostile.flatMap((value) =>
        types.split(' ').map((type) => ({
          ...Object.fromEntries(names.split(' ').map((name) => [name, value])),
          type,
          value: 'text',
          children: [{ type: 'Text', value: 'within' }],
        })),
      )
      await show({ type: 'Basic', children })
      await widgets().getByText('within').first().waitFor()
      const broken = await widgets().evaluate((widget) => {
        const edge = widget.getBoundingClientRect()
        return Array.from(widget.querySelectorAll('*')).flatMap((element) => {
          const { position, backgroundImage, zIndex } = getComputedStyle(element)
          const isWrong =
            position === 'fixed' ||
            backgroundImage.includes('url(') ||
            /\d{3}/.test(zIndex) ||
            element.matches('script, iframe')
          return isWrong ? [element.outerHTML.slice(0, 200)] : edge.width > 0 ? [] : ['no place']
        })
      })
      expect(broken).toEqual([])
      expect(foreign).toEqual([])
      expect(complaints).toEqual([])
      // What lies around the widget is not covered by it.
      const composer = page.getByRole('textbox', { name: 'Message' })
      await composer.click()
      await composer.fill('Still here')
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    })

    it('[WIDGET-13] a widget that never ends is shown up to its limits, and the page goes on', async () => {
      let deep: WidgetNode = { type: 'Text', value: 'the deepest' }
      for (let level = 0; level < 500; level += 1) deep = { type: 'Box', padding: 1, children: [deep] }
      const many = Array.from({ length: 5000 }, (_, place) => ({ type: 'Text', value: `line ${place}` }))
      await show({ type: 'Card', children: [deep, ...many] })
      await widgets().getByText('line 100', { exact: true }).waitFor()
      expect(await widgets().getByText('the deepest').count()).toBe(0)
      expect(await widgets().locator('.text').count()).toBeLessThan(2000)
      await widgets().getByText('This part of the conversation cannot be shown here.').waitFor()
      await page.getByRole('textbox', { name: 'Message' }).fill('Still here')
      expect(complaints).toEqual([])
    })

    it('[WIDGET-14] what is not known, null or of the wrong type breaks nothing', async () => {
      const widget = await show({
        type: 'Card',
        status: 'no object',
        children: [
          { type: 'Hologram', label: 'A hologram', children: [{ type: 'Text', value: 'inside' }] },
          { type: 'Text', value: 4.5, size: 'huge', maxLines: 2.5, editable: null, unknown: {} },
          { type: 'Row', children: null },
          {
            type: 'Transition',
            children: [
              { type: 'Text', value: 'one' },
              { type: 'Text', value: 'two' },
            ],
          },
          { type: 'ListView', children: [{ type: 'Text', value: 'no item' }, null], limit: 'some' },
          {
            type: 'Table',
            children: [
              { type: 'Text', value: 'no row' },
              { type: 'Table.Row', children: [{ type: 'Text', value: 'no cell' }] },
            ],
          },
          { type: 'Icon' },
          { type: 'Image' },
          { type: 'Badge' },
          { type: 'Title' },
        ],
      })
      const text = await widget.innerText()
      for (const part of ['A hologram', 'inside', '4.5', 'one', 'two', 'no item', 'no row', 'no cell']) {
        expect(text).toContain(part)
      }
      expect(complaints).toEqual([])
    })

    it('[WIDGET-15] images are loaded from where they may be, and described otherwise', async () => {
      const widget = await show({
        type: 'Card',
        children: [
          { type: 'Image', src: '/favicon.svg', alt: 'Ours', size: 20 },
          { type: 'Image', src: 'https://evil.example/pixel.png', alt: 'Theirs', size: 20 },
          { type: 'Image', src: 'javascript:alert(1)', size: 20 },
        ],
      })
      const ours = widget.getByRole('img', { name: 'Ours' })
      await expect.poll(() => ours.evaluate((image) => (image as HTMLImageElement).complete)).toBe(true)
      expect(await ours.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBeGreaterThan(0)
      expect(await widget.getByRole('img', { name: 'Theirs' }).locator('svg').count()).toBe(1)
      expect(await widget.getByRole('img', { name: 'Image not loaded' }).count()).toBe(1)
      expect(await widget.locator('img').count()).toBe(1)
      expect(foreign).toEqual([])
    })
  })

  describe("the page's own components", () => {
    beforeEach(() => openContext({}))

    const register = `customElements.whenDefined('parley-chat').then((element) => {
      element.registerWidget('Acme.Counter', (node, host) => {
        const element = document.createElement('section')
        const label = document.createElement('b')
        label.textContent = node.label
        element.append(label, host.children)
        return { element, update: (next) => { label.textContent = next.label } }
      })
      element.registerWidget('Acme.Broken', () => { throw new Error('the page broke it') })
    })`
    const counter = (label: string): WidgetNode => ({
      type: 'Acme.Counter',
      key: 'counter',
      label,
      children: [{ type: 'Text', value: `${label} within` }],
    })

    it('[WIDGET-17] are drawn, updated in place and hold children, also when they are registered late', async () => {
      await ask([
        shown({ type: 'Card', children: [counter('one')] }, 'added'),
        { gate: 'more' },
        updated({ type: 'widget.root.updated', widget: { type: 'Card', children: [counter('two')] } }),
      ])
      await widgets().getByText('one within').waitFor()
      expect(await widgets().locator('section').count()).toBe(0)
      await page.evaluate(register)
      const section = widgets().locator('section')
      await section.waitFor()
      await mark(section)
      expect(await section.innerText()).toContain('one within')
      server.conversations.openGate('more')
      await expect.poll(() => section.locator('b').innerText()).toBe('two')
      expect(await section.innerText()).toContain('two within')
      expect(await isMarked(section)).toBe(true)
      expect(complaints).toEqual([])
    })

    it('[WIDGET-17] that fail are reported to the page, and show their children', async () => {
      await page.evaluate(register)
      const widget = await show({
        type: 'Card',
        children: [
          { type: 'Acme.Broken', children: [{ type: 'Text', value: 'its child' }] },
          { type: 'Text', value: 'its neighbour' },
        ],
      })
      await widget.getByText('its child').waitFor()
      await widget.getByText('its neighbour').waitFor()
      expect(complaints).toEqual(['Error: the page broke it'])
    })
  })

  describe('for everybody', () => {
    it('[WIDGET-19] axe finds nothing to complain about, in light and in dark', async () => {
      await openContext({ bypassCSP: true, viewport: { width: 900, height: 3000 } })
      await showSamples()
      const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
      await page.evaluate(await readFile(axe, 'utf8'))
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        const violations = await page.evaluate(
          'axe.run(document).then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" | ")))',
        )
        expect(violations, colorScheme).toEqual([])
      }
    })

    it('[WIDGET-19] nothing overflows at 320 pixels, in either direction', async () => {
      await openContext({ viewport: { width: 320, height: 640 } })
      await showSamples()
      const conversation = page.getByRole('region', { name: 'Conversation' })
      for (const direction of ['ltr', 'rtl']) {
        await page.evaluate((dir) => (document.documentElement.dir = dir), direction)
        expect(await style(widgets().first(), 'direction')).toBe(direction)
        expect(await conversation.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0)
        const wide = await widgets().evaluateAll((all) =>
          all.flatMap((widget) => (widget.scrollWidth > widget.clientWidth ? [widget.textContent] : [])),
        )
        expect(wide, direction).toEqual([])
      }
    })
  })
})
