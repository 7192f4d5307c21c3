/**
 * What went wrong in others' products, tried here: at every operation of the document, by people beside those whose things they
 * reach for. `docs/vulnerabilities.md` says of each what it was and where else it is tested.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Operation } from './testing/fuzz/document.ts'
import { openHouse } from './testing/fuzz/house.ts'
import type { House } from './testing/fuzz/house.ts'
import { canaryPattern } from './testing/fuzz/people.ts'
import type { Person } from './testing/fuzz/people.ts'
import { pathTricks, requestsFor } from './testing/fuzz/requests.ts'
import type { Asking } from './testing/fuzz/requests.ts'
import { askInside, askOutside, asRequest, prepare } from './testing/fuzz/sending.ts'
import type { Fill, Sent } from './testing/fuzz/sending.ts'

const reading = { leaves: false, bytesMax: 4_000_000, secondsMax: 100 }

let house: House
beforeAll(async () => {
  house = await openHouse('pglite')
})
afterAll(() => house.close())

interface Got {
  status: number
  text: string
  headers: Headers
}

function person(name: string): Person {
  const found = house.people.find((each) => each.name === name)
  if (found === undefined) throw new Error(`There is no ${name}.`)
  return found
}

async function send(sent: Sent): Promise<Got> {
  const request = asRequest(sent, house.url)
  const answer =
    request === null
      ? await askOutside(house.port, house.agent, sent, reading)
      : await askInside(house.fetch, request, reading)
  if (answer === null) return { status: 0, text: '', headers: new Headers() }
  return { status: answer.status, text: answer.body.toString('utf8'), headers: answer.headers }
}

/** Proper requests for an operation, the same every time. */
function proper(operation: Operation, count = 2): Asking[] {
  const all = requestsFor(house.document, operation, { style: 'proper', principals: 1 })
  return fc
    .sample(all, { numRuns: count, seed: 7 })
    .map((asking) => ({ ...asking, leaves: false, headers: [] }))
}

const own: (who: Person, door: string) => Fill = (who, door) => (place) => {
  if (place === 'canary') return who.canary
  const [, wanted = 'any', number = '0'] = /^\w+ (.+) (\d+)$/.exec(place) ?? []
  return house.knowledge.pick([who.name], wanted, Number(number), door) ?? 'thr_00000000000000000000000000'
}

function prepared(asking: Asking, who: Person, operation: Operation, fill = own(who, operation.door)): Sent {
  return prepare(asking, who.credentials, fill)
}

const isJson = ({ bodies }: Operation): boolean => bodies.some(({ type }) => type === 'application/json')

/** What belongs to somebody: whoever shows nothing is 401. */
async function guarded(): Promise<{ operation: Operation; sent: Sent }[]> {
  const all = await Promise.all(
    house.document.operations.map(async (operation) => {
      const [asking] = proper(operation, 1)
      if (asking === undefined) return []
      const sent = prepared(asking, person('nobody'), operation)
      return (await send(sent)).status === 401 ? [{ operation, sent }] : []
    }),
  )
  return all.flat()
}

function withHeaders(sent: Sent, headers: Record<string, string>): Sent {
  return { ...sent, headers: [...sent.headers, ...Object.entries(headers)] }
}

function told(text: string, who: Person): string[] {
  return (text.match(canaryPattern) ?? []).filter((canary) => !who.sees.has(canary))
}

