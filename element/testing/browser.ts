/// <reference types="node" />
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium } from 'playwright-core'
import type { Browser } from 'playwright-core'

/** Where Chromium is: where `PARLEY_CHROMIUM` says, or on the path; undefined when it is nowhere. */
export function findChromium(environment: NodeJS.ProcessEnv): string | undefined {
  if (environment['PARLEY_CHROMIUM']) return environment['PARLEY_CHROMIUM']
  const folders = (environment['PATH'] ?? '').split(delimiter)
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'chrome']
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path))
}

/** @param more Arguments of Chromium's own. */
export function launchChromium(executablePath: string, more: readonly string[] = []): Promise<Browser> {
  const quiet = [
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
  ]
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', ...quiet, ...more] })
}
