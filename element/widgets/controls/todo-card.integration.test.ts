/// <reference types="node" />
/** The to-do agent's card as a person uses it, on the product itself, which knows both ways of doing an action. */
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createStaticFiles } from '../../../server/http/static-files.ts'
import { createTestDatabase } from '../../../server/testing/databases.ts'
import type { TestDatabase } from '../../../server/testing/databases.ts'
import { startProduct } from '../../../server/testing/product.ts'
import type { Product } from '../../../server/testing/product.ts'
import { findChromium, launchChromium } from '../../testing/browser.ts'
import { builtElement } from '../../testing/built-element.ts'
import { readBuilt } from '../../testing/built-files.ts'
import { createWatchedPages } from '../../testing/watched-pages.ts'
import type { WatchedPages } from '../../testing/watched-pages.ts'

const executable = findChromium(process.env)
const required = process.env['PARLEY_TEST_REQUIRE'] === 'all'
const patient = { timeout: 20_000 }

/** A page of somebody's whose chat is the to-do agent's. */
const script = `
await customElements.whenDefined('parley-chat')
const chat = document.querySelector('parley-chat')
const fetchForTasks = (address, init) =>
  fetch(address, { ...init, body: JSON.stringify({ ...JSON.parse(init.body), metadata: { agent: 'todo' } }) })
chat.setOptions({ api: { url: '/chatkit', domainKey: '', fetch: fetchForTasks } })
window.sendAction = (...given) => chat.sendCustomAction(...given)
`
/** As strict as a page can be that uses what it uses. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; require-trusted-types-for 'script'"
const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Tasks</title>
<script type="module" src="/parley-chat.js"></script><script type="module" src="/tasks.js"></script></head>
<body><main><parley-chat keeps-address></parley-chat></main></body></html>`

describe.skipIf(executable === undefined && !required)('the card of tasks', () => {
  let browser: Browser
  let database: TestDatabase
  let product: Product
  let pages: WatchedPages
  let page: Page

  beforeAll(async () => {
    if (executable === undefined) throw new Error('No Chromium: set PARLEY_CHROMIUM or put it on the path')
    const text = (path: string, content: string) => ({ path, bytes: new TextEncoder().encode(content) })
    const files = createStaticFiles([
      ...(await readBuilt(await builtElement())),
      { ...text('/tasks.html', html), headers: { 'content-security-policy': policy } },
      text('/tasks.js', script),
    ])
    database = await createTestDatabase('pglite')
    product = await startProduct(database.storage, {}, files)
    browser = await launchChromium(executable)
    pages = createWatchedPages(browser)
  })
  afterAll(async () => {
    await pages?.close()
    await browser?.close()
    await product?.close()
    await database?.close()
  })

  const isReady = (): Promise<void> => page.locator('.chat[data-phase=ready]').waitFor()
  const card = (): Locator => page.locator('article.widget').last()
  const complete = (): Locator => card().getByRole('button', { name: 'Complete' })

  async function ask(text: string): Promise<void> {
    await page.getByRole('textbox', { name: 'Message' }).fill(text)
    await page.keyboard.press('Enter')
    await page.locator('.chat:not([data-phase=ready], [data-phase=start])').waitFor()
    await isReady()
  }

  it('[WIDGET-47] its buttons complete tasks in its place, by hand or by the page, and they are done after a reload', async () => {
    page = await pages.open(`${product.url}/tasks.html`, { reducedMotion: 'reduce' })
    await ask('Add buy milk')
    await ask('Add call Ada')
    await ask('Show me my tasks')
    await expect.poll(() => complete().count(), patient).toBe(2)
    await complete().first().focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => complete().count(), patient).toBe(1)
    expect(await card().getByText('Done', { exact: true }).count()).toBe(1)
    expect(await page.locator('article.widget').count()).toBe(1)

    await page.reload()
    await isReady()
    await expect.poll(() => complete().count(), patient).toBe(1)
    expect(await card().getByText('Done', { exact: true }).count()).toBe(1)

    // What could not be sent is sent by the page, and done by a run.
    let lost = ''
    await page.route('**/chatkit', async (route) => {
      const body = route.request().postData() ?? ''
      if (!body.includes('sync_custom_action')) return route.continue()
      lost = body
      return route.abort()
    })
    await complete().click()
    await page.getByText('cannot be reached').waitFor()
    expect(await complete().getAttribute('aria-disabled')).toBeNull()
    const { params } = JSON.parse(lost) as { params: { item_id: string; action: object } }
    await page.evaluate((given) => Reflect.get(window, 'sendAction')(given.action, given.item_id), params)
    await expect.poll(() => complete().count(), patient).toBe(0)
    expect(await card().getByText('Done', { exact: true }).count()).toBe(2)
    await isReady()
    expect(pages.complaints()).toEqual([])
  })
})
