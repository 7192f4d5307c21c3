/// <reference types="node" />
/** The Next.js example as it was built, started as a process of its own. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../server/testing/ports.ts'

const folder = fileURLToPath(new URL('../../examples/nextjs/', import.meta.url))

/** Why it cannot be started, or null. */
export function exampleIsMissing(): string | null {
  return existsSync(`${folder}.next/BUILD_ID`)
    ? null
    : 'examples/nextjs is not built (scripts/outside-packages.mjs)'
}

/** Its lock file. */
export function readExampleLock(): unknown {
  return JSON.parse(readFileSync(`${folder}package-lock.json`, 'utf8'))
}

export interface Example {
  url: string
  output(): string
  stop(): Promise<void>
}

/** Resolves when it answers. `data` is where its data goes, `path` where programs are. */
export async function startExample(data: string, path: string): Promise<Example> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const next = `${folder}node_modules/next/dist/bin/next`
  const child = spawn(process.execPath, [next, 'start', '--hostname', '127.0.0.1', '--port', String(port)], {
    cwd: folder,
    env: {
      PATH: path,
      PARLEY_DATA: data,
      PUBLIC_URL: url,
      NEXT_TELEMETRY_DISABLED: '1',
      NODE_ENV: 'production',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let hasEnded = false
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  child.stderr.on('data', (chunk) => (output += String(chunk)))
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      hasEnded = true
      resolve()
    })
  })
  while (!(await answers(url))) {
    if (hasEnded) throw new Error(`The example ended before it was ready:\n${output}`)
    await sleep(50)
  }
  return {
    url,
    output: () => output,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  )
}
