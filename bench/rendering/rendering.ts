/**
 * What it costs the browser to draw an answer while it arrives, and a long conversation: the whole element beside Streamdown and
 * assistant-ui, fed with the same text at the same pace on the same page.
 *
 *   answer.ts ──text──▶ pages/measure.mjs ──pieces──▶ pages/<contestant>.mjs ──▶ the document
 *                         frame times                   DevTools: seconds of script and layout, heap after a collection
 */
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { delimiter, join } from 'node:path'
import { chromium } from 'playwright-core'
import type { Browser, CDPSession, Page } from 'playwright-core'
import { describeMachine } from '../machine.ts'
import { median, percentile } from '../statistics.ts'
import { lastWords, makeAnswer, makeThread } from './answer.ts'
import { buildPages, contestants, readVersions } from './build-pages.ts'
import type { Contestant, Files } from './build-pages.ts'
import { renderingTable } from './rendering-table.ts'

export interface RenderingOptions {
  /** The repository. */
  root: string
  /** Where programs are looked for. */
  path: string
  size: 'quick' | 'full'
  /** Null: 3, or 1 in a quick run. */
  repetitions: number | null
  onProgress: (text: string) => void
}

/** What one contestant did in one repetition. */
export interface RenderingSample {
  scenario: 'answer' | 'thread'
  contestant: Contestant
  repetition: number
  /** Until an old conversation was on the screen; 0 where there was none. */
  openMilliseconds: number
  /** From the first piece until the last words were on the screen. */
  milliseconds: number
  /** Of the main thread while the text arrived. */
  scriptMilliseconds: number
  layoutMilliseconds: number
  taskMilliseconds: number
  frameMedian: number
  frame99: number
  frameMax: number
  /** Of the JavaScript heap after a collection, over that of the empty page. */
  heapMegabytes: number
  nodes: number
}

interface Load {
  scenario: RenderingSample['scenario']
  messages: number
  answerLength: number
  charactersPerTick: number
}

const tickMilliseconds = 10
const megabyte = 1_048_576
const openSecondsMax = 300

function loadsFor(size: RenderingOptions['size']): Load[] {
  const isQuick = size === 'quick'
  return [
    // 200,000 characters at 10,000 a second: a hundred times what is read, and what the fastest models write.
    { scenario: 'answer', messages: 0, answerLength: isQuick ? 50_000 : 200_000, charactersPerTick: 100 },
    { scenario: 'thread', messages: isQuick ? 1_000 : 10_000, answerLength: 4_000, charactersPerTick: 20 },
  ]
}

/** Measures, says what came out, and writes it to `bench/results`. Returns the exit code. */
export async function measureRendering(options: RenderingOptions): Promise<number> {
  const { root, path, size, onProgress } = options
  const executablePath = findChromium(path)
  if (executablePath === undefined) {
    onProgress('There is no Chromium on the path.\n')
    return 1
  }
  onProgress('· Building the pages …\n')
  const server = await serve(await buildPages(root))
  const { port } = server.address() as AddressInfo
  const samples: RenderingSample[] = []
  try {
    const rounds = options.repetitions ?? (size === 'quick' ? 1 : 3)
    for (let repetition = 1; repetition <= rounds; repetition += 1) {
      for (const load of loadsFor(size)) {
        for (const contestant of contestants) {
          // A browser of its own, so that nobody inherits another's heap or compiled code.
          const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
          const sample = await measureOne(browser, `http://127.0.0.1:${port}/${contestant}/`, load)
          await browser.close()
          samples.push({ scenario: load.scenario, contestant, repetition, ...sample })
          onProgress(`· ${load.scenario}, ${contestant}, ${repetition} of ${rounds}\n`)
        }
      }
    }
  } finally {
    server.close()
  }
  onProgress(`\n${renderingTable(samples)}\n`)
  const report = { machine: describeMachine(null), versions: await readVersions(root), size, samples }
  const folder = join(root, 'bench', 'results')
  await mkdir(folder, { recursive: true })
  const file = join(folder, `rendering-${new Date().toISOString().slice(0, 16).replace(':', '-')}.json`)
  await writeFile(file, `${JSON.stringify(report, null, 1)}\n`)
  onProgress(`Written: ${file}\n`)
  return 0
}

type Measured = Omit<RenderingSample, 'scenario' | 'contestant' | 'repetition'>

async function measureOne(browser: Browser, address: string, load: Load): Promise<Measured> {
  const page = await browser.newPage({ viewport: { width: 1000, height: 800 } })
  page.setDefaultTimeout(openSecondsMax * 1000)
  await page.goto(address)
  await page.waitForFunction('globalThis.contestant !== undefined')
  const devTools = await page.context().newCDPSession(page)
  await devTools.send('Performance.enable')
  const atFirst = await readMetrics(devTools)
  const openMilliseconds = load.messages === 0 ? 0 : await openThread(page, load.messages)
  const before = await readMetrics(devTools)
  const settings = {
    text: makeAnswer(load.answerLength),
    charactersPerTick: load.charactersPerTick,
    tickMilliseconds,
    lastWords,
  }
  const streamed = await page.evaluate<{ frames: number[]; milliseconds: number }>(
    `contestant.stream(${JSON.stringify(settings)})`,
  )
  const after = await readMetrics(devTools)
  const frames = streamed.frames.toSorted((one, other) => one - other)
  const spent = (name: string): number => (after.get(name) ?? 0) * 1000 - (before.get(name) ?? 0) * 1000
  return {
    openMilliseconds,
    milliseconds: streamed.milliseconds,
    scriptMilliseconds: spent('ScriptDuration'),
    layoutMilliseconds: spent('LayoutDuration') + spent('RecalcStyleDuration'),
    taskMilliseconds: spent('TaskDuration'),
    frameMedian: median(frames),
    frame99: percentile(frames, 99),
    frameMax: frames.at(-1) ?? 0,
    heapMegabytes: ((after.get('JSHeapUsedSize') ?? 0) - (atFirst.get('JSHeapUsedSize') ?? 0)) / megabyte,
    nodes: after.get('Nodes') ?? 0,
  }
}

function openThread(page: Page, messages: number): Promise<number> {
  const old = makeThread(messages)
  const last = old.at(-1)?.text.split('\n').at(-1)?.replace(/^- /, '') ?? ''
  return page.evaluate<number>(`contestant.open(${JSON.stringify(old)}, ${JSON.stringify(last)})`)
}

/** With the heap as it is when what nobody needs any more is gone. */
async function readMetrics(devTools: CDPSession): Promise<Map<string, number>> {
  await devTools.send('HeapProfiler.collectGarbage')
  const { metrics } = await devTools.send('Performance.getMetrics')
  return new Map(metrics.map(({ name, value }) => [name, value]))
}

async function serve(files: Files): Promise<Server> {
  const server = createServer(({ url = '/' }, response) => {
    const file = files.get(url)
    if (file) response.writeHead(200, { 'Content-Type': file.type }).end(file.body)
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

function findChromium(path: string): string | undefined {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'chrome']
  return path
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((file) => existsSync(file))
}
