/** Reading what the other side tells, over real HTTP, and what becomes of it before it is written anywhere. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { CommandLineError } from '../commands/command-line.ts'
import { readImportRequest, runImport } from '../commands/import-command.ts'
import type { ImportSurroundings } from '../commands/import-command.ts'
import type { ImportedPart, ThreadImports } from '../conversation/imports.ts'
import type { Owner } from '../conversation/threads.ts'
import {
  heldThread,
  heldThreadOfAllTypes,
  startFakeThreadsApi,
  threadsApiKey,
} from '../testing/fake-threads-api.ts'
import type { FakeThreadsApi, HeldThread, ThreadsAnswer } from '../testing/fake-threads-api.ts'
import { createFileSource } from './file-source.ts'
import { itemBytesMax, readItem } from './platform-items.ts'
import { readThread } from './platform-threads.ts'

const folder = mkdtempSync(join(tmpdir(), 'parley-import-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const newPath = (): string => join(folder, `copy${(files += 1)}.jsonl`)

const apis: FakeThreadsApi[] = []
afterEach(async () => {
  await Promise.all(apis.splice(0).map((api) => api.close()))
})
async function serve(held: HeldThread[]): Promise<FakeThreadsApi> {
  const api = await startFakeThreadsApi(held)
  apis.push(api)
  return api
}

/** What would be written, in memory. */
function createMemory() {
  const threads = new Map<string, { owner: Owner; part: ImportedPart; itemIds: string[] }>()
  let place: string | null = null
  const imports: ThreadImports = {
    async standing(_owner, sourceId) {
      const known = threads.get(sourceId)
      return known === undefined ? null : { lastItemId: known.part.lastItemId, isGone: false }
    },
    async add(owner, given) {
      const known = threads.get(given.sourceId)
      const part = { ...given, lastItemId: given.lastItemId ?? known?.part.lastItemId ?? null }
      const news = part.items.map(({ id }) => id).filter((id) => known?.itemIds.includes(id) !== true)
      threads.set(part.sourceId, { owner, part, itemIds: [...(known?.itemIds ?? []), ...news] })
      return { outcome: 'added', isNewThread: known === undefined, itemIds: news }
    },
    place: async () => place,
    async savePlace(_tenantId, _name, saved) {
      place = saved
    },
  }
  return { imports, threads, place: () => place }
}

/** Types the command. Resolves with what it said, and with the sentence that it failed with. */
async function type(
  line: string,
  surroundings: Partial<ImportSurroundings> = {},
): Promise<{ said: string; failed: string | null; waits: number[] }> {
  let said = ''
  const waits: number[] = []
  const run = runImport(readImportRequest(line.split(' ')), {
    apiKey: threadsApiKey,
    baseUrl: null,
    imports: null,
    signal: new AbortController().signal,
    say: (text) => (said += text),
    isTerminal: false,
    pageSize: 10,
    patience: { wait: async (seconds) => void waits.push(seconds) },
    ...surroundings,
  })
  const failed = await run.then(
    () => null,
    (error: unknown) => {
      if (error instanceof CommandLineError) return error.message
      throw error
    },
  )
  return { said, failed, waits }
}

const itemsIn = (memory: ReturnType<typeof createMemory>, id: string): string[] =>
  memory.threads.get(id)?.itemIds ?? []

