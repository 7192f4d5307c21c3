/// <reference types="node" />
/** The page to sign in at, in a real browser, with accounts behind it and somebody else's provider beside. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createAccounts } from '../server/accounts/accounts.ts'
import { createAdmission } from '../server/admission/admission.ts'
import { createParley } from '../server/app.ts'
import { createAuthentication } from '../server/auth/authentication.ts'
import { createRevocations } from '../server/auth/revocations.ts'
import { createSecret } from '../server/auth/secrets.ts'
import { createAccountsDoor } from '../server/contracts/accounts/routes.ts'
import type { FetchHandler } from '../server/http/front.ts'
import { listen } from '../server/http/listener.ts'
import type { Listener } from '../server/http/listener.ts'
import { createStaticFiles, readStaticFolder } from '../server/http/static-files.ts'
import { createLimiter } from '../server/limits/limiter.ts'
import type { Limiter } from '../server/limits/limits.ts'
import { createMemoryLimits } from '../server/limits/memory.ts'
import { createTestDatabase } from '../server/testing/databases.ts'
import type { TestDatabase } from '../server/testing/databases.ts'
import { createPacedAgent } from '../server/testing/paced-agent.ts'
import { startOidcProvider } from '../server/testing/oidc-provider.ts'
import type { OidcProvider } from '../server/testing/oidc-provider.ts'
import { silentLog } from '../server/testing/silent-log.ts'
import { findChromium, launchChromium } from './testing/browser.ts'
import { createWatchedPages } from './testing/watched-pages.ts'
import type { WatchedPages } from './testing/watched-pages.ts'

const executable = findChromium(process.env)
const required = process.env['PARLEY_TEST_REQUIRE'] === 'all'
const password = 'correct horse battery'

describe.skipIf(!executable && !required)('the page to sign in at, in Chromium', () => {
  let browser: Browser
  let database: TestDatabase
  let provider: OidcProvider
  let limiter: Limiter
  let server: Listener
  let pages: WatchedPages
  let page: Page

  beforeAll(async () => {
    if (!executable) throw new Error('No Chromium: set PARLEY_CHROMIUM or put it on the path')
    ;[browser, database, provider] = await Promise.all([
      launchChromium(executable),
      createTestDatabase('pglite'),
      startOidcProvider(),
    ])
    pages = createWatchedPages(browser, [provider.url])
    let handler: FetchHandler = () => new Response(null, { status: 503 })
    server = await listen({
      fetch: (request, bindings) => handler(request, bindings),
      log: silentLog,
      port: 0,
    })
    limiter = createLimiter({ store: createMemoryLimits(), key: new Uint8Array(32) })
    const { url: issuer, clientId, clientSecret } = provider
    const accounts = createAccounts({
      database: database.storage.accounts,
      url: server.url,
      secret: createSecret(),
      signUp: 'open',
      providers: { oidc: { issuer, clientId, clientSecret } },
      revocations: createRevocations(),
      onFailure: () => {},
    })
    const clientAddress = () => '203.0.113.1'
    const now = () => new Date()
    const authentication = createAuthentication([accounts.authenticator])
    const admission = createAdmission({ authentication, limiter, clientAddress, now })
    const chat = Buffer.from('<title>The chat</title><h1>The chat</h1>')
    const files = createStaticFiles([
      ...(await readStaticFolder(join(import.meta.dirname, 'page'))),
      { path: '/index.html', bytes: chat },
    ])
    const door = createAccountsDoor({ accounts, admission, limiter, clientAddress, now, files })
    const { storage } = database
    const product = { storage, agent: createPacedAgent(), authentication, log: silentLog, files }
    handler = createParley({ ...product, doors: () => [door] }).fetch
  })
  afterAll(async () => {
    await browser?.close()
    await Promise.all([server?.drain(200), provider?.close(), limiter?.close()])
    await database?.close()
  })
  beforeEach(() => openPage())
  afterEach(async () => {
    await pages.close()
    expect(pages.complaints()).toEqual([])
  })

  async function openPage(options: BrowserContextOptions = {}, search = ''): Promise<void> {
    page = await pages.open(`${server.url}/sign-in${search}`, options)
    await page.getByLabel('Password').waitFor()
  }

  async function signUp(email: string): Promise<void> {
    await page.getByRole('button', { name: 'Make an account' }).click()
    await page.getByLabel('Name').fill('Ada')
    await page.getByLabel('E-mail').fill(email)
    await page.getByLabel('Password').fill(password)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'The chat' }).waitFor()
  }

  it('[ACCOUNT-18] one makes an account, signs out, and signs in again, by keyboard alone too', async () => {
    await signUp('ada@example.org')
    await page.goto(`${server.url}/sign-in`)
    await page.getByText('Signed in as ada@example.org.').waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Password').waitFor()
    await page.getByLabel('E-mail').focus()
    await page.keyboard.type('ada@example.org')
    await page.keyboard.press('Tab')
    await page.keyboard.type('not the password')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').getByText('Invalid email or password').waitFor()
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('heading', { name: 'The chat' }).waitFor()
  })

  it('[ACCOUNT-18] one goes to a provider and comes back signed in, or is told why not', async () => {
    await page.route(`${provider.url}/authorize**`, (route) => {
      const person = { sub: 'p1', email: 'eve@example.org', email_verified: true, name: 'Eve' }
      const location = provider.authorize(route.request().url(), person)
      return route.fulfill({ status: 302, headers: { location } })
    })
    await page.getByRole('button', { name: 'With your organisation' }).click()
    await page.getByRole('heading', { name: 'The chat' }).waitFor()
    await page.goto(`${server.url}/sign-in`)
    await page.getByText('Signed in as eve@example.org.').waitFor()
    await openPage({}, '?error=signup_disabled')
    await page.getByRole('alert').getByText('There is no account of yours here.').waitFor()
    await openPage({}, '?error=%3Cimg%20src%3Dx%3E')
    await page.getByRole('alert').getByText('The sign-in did not work.').waitFor()
  })

  it('[ACCOUNT-18] whoever made the link chooses no other site to go on to', async () => {
    await signUp('eva@example.org')
    const onwards = async (next: string) => {
      await page.goto(`${server.url}/sign-in?next=${encodeURIComponent(next)}`)
      return page.getByRole('link', { name: 'To the chat' }).getAttribute('href')
    }
    for (const next of [
      '//evil.example/',
      '/\\evil.example',
      '\\\\evil.example',
      '/\t/evil.example',
      '/\n/evil.example',
      'http://[',
      `blob:${server.url}/evil`,
      'https://evil.example',
      'javascript:alert(1)',
    ]) {
      expect([next, await onwards(next)]).toEqual([next, '/'])
    }
    expect(await onwards('/docs#one')).toBe(`${server.url}/docs#one`)
    expect(await onwards('/.//evil.example')).toBe(`${server.url}//evil.example`)
  })

  it('[ACCOUNT-18] axe finds nothing on it, in light and in dark', async () => {
    const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
    for (const colorScheme of ['light', 'dark'] as const) {
      // The policy lets in no script of others, and axe is one.
      await openPage({ colorScheme, bypassCSP: true })
      await page.getByRole('button', { name: 'Make an account' }).click()
      await page.addScriptTag({ content: axe })
      const violations = await page.evaluate(
        'axe.run().then(({ violations }) => violations.map(({ id }) => id))',
      )
      expect([colorScheme, violations]).toEqual([colorScheme, []])
    }
  })
})
