import { posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { read, sourceFiles } from './sources.ts'

/** Who may import whom. A room may always import itself. */
const rooms: Record<string, readonly string[]> = {
  conversation: [],
  auth: [],
  limits: [],
  files: [],
  http: [],
  engine: ['conversation'],
  models: ['conversation'],
  tickets: ['conversation'],
  imports: ['conversation', 'auth'],
  doctor: ['settings'],
  knowledge: ['conversation'],
  agents: ['conversation', 'knowledge', 'tickets'],
  storage: ['conversation'],
  admission: ['auth', 'limits', 'http'],
  accounts: ['auth'],
  contracts: [
    'accounts',
    'conversation',
    'engine',
    'agents',
    'admission',
    'auth',
    'limits',
    'files',
    'knowledge',
    'tickets',
    'http',
  ],
  settings: [],
  'logging.ts': ['settings'],
  commands: ['accounts', 'auth', 'conversation', 'imports', 'doctor', 'settings'],
}

/** Of these, only the types: the interfaces that storage implements. */
const typesOnly: Record<string, readonly string[]> = {
  storage: ['engine', 'agents', 'limits', 'files', 'knowledge', 'tickets', 'auth', 'accounts'],
}

const knowAll = new Set(['app.ts', 'assembly', 'main.ts', 'index.ts', 'testing'])

/** Where each package may be used. Node's own modules may be used everywhere. */
const packages: Record<string, readonly string[]> = {
  hono: ['http', 'contracts', 'app.ts'],
  '@hono/node-server': ['http'],
  pg: ['storage'],
  '@electric-sql/pglite': ['storage'],
  ioredis: ['storage'],
  jose: ['auth'],
  'better-auth': ['accounts'],
  kysely: ['accounts'],
  'iron-webcrypto': ['auth'],
  openai: ['auth', 'imports'],
  '@fastify/busboy': ['files'],
  'file-type': ['files'],
  s3mini: ['files'],
  sharp: ['files'],
  undici: ['models'],
  '@ai-sdk/provider': ['models'],
  '@ai-sdk/anthropic': ['models'],
  '@ai-sdk/google': ['models'],
  '@ai-sdk/mistral': ['models'],
  marked: ['knowledge'],
  pino: ['logging.ts'],
  // The doors' routes are tables of schemas, and `http` is what reads them.
  zod: ['contracts', 'http'],
}

interface Import {
  file: string
  specifier: string
  isType: boolean
}

const importPattern =
  /^(?:import|export)(?<type> type)?\b[^'"`;]*?\bfrom\s*['"](?<from>[^'"]+)['"]|^import\s*['"](?<bare>[^'"]+)['"]|\bimport\(\s*['"](?<dynamic>[^'"]+)['"]\s*\)/gm

function importsOf(file: string): Import[] {
  return Array.from(read(file).matchAll(importPattern), ({ groups }) => ({
    file,
    specifier: groups?.from ?? groups?.bare ?? groups?.dynamic ?? '',
    isType: groups?.type !== undefined,
  }))
}

/** A suite that several tests share is a test, whatever it is called. */
const isTest = (file: string): boolean =>
  /\.test\.tsx?$/.test(file) || /^import .* from 'vitest'$/m.test(read(file))
const isForTests = (file: string): boolean => /^(?:server|element)\/testing\//.test(file) || isTest(file)
const roomOf = (file: string): string => file.split('/')[1] ?? ''
const target = ({ file, specifier }: Import): string => posix.join(posix.dirname(file), specifier)
const isLocal = ({ specifier }: Import): boolean => specifier.startsWith('.')
const describeImport = ({ file, specifier }: Import): string => `${file} imports ${specifier}`

const serverFiles = sourceFiles('server', ['.ts'])
const product = serverFiles.filter((file) => !isTest(file))
const productImports = product.flatMap(importsOf)

function isAllowed(imported: Import): boolean {
  const from = roomOf(imported.file)
  const to = roomOf(target(imported))
  if (knowAll.has(from)) return true
  if (from === 'contracts' && to === 'contracts') return doorOf(imported.file) === doorOf(target(imported))
  if (from === to || rooms[from]?.includes(to) === true) return true
  return imported.isType && typesOnly[from]?.includes(to) === true
}

const doorOf = (file: string): string => file.split('/')[2] ?? ''

describe('the rooms', () => {
  test('[YARD-1] a room imports only those that the table allows it, and a door never another', () => {
    const known = new Set([...Object.keys(rooms), ...knowAll])
    const strangers = product.filter((file) => !known.has(roomOf(file)))
    expect(strangers, 'not in the table').toEqual([])
    const violations = productImports.filter(isLocal).filter((imported) => !isAllowed(imported))
    expect(violations.map(describeImport)).toEqual([])
  })

  test('[YARD-1] the table catches what it must: it sees every kind of import', () => {
    const wrong = { file: 'server/http/json.ts', specifier: '../auth/secrets.ts', isType: true }
    const door = { file: 'server/contracts/page/routes.ts', specifier: '../chatkit/wire.ts', isType: true }
    const stored = { file: 'server/storage/store.ts', specifier: '../engine/engine.ts', isType: false }
    expect([wrong, door, stored, { ...stored, isType: true }].map(isAllowed)).toEqual([
      false,
      false,
      false,
      true,
    ])
    expect(importsOf('server/testing/architecture.test.ts').map(({ specifier }) => specifier)).toEqual([
      'node:path',
      'vitest',
      './sources.ts',
    ])
    expect(productImports.length).toBeGreaterThan(50)
  })

  test('[YARD-2] drivers, vendors and frameworks are used only in their rooms', () => {
    const used = productImports.filter(
      (imported) => !isLocal(imported) && !imported.specifier.startsWith('node:'),
    )
    const violations = used.filter(({ file, specifier }) => {
      const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
      return roomOf(file) !== 'testing' && packages[name]?.includes(roomOf(file)) !== true
    })
    expect(violations.map(describeImport)).toEqual([])
  })

  test('[YARD-3] only main.ts touches the environment, the signals and the exit of the process', () => {
    const touching = product.filter(
      (file) =>
        roomOf(file) !== 'testing' &&
        /\bprocess\.(?:env|on|once|exit|exitCode)\b/.test(withoutComments(read(file))),
    )
    expect(touching.filter((file) => file !== 'server/main.ts')).toEqual([])
  })

  test('[YARD-4] only tests import what is for testing', () => {
    const files = [...serverFiles, ...sourceFiles('element', ['.ts', '.tsx'])]
    const forTests = new Set(files.filter(isForTests))
    const imports = files.filter((file) => !forTests.has(file)).flatMap(importsOf)
    const violations = imports.filter((imported) => isLocal(imported) && forTests.has(target(imported)))
    expect(violations.map(describeImport)).toEqual([])
  })

  test('[YARD-5] the element knows of the server only the types on the wire', () => {
    const crossing = sourceFiles('element', ['.ts', '.tsx'])
      .filter((file) => !isForTests(file))
      .flatMap(importsOf)
      .filter((imported) => isLocal(imported) && !target(imported).startsWith('element/'))
    const violations = crossing.filter(
      (imported) => !imported.isType || !/^server\/contracts\/[^/]+\/wire\.ts$/.test(target(imported)),
    )
    expect(violations.map(describeImport)).toEqual([])
  })
})

function withoutComments(source: string): string {
  return source.replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '')
}
