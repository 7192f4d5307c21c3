/// <reference types="node" />
/** Pages of a server in a browser, watched: whatever one complains of, or asks of another origin, is kept. */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'

export interface WatchedPages {
  /** In a context of its own; closes the one before. What was kept is forgotten. */
  open(address: string, options?: BrowserContextOptions, prepare?: Prepare): Promise<Page>
  /** What went wrong in the page that is open, and what it asked elsewhere. */
  complaints(): readonly string[]
  close(): Promise<void>
}

/** Called before the page is opened. */
export type Prepare = (context: BrowserContext) => Promise<unknown>

/** @param mayGoTo Other origins that a page may lead a person to. */
export function createWatchedPages(browser: Browser, mayGoTo: readonly string[] = []): WatchedPages {
  let context: BrowserContext | undefined
  let complaints: string[] = []
  return {
    async open(address, options = {}, prepare = () => Promise.resolve()) {
      await context?.close()
      complaints = []
      context = await browser.newContext(options)
      await prepare(context)
      const opened = await context.newPage()
      watch(opened, { own: new URL(address).origin, mayGoTo, complaints })
      await opened.goto(address)
      return opened
    },
    complaints: () => complaints,
    async close() {
      await context?.close()
    },
  }
}

interface Watch {
  own: string
  mayGoTo: readonly string[]
  complaints: string[]
}

function watch(page: Page, { own, mayGoTo, complaints }: Watch): void {
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (entry) => {
    // What a server refuses is a complaint of the browser's, not of the page's.
    if (entry.type() === 'error' && !entry.text().includes('Failed to load')) complaints.push(entry.text())
  })
  page.on('request', (request) => {
    const { origin } = new URL(request.url())
    const isAllowed = origin === own || (request.isNavigationRequest() && mayGoTo.includes(origin))
    if (!isAllowed) complaints.push(`asked ${request.url()}`)
  })
}
