/// <reference types="node" />
/** The package as it is published, seen by somebody who installs it. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)
const { resolve } = createRequire(import.meta.url)
const element = import.meta.dirname

const program = `
import { ParleyChat, registerWidget } from '@parley/element'
import type { ChatOptions } from '@parley/element'
import { useChatKitSession } from '@parley/element/react'

const options: ChatOptions = { api: { url: '/chatkit' }, theme: 'dark', composer: { attachments: { enabled: true } } }
export function begin(chat: ParleyChat): Promise<void> {
  chat.setOptions(options)
  registerWidget('Acme.Map', (node, host) => Object.assign(host.children, { title: node.type }))
  return chat.sendUserMessage({ text: 'Hello' })
}
export function secret(): Promise<string> {
  const { session, loading, error, createSession, refresh, revoke, getClientSecret } = useChatKitSession()
  if (loading || error !== null) void createSession().then(refresh).then(revoke)
  return getClientSecret(session?.chatKitSessionId ?? null)
}
// @ts-expect-error -- an option that does not exist is noticed
export const wrong: ChatOptions = { composer: { attachment: { enabled: true } } }
`

describe('the package', () => {
  let folder: string
  let installed: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-package-'))
    installed = join(folder, 'node_modules', '@parley', 'element')
    await mkdir(installed, { recursive: true })
    await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: element })
    const [archive = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'))
    await run('tar', ['xzf', join(folder, archive), '--strip-components=1', '-C', installed])
    for (const name of ['react', '@types/react', 'csstype']) {
      const place = join(folder, 'node_modules', name)
      await mkdir(dirname(place), { recursive: true })
      await symlink(dirname(resolve(`${name}/package.json`)), place)
    }
  })

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true })
  })

  it('[ELEMENT-28] has types of its own, which need nothing that is not in it', async () => {
    await writeFile(join(folder, 'program.ts'), program)
    const parameters = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--lib',
      'es2023,dom',
    ]
    const tsc = join(dirname(resolve('typescript/package.json')), 'bin', 'tsc')
    await expect(
      run(process.execPath, [tsc, ...parameters, '--types', '', 'program.ts'], { cwd: folder }),
    ).resolves.toMatchObject({ stdout: '' })
  })

  it('[ELEMENT-28] can be imported where there is no document', async () => {
    const text =
      "import { ParleyChat } from '@parley/element'; import { useChatKitSession } from '@parley/element/react'; console.log(typeof ParleyChat, typeof useChatKitSession)"
    await writeFile(join(folder, 'program.mjs'), text)
    const { stdout } = await run(process.execPath, ['program.mjs'], { cwd: folder })
    expect(stdout.trim()).toBe('function function')
  })

  it('[ELEMENT-28] holds every part that the element loads, and says the hash of the file that never changes', async () => {
    const { file, integrity } = JSON.parse(
      await readFile(join(installed, 'dist', 'parley-chat.json'), 'utf8'),
    ) as { file: string; integrity: string }
    const code = await readFile(join(installed, 'dist', file), 'utf8')
    const digest = await crypto.subtle.digest('SHA-384', Buffer.from(code))
    expect(integrity).toBe(`sha384-${Buffer.from(digest).toString('base64')}`)
    const parts = new Set([...code.matchAll(/\.\/(chunks\/[\w.-]+\.js)/g)].map(([, part]) => part))
    expect(parts.size).toBeGreaterThan(5)
    const there = await readdir(join(installed, 'dist', 'chunks'))
    for (const part of parts) expect(there.map((name) => `chunks/${name}`)).toContain(part)
  })
})