describe('what is another’s', () => {
  test('[INPUT-3] CVE-2026-31950 CVE-2026-45349 CVE-2026-41949 CVE-2026-41950 CVE-2026-44569 CVE-2026-42276 CVE-2026-55255 CVE-2026-34046: another’s ids, wherever they stand, are as good as ids of nothing', async () => {
    const mallory = person('mallory')
    const victims = house.victims.map(({ name }) => name)
    let compared = 0
    for (const operation of house.document.operations) {
      for (const asking of proper(operation, 2)) {
        const foreign: Fill = (place) => {
          if (place === 'canary') return mallory.canary
          const [, wanted = 'any', number = '0'] = /^\w+ (.+) (\d+)$/.exec(place) ?? []
          return house.knowledge.pick(victims, wanted, Number(number), operation.door) ?? 'none'
        }
        const absent: Fill = (place) => (place === 'canary' ? mallory.canary : nothingLike(foreign(place)))
        const [theirs, nothing] = [foreign, absent].map((fill) => prepared(asking, mallory, operation, fill))
        if (theirs === undefined || nothing === undefined) continue
        if (theirs.path === nothing.path && theirs.body?.toString() === nothing.body?.toString()) continue
        const [one, other] = [await send(theirs), await send(nothing)]
        expect(told(one.text, mallory), operation.name).toEqual([])
        // Whoever chooses the id of a chat learns that a UUID is taken: of 122 random bits, which only who has seen it knows.
        if (operation.name === 'POST /api/chats' && one.status === 409) continue
        expect([operation.name, one.status], theirs.path).toEqual([operation.name, other.status])
        if (one.status >= 400) expect(nameless(one.text)).toBe(nameless(other.text))
        compared += 1
      }
    }
    expect(compared).toBeGreaterThan(20)
    expect(await house.past.changes()).toEqual([])
  })

  test('[INPUT-3] CVE-2025-61928 CVE-2026-42863 CVE-2026-46480 CVE-2026-46441 CVE-2026-72719 CVE-2026-34722 CVE-2026-33017: fields that nobody asked for give no right, and are no column of any row', async () => {
    const more = {
      user: 'victor',
      userId: 'victor',
      user_id: 'victor',
      tenant_id: 'elsewhere',
      account_id: 'elsewhere',
      workspaceId: 'elsewhere',
      ownerId: 'victor',
      sub: 'victor',
      role: 'admin',
      roles: ['admin'],
      admin: true,
      isPublic: true,
      createdDate: 0,
      created_at: 0,
      assignee: 'victor',
    }
    for (const operation of house.document.operations.filter(isJson)) {
      for (const asking of proper(operation, 1)) {
        if (asking.body.kind !== 'json' || typeof asking.body.value !== 'object') continue
        const value: object = { ...asking.body.value }
        const fuller = { ...asking, body: { ...asking.body, value: { ...more, ...value } } }
        const nobody = person('nobody')
        const [plain, full] = [asking, fuller].map((each) => prepared(each, nobody, operation))
        if (plain === undefined || full === undefined) continue
        const [before, after] = [await send(plain), await send(full)]
        if (before.status === 401) expect([operation.name, after.status]).toEqual([operation.name, 401])
        const got = await send(prepared(fuller, person('mallory'), operation))
        expect(told(got.text, person('mallory')), operation.name).toEqual([])
        expect(got.text).not.toContain('"elsewhere"')
      }
    }
    expect(await house.past.changes()).toEqual([])
  })

  test('[INPUT-3] CVE-2026-32887 CVE-2026-25536: many who ask at the same moment, some of whom leave, are told each their own', async () => {
    const paths = [
      '/api/chats',
      '/api/chat/tickets',
      '/api/chatkit/sessions',
      '/api/auth/get-session',
      '/v1/chatkit/threads',
    ]
    const rounds = Array.from({ length: 4 }, (_, round) => round)
    const wrong = await Promise.all(
      rounds.flatMap((round) =>
        house.people.flatMap((who) =>
          paths.map(async (path, index) => {
            const leaves = (round + index) % 3 === 0
            const request = new Request(`${house.url}${path}`, {
              headers: { ...who.credentials, 'x-request-id': 'the-same' },
            })
            const answer = await askInside(house.fetch, request, { ...reading, leaves })
            return told(answer.body.toString(), who)
          }),
        ),
      ),
    )
    expect(wrong.flat()).toEqual([])
  })

  test('[INPUT-3] CVE-2026-41276: no token is matched by null, nothing, or what is no text', async () => {
    const account = person('account')
    for (const token of [null, '', [], {}, 0, true, ['x'], { $ne: '' }]) {
      const body = Buffer.from(JSON.stringify({ token }))
      const headers: [string, string][] = [
        ...Object.entries(account.credentials),
        ['content-type', 'application/json'],
      ]
      const got = await send({ method: 'POST', path: '/api/auth/revoke-session', headers, body })
      expect([token, got.status]).toEqual([token, 400])
    }
    for (const shown of [
      'Bearer',
      'Bearer ',
      'Bearer null',
      'Bearer undefined',
      'Bearer []',
      'Bearer 0',
      '',
    ]) {
      const got = await send({
        method: 'GET',
        path: '/api/chats',
        headers: [['authorization', shown]],
        body: null,
      })
      expect([shown, got.status]).toEqual([shown, 401])
    }
    for (const cookie of [
      'parley_guest=',
      'parley_guest=null',
      'parley.session_token=',
      'parley.session_token=null',
      'parley_session=null',
    ]) {
      const got = await send({ method: 'GET', path: '/api/chats', headers: [['cookie', cookie]], body: null })
      expect([cookie, got.status]).toEqual([cookie, 401])
    }
  })

  test('[INPUT-3] CVE-2026-2578: who deletes is told nothing of what was in it, nor is anybody afterwards', async () => {
    const mike = person('mike')
    const word = 'a-word-of-nobody-else'
    const headers: [string, string][] = [
      ...Object.entries(mike.credentials),
      ['content-type', 'application/json'],
    ]
    const made = await send({
      method: 'POST',
      path: '/api/chats',
      headers,
      body: Buffer.from('{"prompt":"Hello"}'),
    })
    const { id } = JSON.parse(made.text) as { id: string }
    const message = { messages: [{ id: 'm1', role: 'user', content: word }] }
    const said = await send({
      method: 'POST',
      path: `/api/chats/${id}`,
      headers,
      body: Buffer.from(JSON.stringify(message)),
    })
    expect(said.status).toBe(200)
    const gone = await send({ method: 'DELETE', path: `/api/chats/${id}`, headers, body: null })
    expect(gone.status).toBe(200)
    expect(gone.text).not.toContain(word)
    for (const path of ['/api/chats', `/api/chats/${id}`, `/api/chats/${id}/stream`]) {
      expect((await send({ method: 'GET', path, headers, body: null })).text).not.toContain(word)
    }
  })

  test('[INPUT-3] CVE-2025-43862: what a page does not offer a user, the API does not do for them either', async () => {
    for (const name of ['mallory', 'guest', 'session of mallory', 'account']) {
      const inbox = await send({
        method: 'GET',
        path: '/api/chat/tickets',
        headers: Object.entries(person(name).credentials),
        body: null,
      })
      expect([name, [401, 403].includes(inbox.status)]).toEqual([name, true])
      const threads = await send({
        method: 'GET',
        path: '/v1/chatkit/threads',
        headers: Object.entries(person(name).credentials),
        body: null,
      })
      expect([name, threads.status]).toEqual([name, 403])
    }
    const inbox = await send({
      method: 'GET',
      path: '/api/chat/tickets',
      headers: Object.entries(person('agent').credentials),
      body: null,
    })
    expect(inbox.status).toBe(200)
  })

  test('[INPUT-3] GHSA-cq3f-vc6p-68fh: every row that is somebody’s says whose', async () => {
    const columns = await house.past.run(
      `select table_name || '.' || column_name as name from information_schema.columns
       where table_schema = 'public' and column_name in ('tenant_id', 'user_id') and is_nullable = 'YES'`,
    )
    expect(columns.map(({ name }) => name)).toEqual([])
  })
})

