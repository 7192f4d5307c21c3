/// <reference types="node" />
/** The main path as a person walks it: the real program, a real browser, a scripted model behind real HTTP. */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { TestContext } from 'vitest'
import { findChromium, launchChromium } from './testing/browser.ts'
import { speak } from '../server/testing/fake-openai-scripts.ts'
import type { Script } from '../server/testing/fake-openai-scripts.ts'
import { startFakeOpenAi } from '../server/testing/fake-openai.ts'
import type { FakeOpenAi } from '../server/testing/fake-openai.ts'
import { shows } from '../server/testing/clients.ts'
import { freePort } from '../server/testing/ports.ts'
import { startProgram } from '../server/testing/program.ts'
import type { Program } from '../server/testing/program.ts'

const executable = findChromium(process.env)
const required = process.env['PARLEY_TEST_REQUIRE'] === 'all'

const words = Array.from({ length: 120 }, (_, number) => `word${number}`).join(' ')
/** Slow enough to do something in the middle of it. */
const answer: Script = [...speak(words, 60), { type: 'finish' }]
/** The same for as long as nobody ends it. */
const unfinished: Script = [...speak(words, 60), { type: 'hang' }]

const manifest = new URL('package.json', import.meta.url)
const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }

function showsElement(task: TestContext['task'], ...what: string[]): void {
  shows({ task }, { client: '<parley-chat>', version, door: '/chatkit', what, where: 'headless Chromium' })
}

