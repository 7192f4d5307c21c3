/// <reference types="node" />
/** The page of the API in a real browser, on a started server with contract D's door behind it. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createAuthentication } from '../server/auth/authentication.ts'
import { createBearerTokens, createToken } from '../server/auth/bearer-tokens.ts'
import { createSecret } from '../server/auth/secrets.ts'
import { createRespondDoor } from '../server/contracts/respond/routes.ts'
import { createStaticFiles, readStaticFolder } from '../server/http/static-files.ts'
import { createTestDatabase } from '../server/testing/databases.ts'
import type { TestDatabase } from '../server/testing/databases.ts'
import { createFormsDoor } from '../server/testing/forms-door.ts'
import { createPacedAgent } from '../server/testing/paced-agent.ts'
import type { PacedAgent } from '../server/testing/paced-agent.ts'
import { createTestAdmission } from '../server/testing/test-admission.ts'
import { startTestServer } from '../server/testing/test-server.ts'
import type { TestServer } from '../server/testing/test-server.ts'
import { findChromium, launchChromium } from './testing/browser.ts'
import { createWatchedPages } from './testing/watched-pages.ts'
import type { WatchedPages } from './testing/watched-pages.ts'

const executable = findChromium(process.env)
const required = process.env['PARLEY_TEST_REQUIRE'] === 'all'
const secret = createSecret()

describe.skipIf(!executable && !required)('the page of the API in Chromium', () => {
  let browser: Browser
  let database: TestDatabase
  let agent: PacedAgent
  let server: TestServer
  let pages: WatchedPages
  let page: Page

  beforeAll(async () => {
    if (!executable) throw new Error('No Chromium: set PARLEY_CHROMIUM or put it on the path')
    const [launched, created, files] = await Promise.all([
      launchChromium(executable),
      createTestDatabase('pglite'),
      readStaticFolder(join(import.meta.dirname, 'page')),
    ])
    browser = launched
    pages = createWatchedPages(browser)
    database = created
    agent = createPacedAgent()
    const { storage } = database
    const authentication = createAuthentication([createBearerTokens({ secret })])
    const admission = createTestAdmission({ authentication })
    const respond = { store: storage.store, admission, allowedOrigins: [], onFailure() {} }
    server = await startTestServer({
      storage,
      agent,
      authentication,
      doors: (engine) => [createRespondDoor({ ...respond, engine }), createFormsDoor()],
      productVersion: '1.2.3',
      files: createStaticFiles(files),
    })
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
    await database?.close()
  })
  beforeEach(() => openPage())
  afterEach(async () => {
    await pages.close()
    expect(pages.complaints()).toEqual([])
  })

  async function openPage(options: BrowserContextOptions = {}, hash = ''): Promise<void> {
    page = await pages.open(`${server.url}/docs${hash}`, options)
    await page.getByRole('heading', { name: 'Respond and action' }).waitFor()
  }

  const operation = (id: string) => page.locator(`#${id}`)

  async function signIn(): Promise<void> {
    const token = await createToken({ secret }, { userId: 'docs' })
    await page.getByLabel('Bearer token').fill(token)
  }

  it('[DOCS-3] it tells every operation, its fields and its replies', async () => {
    const words = await page.locator('summary').allTextContents()
    expect(words).toEqual([
      expect.stringContaining('POST /chatkit'),
      expect.stringContaining('POST /v1/chatkit/conversation'),
      expect.stringContaining('POST /api/chatkit/respond'),
      expect.stringContaining('POST /api/chatkit/action'),
      expect.stringContaining('GET /api/chatkit/responses/{response_id}'),
      expect.stringContaining('GET /api/chatkit/responses/{response_id}/events'),
      expect.stringContaining('POST /forms/{name}'),
    ])
    await page.getByText('/api/chatkit/respond', { exact: true }).click()
    const respond = operation('postApiChatkitRespond')
    await respond.getByRole('group', { name: 'Schema: body' }).getByText('"thread_id"').waitFor()
    expect(await respond.getByRole('group', { name: 'Schema: 200' }).textContent()).toContain('"response_id"')
    // What it begins with is right but for what only a person knows.
    const begun: unknown = JSON.parse(await respond.getByLabel('Body (application/json)').inputValue())
    expect(begun).toEqual({ thread_id: null, input: '', metadata: null })
    await openPage({}, '#getApiChatkitResponsesByResponseIdEvents')
    await page.getByLabel('response_id (path, required)').waitFor({ state: 'visible' })
  })

  it('[DOCS-4] an operation is tried by keyboard alone, and answers as any client is answered', async () => {
    await page.getByLabel('Bearer token').focus()
    await page.keyboard.type(await createToken({ secret }, { userId: 'docs' }))
    await page.locator('#postApiChatkitRespond summary').focus()
    await page.keyboard.press('Enter')
    const respond = operation('postApiChatkitRespond')
    await respond.getByLabel('Body (application/json)').focus()
    await page.keyboard.press('Control+A')
    await page.keyboard.type('{"input": "Hello"}')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await respond.getByText('Answered with 200.').waitFor()
    const answer = respond.getByRole('group', { name: 'Answer' })
    expect(await answer.textContent()).toMatch(/x-ratelimit-remaining: \d+[^]*"status": "success"/)
    await agent.finish()
  })

  it('[DOCS-4] a stream is shown as it comes, and can be left', async () => {
    await signIn()
    await page.locator('#postApiChatkitRespond summary').click()
    const respond = operation('postApiChatkitRespond')
    await respond.getByLabel('Body (application/json)').fill('{"input": "Hello"}')
    await respond.getByLabel('As a stream of events').check()
    await respond.getByRole('button', { name: 'Send' }).click()
    const answer = respond.getByRole('group', { name: 'Answer' })
    await answer.getByText('event: response').waitFor()
    await agent.say('First words.')
    await answer.getByText('First words.').waitFor()
    await respond.getByRole('button', { name: 'Stop' }).click()
    await respond.getByText('Stopped.').waitFor()
    await agent.finish()
  })

  it('[DOCS-4] what is refused is shown, too, and a missing field is asked for before anything is sent', async () => {
    await page.locator('#postApiChatkitRespond summary').click()
    const respond = operation('postApiChatkitRespond')
    await respond.getByRole('button', { name: 'Send' }).click()
    await respond.getByText('Answered with 401.').waitFor()
    expect(await respond.getByRole('group', { name: 'Answer' }).textContent()).toContain('AUTH_ERROR')
    await page.locator('#getApiChatkitResponsesByResponseId summary').click()
    const result = operation('getApiChatkitResponsesByResponseId')
    await result.getByRole('button', { name: 'Send' }).click()
    expect(
      await result
        .getByLabel('response_id (path, required)')
        .evaluate((input) => input.matches(':invalid:focus')),
    ).toBe(true)
  })

  it('[DOCS-4] a form is sent as one, with its file, its path and its query', async () => {
    const form = operation('postFormsByName')
    await form.locator('summary').click()
    await form.getByText('Needs no credential.').waitFor()
    expect(await form.getByRole('group', { name: 'Schema: 200' }).textContent()).toContain('Node, as above')
    await form.getByLabel('name (path, required)').fill('a/b c')
    await form.getByLabel('loud (query)').fill('yes & no')
    const file = { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('Hello') }
    await form.getByLabel('file', { exact: true }).setInputFiles(file)
    await form.getByLabel('words', { exact: true }).fill('some')
    await form.getByRole('button', { name: 'Send' }).click()
    await form.getByText('Answered with 200.').waitFor()
    const answer = (await form.getByRole('group', { name: 'Answer' }).textContent()) ?? ''
    expect(JSON.parse(answer.slice(answer.indexOf('{')))).toEqual({
      name: 'a/b c',
      loud: 'yes & no',
      fileName: 'notes.txt',
      words: 'some',
    })
  })

  it('[DOCS-5] a token is kept nowhere', async () => {
    await signIn()
    await page.locator('#postApiChatkitRespond summary').click()
    await operation('postApiChatkitRespond').getByRole('button', { name: 'Send' }).click()
    await operation('postApiChatkitRespond').getByText('Answered with 422.').waitFor()
    const kept: unknown = await page.evaluate(
      '[localStorage.length, sessionStorage.length, document.cookie, location.search]',
    )
    expect(kept).toEqual([0, 0, '', ''])
    await page.reload()
    expect(await page.getByLabel('Bearer token').inputValue()).toBe('')
  })

  it.each(['light', 'dark'] as const)(
    '[DOCS-6] axe finds nothing to complain about (%s)',
    async (colorScheme) => {
      await openPage({ colorScheme, bypassCSP: true })
      const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
      await page.locator('#postApiChatkitRespond summary').click()
      await operation('postApiChatkitRespond').getByRole('button', { name: 'Send' }).click()
      await operation('postApiChatkitRespond').getByText('Answered with 401.').waitFor()
      await page.locator('#getApiChatkitResponsesByResponseIdEvents summary').click()
      await page.evaluate(axe)
      const found: unknown = await page.evaluate(
        'axe.run(document).then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" | ")))',
      )
      expect(found).toEqual([])
    },
  )

  it('[DOCS-6] at 320 pixels nothing overflows', async () => {
    await openPage({ viewport: { width: 320, height: 640 } })
    for (const summary of await page.locator('summary').all()) await summary.click()
    const widths: unknown = await page.evaluate('[document.documentElement.scrollWidth, innerWidth]')
    expect(widths).toEqual([320, 320])
  })
})