describe('who asks', () => {
  test('[INPUT-4] CVE-2026-41248 CVE-2026-33808 CVE-2026-47676 CVE-2025-58362: however an address is spelled, whoever shows nothing does not come in', async () => {
    const all = await guarded()
    expect(all.length).toBeGreaterThan(20)
    for (const [index, { operation, sent }] of all.entries()) {
      for (const trick of turn(pathTricks, index, 4)) {
        const [address = '', query] = sent.path.split('?')
        const path = query === undefined ? trick(address) : `${trick(address)}?${query}`
        const { status } = await send({ ...sent, path })
        expect(status >= 400 || status === 0 || status === 302, `${operation.name} ${path}: ${status}`).toBe(
          true,
        )
      }
    }
  })

  test('[INPUT-4] whoever shows nothing is refused exactly where the document says that one must show something', async () => {
    const refused = new Set((await guarded()).map(({ operation }) => operation.name))
    // Whoever is not signed in asks Better Auth all the same, and is told so.
    const doors = house.document.operations.filter(({ door }) => door !== 'Accounts')
    const wrong = doors.filter(({ name, isOpen }) => refused.has(name) === isOpen)
    expect(wrong.map(({ name, isOpen }) => `${name} is ${isOpen ? 'open' : 'guarded'}`)).toEqual([])
  })

  test('[INPUT-4] CVE-2025-29927 CVE-2026-34720 CVE-2026-45707: no header of a proxy or a framework says who somebody is', async () => {
    const headers = {
      'x-middleware-subrequest': 'middleware:middleware:middleware:middleware:middleware',
      'x-original-url': '/api/ping',
      'x-rewrite-url': '/api/ping',
      'x-http-method-override': 'GET',
      'x-forwarded-user': 'victor',
      'x-forwarded-email': 'victor@example.org',
      'x-remote-user': 'victor',
      'remote-user': 'victor',
      'x-webauth-user': 'victor',
      'x-user-id': 'victor',
      'x-tenant-id': 'default',
      'x-authenticated-userid': 'victor',
      'x-forwarded-for': '127.0.0.1',
    }
    for (const { operation, sent } of await guarded()) {
      const { status } = await send(withHeaders(sent, headers))
      expect([operation.name, status]).toEqual([operation.name, 401])
    }
  })

  test('[INPUT-4] CVE-2025-3248 CVE-2026-63765: before somebody is let in, nothing is done for them', async () => {
    const tables = [
      'users',
      'threads',
      'runs',
      'items',
      'attachments',
      'blobs',
      'tickets',
      'tasks',
      'chatkit_sessions',
      'api_keys',
    ]
    const counts = () => Promise.all(tables.map((table) => house.past.count(table)))
    const before = await counts()
    for (const operation of house.document.operations.filter(({ door }) => door !== 'Accounts')) {
      for (const asking of proper(operation, 1)) await send(prepared(asking, person('forged'), operation))
    }
    expect(await counts()).toEqual(before)
  })

  test('[INPUT-4] GHSA-c4j6-fc7j-m34r CVE-2025-59465 CVE-2026-21714 CVE-2023-44487: no connection becomes another kind of connection', async () => {
    const upgrades = [
      'GET /api/ping HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
      'GET http://127.0.0.1:1/ HTTP/1.1\r\nHost: 127.0.0.1:1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
      'GET /api/ping HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0',
      'CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n',
    ]
    for (const bytes of upgrades) {
      const answer = await talk(bytes)
      expect(answer).not.toMatch(/^HTTP\/1\.1 (?:101|5)/)
      expect(answer).toMatch(/^(?:HTTP\/1\.1 [24]\d\d |$)/)
    }
  })
})