// Programs and pages start slowly where others work.
describe.skipIf(executable === undefined && !required)('the main path', { timeout: 120_000 }, () => {
  let browser: Browser
  let upstream: FakeOpenAi
  let data: string
  let program: Program
  let context: BrowserContext
  let page: Page
  let complaints: string[]

  beforeAll(async () => {
    if (executable === undefined) throw new Error('No Chromium: set PARLEY_CHROMIUM or put it on the path')
    browser = await launchChromium(executable)
    upstream = await startFakeOpenAi()
  })
  afterAll(async () => {
    await browser?.close()
    await upstream?.close()
  })

  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'parley-main-path-'))
    program = await start()
    complaints = []
    context = await browser.newContext({ reducedMotion: 'reduce' })
    page = await open()
  })
  afterEach(async () => {
    await context.close()
    await program.stop('SIGKILL')
    await rm(data, { recursive: true, force: true })
  })

  /** On a port that it can have again when it has been killed. */
  const start = async (secret?: string): Promise<Program> =>
    startProgram({
      data,
      upstreamUrl: upstream.baseUrl,
      port: await freePort(),
      environment: { PARLEY_MODEL_SILENCE_SECONDS: '3600' },
      ...(secret === undefined ? {} : { secret }),
    })

  async function open(url = program.url): Promise<Page> {
    const opened = await context.newPage()
    const own = new URL(url).origin
    opened.on('request', (request) => {
      if (new URL(request.url()).origin !== own) complaints.push(`asked ${request.url()}`)
    })
    opened.on('pageerror', (error) => complaints.push(String(error)))
    opened.on('console', (entry) => {
      if (entry.type() === 'error' && !entry.text().includes('Failed to load')) complaints.push(entry.text())
    })
    await opened.goto(url)
    return opened
  }

  async function ask(text: string): Promise<void> {
    await page.getByRole('textbox', { name: 'Message' }).fill(text)
    await page.getByRole('textbox', { name: 'Message' }).press('Enter')
  }

  async function answerText(on: Page = page): Promise<string> {
    const answers = on.locator('article.answer .markdown')
    return (await answers.count()) === 0 ? '' : (await answers.last().innerText()).trim()
  }

  it('[PATH-1] an answer streams, survives a reload in the middle, and ends without a missing or doubled character', async ({
    task,
  }) => {
    showsElement(task, 'send', 'stream', 'reload in mid-answer')
    upstream.play(answer)
    await ask('Count, please.')
    await expect.poll(() => answerText()).toContain('word20')
    await page.reload()
    await expect.poll(() => answerText()).toContain('word30')
    await page.reload()
    await expect.poll(() => answerText()).toBe(words)
    expect(await page.locator('article.question').count()).toBe(1)
    expect(complaints).toEqual([])
  })

  it('[PATH-2] a second tab sees the same answer while it is written', async ({ task }) => {
    showsElement(task, 'a second tab')
    upstream.play(answer)
    await ask('Count, please.')
    await expect.poll(() => answerText()).toContain('word5')
    const second = await open(page.url())
    await expect.poll(() => answerText(second)).toContain('word20')
    await expect.poll(() => answerText(second)).toBe(words)
    await expect.poll(() => answerText()).toBe(words)
    expect(complaints).toEqual([])
  })

  it('[PATH-3] stopping keeps the partial text, closes the upstream, and the next message works', async ({
    task,
  }) => {
    showsElement(task, 'stop')
    upstream.play(unfinished)
    await ask('Count, please.')
    await expect.poll(() => answerText()).toContain('word10')
    await page.getByRole('button', { name: 'Stop' }).click()
    await expect.poll(() => page.getByText('Stopped.').count()).toBeGreaterThan(0)
    const partial = await answerText()
    expect(words.startsWith(partial)).toBe(true)
    await expect.poll(() => upstream.requests.at(-1)?.closedByClient).toBe(true)
    await page.reload()
    await expect.poll(() => answerText()).toBe(partial)
    upstream.play([{ type: 'text', text: 'Gladly.' }, { type: 'finish' }])
    await ask('Something else, then.')
    await expect.poll(() => answerText()).toBe('Gladly.')
    expect(complaints).toEqual([])
  })

  it('[PATH-4] after kill -9 in mid-answer and a restart, the question and the partial answer are there, and retry works', async ({
    task,
  }) => {
    showsElement(task, 'restart', 'retry')
    upstream.play(unfinished)
    await ask('Count, please.')
    await expect.poll(() => answerText()).toContain('word15')
    const path = new URL(page.url())
    await program.stop('SIGKILL')
    program = await start(program.secret)
    // Another port is another origin: the guest's cookie is the host's, so it is the same guest.
    page = await open(`${program.url}/${path.hash}`)
    await expect.poll(() => page.getByRole('alert').innerText()).toContain('was interrupted')
    expect(await page.locator('article.question').innerText()).toContain('Count, please.')
    const partial = await answerText()
    expect(partial).toContain('word10')
    expect(words.startsWith(partial)).toBe(true)
    upstream.play(answer)
    await page.getByRole('button', { name: 'Try again' }).click()
    await expect.poll(() => answerText()).toBe(words)
    expect(await page.locator('article.question').count()).toBe(1)
    expect(complaints).toEqual([])
  })

  it('[PATH-5] a page that stays open finds its way back by itself when the server is killed and comes again', async () => {
    upstream.play(unfinished)
    await ask('Count, please.')
    await expect.poll(() => answerText()).toContain('word15')
    const port = Number(new URL(program.url).port)
    const secret = program.secret
    await program.stop('SIGKILL')
    program = await startProgram({ data, upstreamUrl: upstream.baseUrl, port, secret })
    await expect.poll(() => page.getByRole('alert').innerText()).toContain('was interrupted')
    expect(words.startsWith(await answerText())).toBe(true)
  })

  it('[PATH-6] without a model, the built-in answerer says what it is and quotes with sources', async ({
    task,
  }) => {
    showsElement(task, 'sources')
    await program.stop()
    program = await startProgram({ data })
    page = await open()
    await ask('How do I connect a language model?')
    await expect.poll(() => answerText()).toContain('No language model is configured')
    await expect.poll(() => answerText()).toContain('PARLEY_MODEL')
    await page.getByText('1 source').click()
    await expect.poll(() => page.getByText('Parley › Connect a language model').count()).toBeGreaterThan(1)
    expect(complaints).toEqual([])
  })
})
