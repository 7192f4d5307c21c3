/// <reference types="node" />
/** The Next.js example as a person uses it: a real build of it, a real browser, its server actions. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium, launchChromium } from './testing/browser.ts'
import { exampleIsMissing, readExampleLock, startExample } from './testing/nextjs-example.ts'
import type { Example } from './testing/nextjs-example.ts'

const executable = findChromium(process.env)
const required = process.env['PARLEY_TEST_REQUIRE'] === 'all'
const missing = executable === undefined ? 'there is no Chromium' : exampleIsMissing()

/** A person does much in one test, and the machine may be busy. */
const timeout = 240_000

describe.skipIf(missing !== null && !required)('the Next.js example', { timeout }, () => {
  let browser: Browser
  let data: string
  let example: Example
  const complaints: string[] = []

  beforeAll(async () => {
    if (missing !== null || executable === undefined) throw new Error(missing ?? 'There is no Chromium.')
    data = await mkdtemp(join(tmpdir(), 'parley-nextjs-'))
    example = await startExample(data, process.env['PATH'] ?? '')
    browser = await launchChromium(executable)
  })
  afterAll(async () => {
    await browser?.close()
    await example?.stop()
    await rm(data, { recursive: true, force: true })
  })

  /** Another person, in a browser of their own. */
  async function signIn(name: string): Promise<Page> {
    const context = await browser.newContext()
    const page = await context.newPage()
    const own = new URL(example.url).origin
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== own) complaints.push(`asked ${request.url()}`)
    })
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.goto(example.url)
    await page.getByLabel('Your name').fill(name)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'Sign out' }).waitFor()
    return page
  }

  async function send(page: Page, text: string): Promise<void> {
    await page.getByRole('textbox', { name: 'Message' }).fill(text)
    await page.getByRole('button', { name: 'Send' }).click()
  }

  const saidOn = (page: Page) => page.getByRole('list', { name: 'Messages' }).locator('p').allInnerTexts()
  const status = (page: Page) => page.getByRole('status').innerText()

  it('[SUPPORT-24] signs in, chats, sends a file and opens a ticket, and finds all of it again after a reload', async () => {
    const page = await signIn('ada')
    await send(page, 'My order is broken')
    await expect
      .poll(() => saidOn(page))
      .toEqual(['My order is broken', expect.stringContaining('Thank you')])
    await page.getByLabel('File').setInputFiles({
      name: 'photo of it.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('It is broken.\n'),
    })
    await send(page, 'Here is a picture')
    await expect.poll(async () => (await saidOn(page)).at(-1)).toContain('I have your file.')
    const link = page.getByRole('link', { name: 'photo of it.txt' })
    const opened = await page.request.get((await link.getAttribute('href')) ?? '')
    expect([opened.status(), await opened.text()]).toEqual([200, 'It is broken.\n'])
    expect(opened.headers()['content-disposition']).toMatch(/^attachment/)

    await page.getByRole('button', { name: 'Open a ticket' }).click()
    await expect.poll(() => status(page)).toMatch(/^Ticket tkt_\w+ is open\.$/)
    const ticket = await status(page)
    await page.reload()
    await expect.poll(async () => (await saidOn(page)).length).toBe(4)
    await page.getByRole('button', { name: 'Open a ticket' }).click()
    await expect.poll(() => status(page)).toBe(ticket)

    await page.getByRole('button', { name: 'Resolve' }).click()
    await expect.poll(() => status(page)).toBe('This session is resolved.')
    await send(page, 'One more thing')
    await expect.poll(() => status(page)).toContain('Make it active to go on.')
    await page.getByRole('button', { name: 'Delete' }).click()
    await expect.poll(() => saidOn(page)).toEqual([])
    expect(complaints).toEqual([])
  })

  it('[ELEMENT-27] shows the element as a component, drawn by Next.js first, and answers whoever is signed in', async () => {
    const page = await signIn('grace')
    await page.goto(`${example.url}/element`)
    await page.getByRole('heading', { name: 'How can we help?' }).waitFor()
    await send(page, 'My order is broken')
    await expect.poll(() => page.locator('.answer').innerText()).toContain('Thank you')
    await page.reload()
    await page.getByRole('button', { name: 'History' }).click()
    await page.getByRole('dialog', { name: 'History' }).locator('.thread').first().click()
    await expect.poll(() => page.locator('.answer').innerText()).toContain('Thank you')
    await page.context().clearCookies()
    await page.goto(`${example.url}/element`)
    await page.getByLabel('Your name').waitFor()
    expect(complaints).toEqual([])
  })

  it('[SUPPORT-24] whoever is not signed in gets nothing, and another person cannot open a session that is not theirs', async () => {
    const ada = await signIn('ada')
    await send(ada, 'A secret')
    await expect.poll(async () => (await saidOn(ada)).length).toBe(2)
    const key = 'support session of '
    const session = await ada.evaluate((name) => localStorage.getItem(`${name}ada`), key)
    const eve = await signIn('eve')
    const known = { name: `${key}eve`, session: session ?? '' }
    await eve.evaluate(({ name, session: id }) => localStorage.setItem(name, id), known)
    await eve.reload()
    await send(eve, 'Mine?')
    // It is none of theirs, so theirs is a new one.
    await expect.poll(() => saidOn(eve)).toEqual(['Mine?', expect.stringContaining('Thank you')])
    await eve.context().clearCookies()
    await send(eve, 'Still?')
    await expect.poll(() => status(eve)).toBe('Please sign in.')
    expect(await saidOn(eve)).not.toContain('A secret')
    expect(example.output()).not.toContain('A secret')
  })

  it('[SUPPORT-25] what the example is installed from names no registry, has every hash, and runs nothing', () => {
    const { packages } = readExampleLock() as { packages: Record<string, Record<string, unknown>> }
    const installed = Object.entries(packages).filter(([path]) => path !== '')
    expect(installed.length).toBeGreaterThan(10)
    for (const [path, { integrity, resolved, hasInstallScript }] of installed) {
      expect({ path, resolved, hasInstallScript, isProved: typeof integrity === 'string' }).toEqual({
        path,
        resolved: undefined,
        hasInstallScript: undefined,
        isProved: true,
      })
    }
  })
})