describe('what is sent', () => {
  test('[INPUT-5] CVE-2026-31949 CVE-2025-59466: a body that is missing, empty, cut, deep or of another kind ends one request and not the process', async () => {
    const bodies = [
      '',
      'null',
      '[]',
      '""',
      '0',
      '{',
      '{"type":',
      'true',
      `${'['.repeat(100_000)}`,
      `${'{"a":'.repeat(50_000)}`,
    ]
    for (const [index, operation] of house.document.operations.entries()) {
      const [asking] = proper(operation, 1)
      if (asking === undefined) continue
      const sent = prepared(asking, person('mallory'), operation)
      const headers: [string, string][] = [
        ...sent.headers.filter(([name]) => name !== 'content-type'),
        ['content-type', 'application/json'],
      ]
      for (const body of turn([null, ...bodies.map((text) => Buffer.from(text))], index * 3, 3)) {
        const { status, text } = await send({ ...sent, headers, body })
        expect([operation.name, status < 500 || status === 501, text]).toEqual([operation.name, true, text])
      }
    }
    expect((await send({ method: 'GET', path: '/api/ping', headers: [], body: null })).status).toBe(200)
    expect(house.failures()).toEqual([])
  })

  test('[INPUT-5] CVE-2026-21858 CVE-2025-55182: JSON where a form is due, and a form where JSON is, is neither; no field names a file of ours', async () => {
    const fields = {
      files: [{ filepath: '/etc/passwd' }],
      file: '/etc/passwd',
      filepath: '/etc/passwd',
      path: '/etc/passwd',
      buffer: 'x',
      $ACTION_ID: 'x',
      thenable: '$1:__proto__:then',
    }
    const form = Object.entries(fields)
      .map(
        ([name, value]) =>
          `--b\r\ncontent-disposition: form-data; name="${name.replace('thenable', 'then')}"\r\n\r\n${JSON.stringify(value)}\r\n`,
      )
      .join('')
    for (const operation of house.document.operations.filter(({ bodies }) => bodies.length > 0)) {
      const [asking] = proper(operation, 1)
      if (asking === undefined) continue
      const sent = prepared(asking, person('mallory'), operation)
      const others = sent.headers.filter(([name]) => name !== 'content-type')
      const swapped: [string, string] = isJson(operation)
        ? ['multipart/form-data; boundary=b', `${form}--b--\r\n`]
        : ['application/json', JSON.stringify(fields).replace('"thenable"', '"then"')]
      const got = await send({
        ...sent,
        headers: [...others, ['content-type', swapped[0]]],
        body: Buffer.from(swapped[1]),
      })
      expect([operation.name, got.status >= 400 && got.status < 500]).toEqual([operation.name, true])
      expect(got.text).not.toContain('root:')
    }
  })

  test('[INPUT-5] CVE-2026-42208 CVE-2025-21628 GHSA-9pgm-75gg-6948 CVE-2025-1094: SQL in an address, a header or a cookie is a word like any other', async () => {
    const words = [
      "' or '1'='1",
      "'; drop table threads; --",
      '1) union select version()--',
      "\\'; select pg_sleep(9)--",
      "\u00bf'; select 1--",
    ]
    const places = [
      'authorization',
      'cookie',
      'last-event-id',
      'idempotency-key',
      'x-request-id',
      'if-none-match',
    ]
    const threads = await house.past.count('threads')
    for (const [index, operation] of house.document.operations.entries()) {
      const [asking] = proper(operation, 1)
      if (asking === undefined || asking.path === operation.path) continue
      const at =
        (word: string): Fill =>
        (place) =>
          place === 'canary' ? word : encodeURIComponent(word)
      const plain = await send({ ...prepared(asking, person('mike'), operation, at('word')), body: null })
      for (const word of turn(words, index, 2)) {
        const asked = { ...prepared(asking, person('mike'), operation, at(word)), body: null }
        expect([operation.name, word, (await send(asked)).status]).toEqual([
          operation.name,
          word,
          plain.status,
        ])
        for (const name of turn(places, index, 2)) {
          const { status, text } = await send(withHeaders(asked, { [name]: word }))
          expect(status < 500, `${operation.name} ${name}: ${word}: ${status}`).toBe(true)
          expect(text).not.toMatch(/syntax error|SQLSTATE|unterminated|PostgreSQL \d/)
        }
      }
    }
    expect(await house.past.count('threads')).toBe(threads)
    expect(house.failures()).toEqual([])
  })

  test('[INPUT-5] CVE-2026-31943 CVE-2026-22218 CVE-2026-22219 CVE-2023-49785 CVE-2026-5205 CVE-2026-28416: no address that somebody says is asked for anything', async () => {
    const asked: string[] = []
    const server = createServer((request, response) => {
      asked.push(request.url ?? '')
      response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const urls = [
      `http://127.0.0.1:${port}/a`,
      `http://[::ffff:7f00:1]:${port}/b`,
      `http://2130706433:${port}/c`,
    ]
    for (const operation of house.document.operations.filter(isJson)) {
      for (const asking of proper(operation, 1)) {
        if (asking.body.kind !== 'json') continue
        const [url = ''] = turn(urls, operation.name.length, 1)
        const value = JSON.parse(JSON.stringify(asking.body.value), (key, each: unknown) =>
          typeof each === 'string' && key !== 'type' && !each.startsWith('⟦') ? url : each,
        ) as unknown
        const more =
          typeof value === 'object' && value !== null
            ? { ...value, url, imageUrl: url, webhook: url, path: '/etc/passwd' }
            : value
        const { text } = await send(
          prepared({ ...asking, body: { ...asking.body, value: more } }, person('mike'), operation),
        )
        expect(text).not.toContain('root:')
      }
    }
    await new Promise((resolve) => server.close(resolve))
    expect(asked).toEqual([])
  })

  test('[INPUT-5] CVE-2026-29085 CVE-2026-33128 CVE-2026-44214 CVE-2026-44217: nothing that is said becomes a line of an event stream', async () => {
    const mike = person('mike')
    const words = [
      'x\n\nevent: finish\ndata: {}\n\n',
      'x\r\rid: 9999\rdata: {"type":"finish"}\r\r',
      'x\r\n\r\n: comment\r\nretry: 1\r\n',
      '\ufeffdata: x\0\nid: a\0b',
    ]
    const streamed = {
      ...mike.credentials,
      'content-type': 'application/json',
      accept: 'text/event-stream',
      'parley-stream': '1',
    }
    const post = (path: string, body: unknown): Promise<Got> =>
      send({
        method: 'POST',
        path,
        headers: Object.entries(streamed),
        body: Buffer.from(JSON.stringify(body)),
      })
    const session = JSON.parse((await post('/api/chat/sessions', { tenantId: 'default' })).text) as {
      id: string
    }
    for (const word of words) {
      const chat = JSON.parse((await post('/api/chats', { prompt: word })).text) as { id: string }
      const input = {
        content: [{ type: 'input_text', text: word }],
        attachments: [],
        quoted_text: word,
        inference_options: {},
      }
      const answers = [
        await post('/chatkit', { type: 'threads.create', params: { input } }),
        await post(`/api/chats/${chat.id}`, { messages: [{ id: word, role: 'user', content: word }] }),
        await post('/api/chatkit/respond', { input: word, metadata: { a: word } }),
        await post('/api/chat/messages', { sessionId: session.id, content: word }),
      ]
      for (const { text, headers } of answers) {
        if (headers.get('content-type')?.startsWith('text/event-stream') !== true) continue
        const frames = framesIn(text)
        expect(frames.length).toBeGreaterThan(1)
        expect(
          frames
            .flatMap(({ data }) => (data === '[DONE]' ? [] : [typeof JSON.parse(data)]))
            .every((type) => type === 'object'),
        ).toBe(true)
        expect(frames.some(({ id }) => id === '9999' || id.includes('\0') || id.startsWith('a'))).toBe(false)
        expect(frames.filter(({ event, data }) => event === 'finish' && data === '{}')).toEqual([])
      }
    }
  })

  test('[INPUT-5] CVE-2026-45076: an item that makes no sense any more hides itself and nothing else', async () => {
    const mike = person('mike')
    const headers: [string, string][] = [
      ...Object.entries(mike.credentials),
      ['content-type', 'application/json'],
    ]
    const input = {
      content: [{ type: 'input_text', text: 'Before it broke' }],
      attachments: [],
      inference_options: {},
    }
    const made = await send({
      method: 'POST',
      path: '/chatkit',
      headers,
      body: Buffer.from(JSON.stringify({ type: 'threads.create', params: { input } })),
    })
    const thread = /thr_[0-9a-z]{26}/.exec(made.text)?.[0] ?? ''
    const page = { type: 'items.list', params: { thread_id: thread, order: 'asc' } }
    const list = (): Promise<Got> =>
      send({ method: 'POST', path: '/chatkit', headers, body: Buffer.from(JSON.stringify(page)) })
    const before = (JSON.parse((await list()).text) as { data: object[] }).data.length
    const changed = await house.past.run(
      `update items set body = '{"content": 7, "widget": [null], "type": 1}'::jsonb where id = (select id from items where user_id = 'mike' and type = 'assistant_message' order by created_at desc, seq desc limit 1) returning id`,
    )
    expect(changed.length).toBe(1)
    const after = await list()
    expect(after.status).toBe(200)
    expect(after.text).toContain('Before it broke')
    expect((JSON.parse(after.text) as { data: object[] }).data.length).toBeGreaterThanOrEqual(before - 1)
  })
})

/** So many of them, each time from another place on: all come to their turn somewhere, and not all everywhere. */
function turn<Value>(values: readonly Value[], from: number, count: number): Value[] {
  return Array.from({ length: count }, (_, index) => values[(from + index) % values.length]).filter(
    (value) => value !== undefined,
  )
}

/** An id of the same look that nobody has. */
function nothingLike(id: string): string {
  return id.replace(/[0-9a-z]{6}$/, (end) => (end === '000000' ? '111111' : '000000'))
}

/** Ids and times are of each request. */
function nameless(text: string): string {
  return text
    .replaceAll(/\b(?:[a-z]{2,6}_[0-9a-z]{26}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|req_\w+)\b/g, 'id')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'then')
}

interface Frame {
  event: string
  id: string
  data: string
}

/** As the standard reads them, and by nothing of ours: CR, LF and CRLF end a line. */
function framesIn(text: string): Frame[] {
  return text
    .replace(/^\ufeff/, '')
    .replaceAll(/\r\n|\r/g, '\n')
    .split('\n\n')
    .map((block) => {
      const lines = block.split('\n').map((line) => /^(\w*):? ?(.*)$/s.exec(line) ?? [])
      const field = (name: string): string =>
        lines
          .filter(([, key]) => key === name)
          .map(([, , value = '']) => value)
          .join('\n')
      return { event: field('event'), id: field('id'), data: field('data') }
    })
    .filter(({ data }) => data !== '')
}

function talk(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect({ port: house.port, host: '127.0.0.1' })
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')))
    socket.on('error', () => {})
    socket.on('close', () => resolve(answer))
    socket.end(Buffer.from(bytes, 'latin1'))
  })
}