describe('parley import openai', () => {
  test('[IMPORT-1] every page of threads and of their items is read, oldest first, with the key that is set', async () => {
    const held = Array.from({ length: 25 }, (_, number) => heldThread(number, number === 7 ? 23 : 1))
    const api = await serve(held)
    const memory = createMemory()
    const { said, failed } = await type(`openai --base-url ${api.baseUrl}`, memory)
    expect(failed).toBeNull()
    expect(said).toContain('Imported into the tenant default: 25 threads, 47 items\n')
    expect([...memory.threads.keys()]).toEqual(held.map(({ thread }) => thread.id))
    expect(itemsIn(memory, 'cthr_7')).toEqual(held[7]?.items.map(({ id }) => id))
    expect(memory.threads.get('cthr_7')).toMatchObject({
      owner: { tenantId: 'default', userId: 'user1' },
      part: { thread: { title: 'Conversation 7', created_at: '2025-10-09T10:50:00.000Z' } },
    })
    expect(api.headers()).toMatchObject({ 'openai-beta': 'chatkit_beta=v1' })
  })

  test('[IMPORT-2] what the API says of items becomes ours, and an item of any type is read', async () => {
    const [held] = [heldThreadOfAllTypes('cthr_1', 'ada')]
    const read = held.items.map((item) => {
      const reading = readItem(item, { threadId: 'thr_1', createdAt: '', onNote: () => {} })
      return 'value' in reading ? reading.value : reading.skipped
    })
    expect(read).toMatchObject([
      {
        type: 'user_message',
        created_at: '2025-10-09T08:53:20.000Z',
        content: [{ type: 'input_text', text: 'What about this?' }],
        quoted_text: 'It was said before.',
        attachments: [{ type: 'file', id: 'cfile_1', name: 'a.pdf', mime_type: 'application/pdf' }],
        inference_options: { tool_choice: { id: 'search' }, model: 'fast' },
      },
      {
        type: 'assistant_message',
        content: [
          {
            text: 'As **follows**.',
            annotations: [
              { source: { type: 'file', title: 'a.pdf', filename: 'a.pdf' } },
              { source: { type: 'url', title: 'https://example.org/a', url: 'https://example.org/a' } },
            ],
          },
        ],
      },
      { type: 'widget', widget: { type: 'Card', children: [{ type: 'Text', value: 'Sunny' }] } },
      {
        type: 'client_tool_call',
        status: 'completed',
        name: 'where',
        arguments: { precise: null },
        output: { city: 'Bonn' },
      },
      { type: 'task', task: { type: 'custom', title: 'Looked it up', content: 'In a book' } },
      {
        type: 'workflow',
        workflow: {
          type: 'custom',
          tasks: [{ type: 'thought', title: 'Hm', content: 'Perhaps' }, { type: 'custom' }],
        },
      },
    ])
  })

  test('[IMPORT-3] what nobody knows or can read is kept as text or left out, counted and never fatal', async () => {
    const deep = '['.repeat(50_000) + ']'.repeat(50_000)
    const odd: [unknown, string | object][] = [
      [{ type: 'chatkit.poll', content: [{ text: 'Yes or no?' }] }, { content: [{ text: 'Yes or no?' }] }],
      [{ type: 'chatkit.poll\u001b[2J' }, 'items of the type chatkit.poll?[2J'],
      [{ type: 'chatkit.widget', widget: '{"type":' }, 'widgets that cannot be read'],
      [{ type: 'chatkit.widget', widget: deep }, 'widgets that cannot be read'],
      [{ type: 'chatkit.widget', widget: { type: 'Card' } }, 'widgets that cannot be read'],
      [
        { type: 'chatkit.client_tool_call', arguments: deep, output: 'plain' },
        { output: 'plain', arguments: { value: deep } },
      ],
      [
        { type: 'chatkit.user_message', content: 'x', attachments: [null, { id: 3 }] },
        { content: [], attachments: [] },
      ],
      [
        { type: 'chatkit.assistant_message', content: [{ text: 'a\0b' }] },
        { content: [{ text: 'a\uFFFDb' }] },
      ],
      [
        { type: 'chatkit.task_group', tasks: [4, { type: 'x' }] },
        { workflow: { tasks: [{ type: 'custom' }] } },
      ],
      [
        { type: 'chatkit.task', heading: 'x'.repeat(itemBytesMax) },
        `items of more than ${itemBytesMax} bytes (itemBytesMax)`,
      ],
      [{ id: 'a b' }, 'items without an id'],
      [null, 'items without an id'],
    ]
    for (const [raw, expected] of odd) {
      const item = raw === null ? null : { id: 'cti_1', ...(raw as object) }
      const reading = readItem(item, {
        threadId: 'thr_1',
        createdAt: '2026-01-01T00:00:00.000Z',
        onNote: () => {},
      })
      if (typeof expected === 'string') expect('skipped' in reading && reading.skipped).toContain(expected)
      else
        expect('value' in reading && reading.value).toMatchObject({
          created_at: '2026-01-01T00:00:00.000Z',
          ...expected,
        })
    }
    const script = { type: 'url', source: { type: 'url', url: 'javascript:alert(1)' } }
    const held = heldThread(1, 1)
    held.items.push({
      ...held.items[0],
      id: 'cti_a',
      type: 'chatkit.assistant_message',
      content: [{ text: '', annotations: [script] }],
    })
    held.items.push({ ...held.items[0], id: 'cti_b', type: 'chatkit.poll', content: [] })
    held.items.push({
      ...held.items[0],
      id: 'cti_c',
      type: 'chatkit.client_tool_call',
      status: 'in_progress',
    })
    held.items.push({ ...held.items[0], id: 'cti_c', type: 'chatkit.poll', text: 'twice' })
    const { said, failed } = await type(`openai --dry-run --base-url ${(await serve([held])).baseUrl}`)
    expect(failed).toBeNull()
    expect(said).toContain('Would be imported: 1 thread, 3 items\n')
    expect(said).toContain('Left out:\n  items of the type chatkit.poll: 1\n')
    expect(said).toContain('  sources left out because their address may not be opened: 1\n')
    expect(said).toContain('  tool calls closed without an output, which nobody had given: 1\n')
  })

  test('[IMPORT-3] a thread that cannot be anybody’s is left out, and a name that is no id here is percent-encoded', () => {
    const of = (change: object): unknown => readThread({ ...heldThread(1, 0).thread, ...change })
    expect(of({ user: '' })).toEqual({ skipped: 'threads of nobody' })
    expect(of({ created_at: 1e300 })).toEqual({ skipped: 'threads without a time' })
    expect(of({ user: 'é'.repeat(100) })).toEqual({ skipped: 'threads of users whose names are too long' })
    expect(of({ id: null })).toEqual({ skipped: 'threads without an id' })
    expect(readThread([])).toEqual({ skipped: 'threads without an id' })
    expect(of({ user: 'Ada L.', status: { type: 'closed', reason: null } })).toMatchObject({
      value: { userId: 'Ada%20L.', isRenamed: true, status: { type: 'closed' } },
    })
  })

  test('[IMPORT-4] what is refused for now is asked again, after as long as it says or after longer and longer pauses', async () => {
    const api = await serve([heldThread(1, 2)])
    const refusals: (ThreadsAnswer | 'cut')[] = [
      { status: 429, body: {}, headers: { 'retry-after': '17' } },
      { status: 500, body: 'no JSON' },
      'cut',
      { status: 503, body: {} },
    ]
    api.instead = () => refusals.shift()
    const memory = createMemory()
    const { said, failed, waits } = await type(`openai --base-url ${api.baseUrl}`, memory)
    expect(failed).toBeNull()
    expect(said).toContain('1 thread, 2 items')
    expect(said).toContain('The API asks to wait, 17 s\n')
    expect(waits[0]).toBe(17)
    expect(waits).toHaveLength(4)
    expect(waits[3]).toBeGreaterThan(waits[1] ?? 0)
  })

  test('[IMPORT-4] what will not pass ends it with a sentence that says whose fault it may be, and nothing secret', async () => {
    const api = await serve([heldThread(1, 2)])
    const cases: [ThreadsAnswer, RegExp][] = [
      [
        { status: 401, body: { error: { message: 'sk-leaked' } } },
        /does not accept the key in OPENAI_API_KEY \(401\)/,
      ],
      [{ status: 403, body: {} }, /\(403\): it must belong to the project/],
      [{ status: 404, body: {} }, /Does its address end in \/v1/],
      [{ status: 429, body: {}, headers: { 'retry-after': '86400' } }, /to wait for 86400 seconds/],
      [{ status: 200, body: '<html>' }, /gave an answer that cannot be read/],
      [{ status: 200, body: { object: 'list' } }, /gave an answer that cannot be read/],
      [{ status: 500, body: {} }, /answers 500/],
    ]
    for (const [answer, words] of cases) {
      api.instead = () => answer
      const { said, failed } = await type(`openai --base-url ${api.baseUrl}`, createMemory())
      expect(failed).toMatch(words)
      expect(failed).toContain('The same command goes on from there.')
      expect(failed + said).not.toMatch(/sk-/)
    }
    expect((await type('openai', { apiKey: null })).failed).toContain('OPENAI_API_KEY must be set')
  })

  test('[IMPORT-5] a thread that is deleted meanwhile is counted, one that cannot be read is named, and the others are read', async () => {
    const api = await serve(Array.from({ length: 5 }, (_, number) => heldThread(number, 1)))
    api.instead = (path) => {
      if (path.includes('cthr_1/')) return { status: 404, body: {} }
      if (path.includes('cthr_3/')) return { status: 400, body: {} }
      return undefined
    }
    const { said, failed } = await type(`openai --base-url ${api.baseUrl}`, createMemory())
    expect(said).toContain('3 threads, 3 items')
    expect(said).toContain('  threads that were deleted there meanwhile: 1\n')
    expect(failed).toMatch(/1 thing could not be read:\nThread cthr_3 .* answers 400/)
    api.instead = (path) => (path.includes('/items') ? { status: 400, body: {} } : undefined)
    expect((await type(`openai --base-url ${api.baseUrl}`, createMemory())).failed).toContain('answers 400')
  })

  test('[IMPORT-6] an import that was broken off goes on where it was, also when what stood there is gone', async () => {
    const held = Array.from({ length: 25 }, (_, number) => heldThread(number, 1))
    const api = await serve(held)
    const memory = createMemory()
    api.instead = (path) => (path.includes('cthr_16/') ? { status: 401, body: {} } : undefined)
    const broken = await type(`openai --base-url ${api.baseUrl}`, memory)
    expect(broken.failed).toContain('What was copied stays.')
    expect(memory.threads.size).toBeGreaterThanOrEqual(10)
    expect(memory.place()).toBe('cthr_9')
    api.instead = () => undefined
    api.asked.splice(0)
    const { said, failed } = await type(`openai --base-url ${api.baseUrl}`, memory)
    expect(failed).toBeNull()
    expect(memory.threads.size).toBe(25)
    expect(api.asked.filter((path) => path.includes('cthr_5/'))).toEqual([])
    expect(said).toContain('There already:')
    // The place of a pass that came to its end is the beginning.
    expect(memory.place()).toBeNull()
    await memory.imports.savePlace('default', '', 'cthr_gone')
    expect((await type(`openai --base-url ${api.baseUrl}`, memory)).said).toContain(
      'There already: 25 threads, 0 items',
    )
  })

  test('[IMPORT-6] what was said since is added, also when the item that it stands behind is gone', async () => {
    const [held] = [heldThread(1, 4)]
    const api = await serve([held])
    const memory = createMemory()
    await type(`openai --base-url ${api.baseUrl}`, memory)
    held.items.splice(3, 1)
    held.items.push(...heldThread(1, 7).items.slice(4))
    const { said } = await type(`openai --base-url ${api.baseUrl}`, memory)
    expect(said).toContain(
      'Imported into the tenant default: 0 threads, 3 items\nThere already: 1 thread, 3 items\n',
    )
    expect(itemsIn(memory, 'cthr_1')).toHaveLength(7)
  })

  test('[IMPORT-6] Ctrl-C ends it between two steps, with what was done and how to go on', async () => {
    const api = await serve(Array.from({ length: 5 }, (_, number) => heldThread(number, 1)))
    const stop = new AbortController()
    const memory = createMemory()
    const imports: ThreadImports = {
      ...memory.imports,
      add(...parameters) {
        if (memory.threads.size === 1) stop.abort()
        return memory.imports.add(...parameters)
      },
    }
    const { said, failed } = await type(`openai --base-url ${api.baseUrl}`, { imports, signal: stop.signal })
    expect(said).toContain('2 threads, 2 items')
    expect(failed).toBe('Stopped. What was copied stays. The same command goes on from there.')
  })

  test('[IMPORT-7] one user’s threads, or those since a day, are chosen, here and there', async () => {
    const api = await serve(Array.from({ length: 9 }, (_, number) => heldThread(number, 1)))
    const since = new Date((1_760_000_000 + 5_000) * 1_000).toISOString()
    const [ofUser, newer] = [createMemory(), createMemory()]
    await type(`openai --user user1 --base-url ${api.baseUrl}`, ofUser)
    expect([...ofUser.threads.keys()]).toEqual(['cthr_1', 'cthr_4', 'cthr_7'])
    await type(`openai --tenant acme --since ${since} --base-url ${api.baseUrl}`, newer)
    expect([...newer.threads.keys()]).toEqual(['cthr_5', 'cthr_6', 'cthr_7', 'cthr_8'])
    expect(newer.threads.get('cthr_5')?.owner.tenantId).toBe('acme')
    expect(api.asked.filter((path) => path.includes('cthr_2/'))).toEqual([])
  })

  test('[IMPORT-7] what cannot be meant is said, all of it at once', () => {
    expect(() => readImportRequest('anthropic --save a --from b --since soon --tenant é'.split(' '))).toThrow(
      /What is meant.*\n--tenant.*\n--since must.*\n--save and --from/,
    )
    for (const line of [
      '',
      'openai more',
      'openai --save a --dry-run',
      'openai --base-url ftp://x',
      'openai --key x',
    ]) {
      expect(() => readImportRequest(line.split(' ')), line).toThrow(CommandLineError)
    }
  })

  test('[IMPORT-8] what the API says is saved as it says it, and read from there another time', async () => {
    const [all, ...others] = [heldThreadOfAllTypes('cthr_all', 'ada'), heldThread(1, 25), heldThread(2, 0)]
    const api = await serve([all, ...others])
    const path = newPath()
    const saved = await type(`openai --save ${path} --base-url ${api.baseUrl}`)
    expect(saved.said).toContain(`Saved in ${path}: 3 threads, 31 items`)
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      api.held.flatMap(({ thread, items }) => [thread, ...items]),
    )
    const [direct, read] = [createMemory(), createMemory()]
    await type(`openai --base-url ${api.baseUrl}`, direct)
    expect((await type(`openai --from ${path}`, { ...read, apiKey: null })).failed).toBeNull()
    const told = ({ threads }: typeof direct) =>
      [...threads.values()].map(({ owner, part, itemIds }) => [
        owner,
        part.sourceId,
        part.thread.title,
        itemIds,
      ])
    expect(told(read)).toEqual(told(direct))
  })

  test('[IMPORT-8] a file that was broken off in a line is gone on with, and nothing in it stands twice', async () => {
    const api = await serve(Array.from({ length: 3 }, (_, number) => heldThread(number, 15)))
    const path = newPath()
    await type(`openai --save ${path} --base-url ${api.baseUrl}`)
    const whole = readFileSync(path, 'utf8')
    for (const part of [0, 0.2, 0.34, 0.5, 0.99]) {
      writeFileSync(path, whole.slice(0, Math.floor(whole.length * part)))
      expect((await type(`openai --save ${path} --base-url ${api.baseUrl}`)).failed).toBeNull()
      expect(readFileSync(path, 'utf8')).toBe(whole)
    }
    // What it would go on behind has been deleted there.
    api.held.splice(1, 1)
    expect((await type(`openai --save ${path} --base-url ${api.baseUrl}`)).failed).toBeNull()
    expect(readFileSync(path, 'utf8')).toBe(whole)
    writeFileSync(path, 'My diary\n')
    expect((await type(`openai --save ${path} --base-url ${api.baseUrl}`)).failed).toContain(
      'name another file',
    )
    expect(readFileSync(path, 'utf8')).toBe('My diary\n')
  })

  test('[IMPORT-9] what is wrong in a file is named with its line, and the rest of the file is read', async () => {
    const { thread, items } = heldThread(1, 2)
    const path = newPath()
    const lines = [
      thread,
      '{"object":',
      { object: 'list' },
      items[0],
      { ...items[1], thread_id: 'cthr_2' },
      'x'.repeat(2_000),
    ]
    writeFileSync(
      path,
      `${lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')}\n\n{"obj`,
    )
    const steps = []
    const target = { standing: async () => ({ after: null }) }
    for await (const step of createFileSource({ path, lineBytesMax: 1_000 }).steps(
      target,
      new AbortController().signal,
    )) {
      steps.push(step)
    }
    expect(steps.flatMap((step) => (step.kind === 'failed' ? step.sentence : []))).toEqual([
      'Line 2 is no JSON object: each line holds one thread or one item.',
      'Line 3 is neither a chatkit.thread nor a chatkit.thread_item.',
      'Line 5 is an item of cthr_2, which is not the thread above it.',
      'Line 6 has more than 1000 bytes (lineBytesMax).',
      'Line 8 is cut off.',
    ])
    expect(steps.filter((step) => step.kind === 'part')).toMatchObject([
      { part: { thread, items: [items[0]] } },
    ])
    const { said, failed } = await type(`openai --from ${path} --dry-run`)
    expect(said).toContain('Would be imported: 1 thread, 1 item\n')
    expect(failed).toMatch(/^5 things could not be read:\nLine 2 /)
  })

  test('[IMPORT-10] a terminal shows a bar, and everything else a line now and then', async () => {
    const api = await serve(Array.from({ length: 101 }, (_, number) => heldThread(number, 0)))
    const plain = await type(`openai --dry-run --base-url ${api.baseUrl}`)
    expect(plain.said).toMatch(/^99 %  100 threads, 0 items\nWould be imported/)
    api.held.splice(3)
    const drawn = await type(`openai --dry-run --base-url ${api.baseUrl}`, { isTerminal: true, columns: 50 })
    // As wide as the terminal, and no wider: a second line could not be drawn over.
    expect(drawn.said.split('\n')[0]?.split('\r')).toEqual([
      '',
      `${'░'.repeat(24)}   0 %  1 thread, 0 items`,
      `${'█'.repeat(12)}${'░'.repeat(12)}  50 %  2 threads, 0 item`,
      `${'█'.repeat(24)} 100 %  3 threads, 0 item`,
    ])
  })
})
