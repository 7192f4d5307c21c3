import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { isAgentName } from '../agents/agents.ts'
import { readAppFolder } from '../doctor/app-folder.ts'
import { readConfiguration } from '../settings/configuration.ts'
import type { Environment } from '../settings/configuration.ts'
import { CommandLineError } from './command-line.ts'
import { examine, readDoctorRequest } from './doctor-command.ts'

const home = mkdtempSync(join(tmpdir(), 'parley-doctor-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))
let apps = 0

function write(files: Record<string, string>): string {
  const folder = join(home, `app${(apps += 1)}`)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

/** Resolves with what was said, and with the sentence at the end when something is left. */
async function ask(directory: string | null, environment: Environment = {}) {
  let said = ''
  const failed = await examine(
    { directory },
    { configuration: readConfiguration(environment), isAgentName, say: (text) => (said += text) },
  ).then(
    () => null,
    (error: unknown) => {
      if (error instanceof CommandLineError) return error.message
      throw error
    },
  )
  // Sentences are broken into lines.
  return { said, failed, flat: said.replaceAll(/\s+/g, ' ') }
}

const settled = {
  PARLEY_PUBLIC_URL: 'https://chat.example.org',
  PARLEY_CHATKIT_ORIGINS: 'https://www.example.org',
  PARLEY_SECRET: 'x'.repeat(32),
  PARLEY_MODEL: 'm',
  OPENAI_API_KEY: 'sk-proj-of-the-model',
  CHATKIT_WORKFLOW_ID: 'wf_known00001',
}

const cdn = 'https://cdn.platform.openai.com/deployments/chatkit/chatkit.js'
const app = {
  '.env.local': `OPENAI_API_KEY=sk-proj-do-not-print-me\nWORKFLOW=wf_unknown0001 # old\n`,
  'app/layout.tsx': `export const a = 1\n  <Script src="${cdn}" />\n`,
  'app/session.ts': [
    'const base = process.env.CHATKIT_API_BASE ?? "https://api.openai.com"',
    'await fetch(`${base}/v1/chatkit/sessions`, { headers: { authorization: `Bearer ${process.env.OPENAI_API_KEY}` } })',
  ].join('\n'),
  'direct.py': 'httpx.get("https://api.openai.com/v1/chatkit/threads")',
  'client.ts': 'const client = new OpenAI({\n  apiKey: key(),\n})\nclient.beta.chatkit.sessions.create({})',
  'next.config.ts': `const csp = "script-src 'self' https://*.openai.com" // chatkit`,
  'fonts.ts': 'const chatkitFont = "https://cdn.openai.com/fonts/a.woff2"',
  'verify.js': 'fetch("/v1/chatkit/domain_keys/verify")',
}

describe('parley doctor', () => {
  test('[DOCTOR-1] each place that points to hosted ChatKit is named with its line and what to write instead', async () => {
    const { said, failed, flat } = await ask(write(app), settled)
    expect(failed).toBe('9 places still to be changed.')
    const expected: [string, string][] = [
      ['.env.local:1 ', 'it must be one of Parley’s (npm start -- key create'],
      ['.env.local:2 ', 'Start Parley with CHATKIT_WORKFLOW_ID=wf_unknown0001'],
      ['app/layout.tsx:2 ', 'Load https://chat.example.org/parley-chat.js'],
      ['app/session.ts:1 ', 'Set CHATKIT_API_BASE=https://chat.example.org; the code may stay.'],
      ['direct.py:1 ', 'Ask https://chat.example.org/v1/chatkit, with a key of Parley’s.'],
      ['client.ts:1 ', 'Give it baseURL: "https://chat.example.org/v1" and a key of Parley’s.'],
      ['next.config.ts:1 ', 'Name https://chat.example.org instead, in script-src'],
      ['fonts.ts:1 ', 'Serve it yourself, or leave it out'],
      ['verify.js:1 ', 'Nobody asks for domain keys here.'],
    ]
    for (const [place, words] of expected) {
      expect(said).toContain(`      ${place}`)
      expect(flat).toContain(words)
    }
  })

  test('[DOCTOR-1] what points elsewhere already, is only spoken of, or is about something else, is left alone', async () => {
    const folder = write({
      '.env.local':
        'CHATKIT_API_BASE=https://chat.example.org\nOPENAI_API_KEY=sk-parley-abc\nID=wf_known00001\n',
      '.env.example': 'OPENAI_API_KEY=sk-proj-…\nID=wf_...\n',
      'session.ts': app['app/session.ts'],
      'page.html': `<!-- <script src="${cdn}"></script> -->\n<openai-chatkit></openai-chatkit>`,
      'model.ts': 'const model = new OpenAI({ baseURL: "https://api.openai.com/v1" })',
      'own.ts': 'new OpenAI({\n  baseURL: url("(") })\nclient.beta.chatkit.threads.list()',
      'agent.ts': 'workflow: { id: "tutor" }',
      'README.md': cdn,
    })
    expect(await ask(folder, settled)).toMatchObject({
      failed: null,
      said: `${folder}: 7 files read\n\nNothing points to hosted ChatKit any more.\n`,
    })
  })

  test('[DOCTOR-1] what may stay, or cannot be seen in the source, is told and is nothing left to do', async () => {
    const folder = write({
      'config.ts': 'useChatKit({ api: { url, domainKey: "domain_pk_0123456789" } })',
      'session.ts': 'post("/v1/chatkit/sessions", process.env.OPENAI_API_KEY)',
    })
    const { said, failed } = await ask(folder, settled)
    expect(failed).toBeNull()
    expect(said).toMatch(/To be looked at[^]*config\.ts:1[^]*session\.ts:1/)
  })

  test('[DOCTOR-2] no secret of the app’s or of the server’s is printed', async () => {
    const secrets = [
      'sk-proj-abcdef123456',
      'hunter2hunter2',
      'domain_pk_abcdef123',
      'eyJhbGciOi.abc.def',
      'pa55word',
    ]
    const folder = write({
      '.env': `OPENAI_API_KEY=${secrets[0]}\nA_SECRET=wf_unknown0001/${secrets[1]}\nURL=https://u:${secrets[4]}@api.openai.com/v1/chatkit?api_key=${secrets[1]}\n`,
      'a.ts': `fetch("https://api.openai.com/v1/chatkit/sessions", { apiKey: "${secrets[1]}", x: "${secrets[2]}", authorization: "Bearer ${secrets[3]}" })`,
      'b.json': `{"clientSecret": "${secrets[1]}", "chatkit": "https://api.openai.com/v1/chatkit", "y": "${secrets[0]}"}`,
      'c.ts': `"\u001b[2Jhttps://api.openai.com/v1/chatkit"`,
    })
    const { said, failed } = await ask(folder, { ...settled, PARLEY_CHATKIT_WORKFLOW_HOSTED: 'on' })
    expect(said).toMatch(/a\.ts:1[^]*b\.json:1[^]*c\.ts:1/)
    for (const secret of [...secrets, settled.PARLEY_SECRET, settled.OPENAI_API_KEY, '\u001b']) {
      expect(`${said}${failed}`).not.toContain(secret)
    }
  })

  test('[DOCTOR-3] only source is read, within limits that are named when they are met', async () => {
    const folder = write({
      'node_modules/a/index.js': cdn,
      'dist/index.js': cdn,
      'package-lock.json': cdn,
      'big.js': 'x'.repeat(200),
      'a/b/c.js': 'deep',
      'one.js': '1',
      'two.js': '2',
    })
    symlinkSync(folder, join(folder, 'again'))
    const all = await readAppFolder(folder)
    expect(all.files.map(({ path }) => path)).toEqual(['a/b/c.js', 'big.js', 'one.js', 'two.js'])
    expect(all.passedOver).toEqual([])
    const some = await readAppFolder(folder, { fileBytesMax: 100, depthMax: 1, filesMax: 1 })
    expect(some.files.map(({ path }) => path)).toEqual(['one.js'])
    expect(some.passedOver.join('\n')).toMatch(/a\/b .*depthMax[^]*big\.js .*fileBytesMax[^]*filesMax 1/)
    await expect(readAppFolder(join(folder, 'nowhere'))).rejects.toThrow('ENOENT')
  })

  test('[DOCTOR-4] the settings tell what they still say of hosted ChatKit, and what they do not say yet', async () => {
    const hosted = await ask(null, { ...settled, PARLEY_CHATKIT_WORKFLOW_HOSTED: 'on' })
    expect(hosted.failed).toBe('1 place still to be changed.')
    expect(hosted.flat).toContain('PARLEY_CHATKIT_WORKFLOW_HOSTED is on: sessions are still made at OpenAI.')
    expect(await ask(null, settled)).toMatchObject({
      failed: null,
      said: '\nNothing points to hosted ChatKit any more.\n',
    })
    const bare = await ask(null)
    expect(bare.failed).toBeNull()
    for (const variable of [
      'CHATKIT_WORKFLOW_ID',
      'PARLEY_CHATKIT_ORIGINS',
      'PARLEY_PUBLIC_URL',
      'PARLEY_SECRET',
      'PARLEY_MODEL',
    ]) {
      expect(bare.said).toContain(`  ${variable} is not set`)
    }
    expect(readDoctorRequest(['--directory', 'app'])).toEqual({ directory: 'app' })
    expect(() => readDoctorRequest(['app'])).toThrow(CommandLineError)
  })
})
