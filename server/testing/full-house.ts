/** A database with something in every table, said and done at the doors as people do it; and all of it read at the doors. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApiKeys } from '../auth/api-keys.ts'
import { createToken } from '../auth/bearer-tokens.ts'
import { createRevocations } from '../auth/revocations.ts'
import { createId } from '../conversation/ids.ts'
import { newThread } from '../conversation/threads.ts'
import { ingestFolder } from '../knowledge/ingest.ts'
import type { Storage } from '../storage/open.ts'
import type { Product } from './product.ts'
import { says } from './chatkit-client.ts'

/** What somebody keeps who was there: credentials, ids and addresses. */
export interface Keepsakes {
  ada: Record<string, string>
  guest: Record<string, string>
  account: Record<string, string>
  server: Record<string, string>
  session: Record<string, string>
  password: { email: string; password: string }
  threads: string[]
  support: string
  clientThread: string
  /** The address of one that was sent, without the server's. */
  file: string
}

type Headers = Record<string, string>

const json = { 'content-type': 'application/json' }

async function send(url: string, headers: Headers, body?: unknown): Promise<Response> {
  const form = body instanceof FormData
  const response = await fetch(url, {
    headers: { ...(form || body === undefined ? {} : json), ...headers },
    ...(body === undefined ? {} : { method: 'POST', body: form ? body : JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`)
  return response
}

/** The settings that the house is opened with, both times. */
export const houseSettings: Record<string, string> = {
  PARLEY_SIGN_UP: 'open',
  CHATKIT_WORKFLOW_ID: 'tutor',
}

export async function fillHouse(product: Product, storage: Storage): Promise<Keepsakes> {
  const { url, secret } = product
  const bearer = async (userId: string): Promise<Headers> => ({
    authorization: `Bearer ${await createToken({ secret }, { userId, roles: ['user', 'agent'] })}`,
  })
  const ada = await bearer('ada')
  const owner = { tenantId: 'default', userId: 'ada' }
  await fillBook(storage)
  await fillImport(storage)

  const asked = await send(`${url}/chatkit`, {}, create('Hello as a guest'))
  const guest = cookiesOf(asked)
  await asked.text()
  const threads: string[] = []
  for (const words of ['Grüße, 世界 \u0000 "quoted" \\ {1,2}', 'null', '']) {
    const text = await (await send(`${url}/chatkit`, ada, create(words))).text()
    threads.push(/"(thr_[^"]+)"/.exec(text)?.[1] ?? '')
  }

  const [file, support] = await fillSupport(url, ada)
  const clientThread = await fillClientThread(url, ada)
  await storage.tasks.add(owner, 'Write it down')
  await storage.learners.vouch(owner, { name: 'Ada', email: 'ada@example.org' })
  await storage.learners.noteQuestion(owner, { book: 'book', chapter: '01-start', lesson: '' })
  const revocations = createRevocations({ source: storage.revocations })
  await revocations.revoke({ tenantId: 'default', userId: 'eve', name: null, at: new Date(0), until: null })
  const keys = createApiKeys({ records: storage.apiKeys, revocations })
  const { token } = await keys.create({ tenantId: 'default', name: 'Shop', scopes: ['threads:read'] })

  const entered = await send(`${url}/api/chatkit/session`, ada, {
    page_path: '/intro',
    page_title: 'Introduction',
  })
  const { client_secret: clientSecret } = (await entered.json()) as { client_secret: string }
  return {
    ada,
    guest,
    ...(await fillAccounts(url, storage)),
    server: { authorization: `Bearer ${token}` },
    session: { authorization: `Bearer ${clientSecret}` },
    threads,
    support,
    clientThread,
    file,
  }
}

function create(text: string): object {
  return { type: 'threads.create', params: { input: says(text) } }
}

function cookiesOf(response: Response): Headers {
  return {
    cookie: response.headers
      .getSetCookie()
      .map((cookie) => cookie.split(';')[0])
      .join('; '),
  }
}

async function fillBook(storage: Storage): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-book-'))
  try {
    await writeFile(
      join(folder, 'harbour.md'),
      '# The harbour\n\nShips moor at the quay.\n\n## Cranes\n\nThey lift.\n',
    )
    await ingestFolder({ folder, tenantId: 'default', book: 'book', writer: storage.bookWriter })
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** A conversation that a client keeps as it writes it, in two branches. */
async function fillClientThread(url: string, ada: Headers): Promise<string> {
  const base = `${url}/assistant-cloud/v1/threads`
  const begun = await send(base, ada, { last_message_at: '2026-01-02T03:04:05.000Z', external_id: 'x' })
  const { thread_id: id } = (await begun.json()) as { thread_id: string }
  const append = async (parent: string | null, text: string): Promise<string> => {
    const content = { role: 'user', content: [{ type: 'text', text }] }
    const sent = await send(`${base}/${id}/messages`, ada, { parent_id: parent, format: 'aui/v0', content })
    return ((await sent.json()) as { message_id: string }).message_id
  }
  const first = await append(null, 'One')
  await append(first, 'Two')
  await append(first, 'Another')
  return id
}

/** A conversation that was held elsewhere, and one more import that is not at its end. */
async function fillImport({ imports }: Storage): Promise<void> {
  const owner = { tenantId: 'default', userId: 'lin' }
  const thread = newThread(createId('thr'), new Date(0).toISOString())
  await imports.add(owner, { sourceId: 'cthr_1', thread, items: [], lastItemId: null })
  await imports.savePlace(owner.tenantId, 'elsewhere', 'cthr_1')
}

/** A file that was sent with a message, and another that waits for the next one; a ticket. */
async function fillSupport(url: string, ada: Headers): Promise<[file: string, session: string]> {
  const session = await send(`${url}/api/chat/sessions`, ada, { tenantId: 'default' })
  const { id } = (await session.json()) as { id: string }
  const upload = async (name: string): Promise<string> => {
    const form = new FormData()
    form.append('file', new Blob(['Notes: Grüße, 世界\n']), name)
    form.append('sessionId', id)
    const sent = await send(`${url}/api/chat/files`, ada, form)
    return ((await sent.json()) as { fileUrl: string }).fileUrl.replace(url, '')
  }
  const file = await upload('notes.txt')
  await (
    await send(`${url}/api/chat/messages`, ada, { sessionId: id, content: 'The crane is broken' })
  ).text()
  await upload('more.txt')
  await (await send(`${url}/api/chat/sessions/${id}/ticket`, ada, {})).text()
  return [file, id]
}

async function fillAccounts(url: string, storage: Storage): Promise<Pick<Keepsakes, 'account' | 'password'>> {
  const password = { email: 'grace@example.org', password: 'a long enough password' }
  const origin = { origin: url }
  const signedUp = await send(`${url}/api/auth/sign-up/email`, origin, { name: 'Grace', ...password })
  const account = cookiesOf(signedUp)
  await (await send(`${url}/api/auth/token`, account)).text()
  await (await send(`${url}/chatkit`, { ...account, ...origin }, create('Hello with an account'))).text()
  // Somebody is on the way to a provider, which there is none of here.
  const connection = await storage.accounts.acquire()
  await connection
    .run(
      `insert into account_verifications (id, identifier, value, expires_at) values ('v', 'state', '{}', 'infinity')`,
      [],
    )
    .finally(() => connection.release())
  return { account, password }
}

/** Everything that everybody sees. What a link is signed with changes, and where the server listens. */
export async function readHouse({ url }: Product, keepsakes: Keepsakes): Promise<Record<string, string>> {
  const { ada, guest, account, server, session, threads, support, file, password } = keepsakes
  const origin = { origin: url }
  const list = { type: 'threads.list', params: {} }
  const seen: Record<string, string> = {}
  const look = async (name: string, path: string, headers: Headers, body?: unknown): Promise<void> => {
    const text = await (await send(`${url}${path}`, headers, body)).text()
    seen[name] = text.replaceAll(url, '').replaceAll(/link=[^"&]*/g, 'link')
  }
  for (const id of threads) {
    await look(id, '/chatkit', ada, { type: 'threads.get_by_id', params: { thread_id: id } })
  }
  await look('threads of a user', '/chatkit', ada, list)
  await look('threads of a guest', '/chatkit', guest, list)
  await look('threads of an account', '/chatkit', { ...account, ...origin }, list)
  await look('threads of a session', '/chatkit', session, list)
  await look('threads for a server', '/v1/chatkit/threads', server)
  await look('messages of support', `/api/chat/sessions/${support}/messages`, ada)
  await look('messages of a client', `/assistant-cloud/v1/threads/${keepsakes.clientThread}/messages`, ada)
  await look('threads of a client', '/assistant-cloud/v1/threads', ada)
  await look('thread of a client', `/assistant-cloud/v1/threads/${keepsakes.clientThread}`, ada)
  await look('tickets', '/api/chat/tickets', ada)
  await look('file', file, {})
  await look('sessions', '/api/chatkit/sessions', ada)
  await look('who is signed in', '/api/auth/get-session', account)
  await look('keys of accounts', '/api/auth/jwks', {})
  // A password still opens, and what it opens is another session each time.
  seen['signed in'] = String((await send(`${url}/api/auth/sign-in/email`, origin, password)).status)
  return seen
}
