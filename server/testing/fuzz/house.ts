/**
 * The whole product with people in it: some whose things nobody may touch, who have said their part, and those who ask.
 *
 *   victims say ─▶ snapshot of every row ─▶ others ask and ask ─▶ the same rows, letter by letter
 *
 * What limits how often one may ask is lifted: the doors of ChatKit and files by their settings, all others by a store that
 * counts nothing. Every other limit is as it is in earnest.
 */
import { Agent } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assemble, readForeignTokens } from '../../assembly/assemble.ts'
import { createBlobStore } from '../../assembly/create-file-keeper.ts'
import { createApiKeys } from '../../auth/api-keys.ts'
import { createToken } from '../../auth/bearer-tokens.ts'
import { keyScopes } from '../../auth/permissions.ts'
import { createRevocations } from '../../auth/revocations.ts'
import { createSecret } from '../../auth/secrets.ts'
import type { FetchHandler } from '../../http/front.ts'
import { listen } from '../../http/listener.ts'
import type { LimitStore } from '../../limits/limits.ts'
import type { Log, LogFields } from '../../logging.ts'
import { createAnswerer } from '../../models/answerer.ts'
import { readConfiguration } from '../../settings/configuration.ts'
import type { Storage } from '../../storage/open.ts'
import { createTestDatabase } from '../databases.ts'
import type { DatabaseKind } from '../databases.ts'
import { readDocument } from './document.ts'
import type { ApiDocument } from './document.ts'
import { furnish, json } from './furnishing.ts'
import type { Ask } from './furnishing.ts'
import { createCanary, createKnowledge } from './people.ts'
import type { Knowledge, Person } from './people.ts'
import { openPast } from './past.ts'
import type { Past } from './past.ts'

export interface House {
  url: string
  port: number
  agent: Agent
  fetch: FetchHandler
  document: ApiDocument
  knowledge: Knowledge
  /** Whoever asks. */
  people: readonly Person[]
  /** Of whom no word may reach anybody. */
  victims: readonly Person[]
  /** What must be in no answer. */
  secrets: readonly string[]
  /** What the server wrote down as its own fault since the last call. */
  failures(): string[]
  past: Past
  /** Addresses that handlers were asked for over the socket, as far as they were marked. */
  smuggled: string[]
  /** What a new user of the victims' tenant shows. */
  enter(userId: string): Promise<Record<string, string>>
  /** The connections that are open to the server. */
  connections(): number
  close(): Promise<void>
}

const environment = {
  CHATKIT_WORKFLOW_ID: 'tutor',
  PARLEY_SIGN_UP: 'open',
  PARLEY_ALLOWED_ORIGINS: 'https://shop.example.org',
  PARLEY_CHATKIT_PER_MINUTE: '0',
  PARLEY_CHATKIT_ADDRESS_PER_MINUTE: '0',
  PARLEY_UPLOADS_PER_MINUTE: '0',
  PARLEY_FILES_ADDRESS_PER_MINUTE: '0',
}

const tokenSeconds = 20_000

export async function openHouse(kind: DatabaseKind): Promise<House> {
  const database = await createTestDatabase(kind)
  const data = await mkdtemp(join(tmpdir(), 'parley-fuzz-'))
  const secret = createSecret()
  const failures: string[] = []
  const log = listeningLog(failures)
  const { settings } = readConfiguration({ ...environment, PARLEY_DATA: data })
  const parley = await assemble(settings, {
    secret,
    storage: withoutCounting(database.storage),
    blobs: await createBlobStore(settings),
    model: createAnswerer({ find: () => [], topics: ['Chairs'], wordSeconds: 0 }),
    foreignTokens: readForeignTokens(settings, log),
    log,
    productVersion: '0.0.0',
  })
  await parley.start()
  const smuggled: string[] = []
  const open = new Set<object>()
  const listener = await listen({
    fetch(request, bindings) {
      if (/smuggled/i.test(request.url)) smuggled.push(`${request.method} ${request.url}`)
      const socket = bindings?.incoming?.socket
      if (socket !== undefined && !open.has(socket)) {
        open.add(socket)
        socket.once('close', () => open.delete(socket))
      }
      return parley.fetch(request, bindings)
    },
    log,
    port: 0,
    headersSecondsMax: 2,
    requestSecondsMax: 6,
  })
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const origin = new URL(listener.url).origin
  const knowledge = createKnowledge()
  const ask: Ask = (path, init) => Promise.resolve(parley.fetch(new Request(`${origin}${path}`, init)))
  const maker = createPeople(ask, { secret, storage: database.storage })
  const document = readDocument(await (await ask('/openapi.json')).text())
  const victims = await maker.victims()
  for (const person of victims) await furnish(person, ask, knowledge)
  const past = await openPast(database)
  const people = await maker.others()
  for (const person of people) await furnish(person, ask, knowledge)
  return {
    url: origin,
    port: listener.port,
    agent,
    fetch: parley.fetch,
    document,
    knowledge,
    people,
    victims,
    secrets: [secret, ...victims.flatMap(({ credentials }) => Object.values(credentials).map(bare))],
    failures: () => failures.splice(0),
    past,
    smuggled,
    enter: maker.enter,
    connections: () => open.size,
    async close() {
      agent.destroy()
      await Promise.all([parley.close(), listener.drain(200)])
      await database.close()
      await rm(data, { recursive: true, force: true })
    },
  }
}

/** Of `Bearer …` or `name=…` what counts. */
const bare = (shown: string): string => shown.replace(/^(?:Bearer |[^=]+=)/, '')

/** Told by the database that limits are counted there, it counts nothing. */
function withoutCounting(storage: Storage): Storage {
  const limitStore: LimitStore = {
    admit: async ({ windows, places }) => ({
      admitted: true,
      windows: windows.map(() => ({ used: 1, nextMilliseconds: 1_000 })),
      places: places.map(() => ({ used: 1 })),
    }),
    renew: async () => {},
    release: async () => {},
    sweep: async () => {},
    close: async () => {},
  }
  return { ...storage, engine: 'postgres', limitStore }
}

/** What is a fault of ours is written down as an error; and nobody's words are written down at all. */
function listeningLog(failures: string[]): Log {
  const listen = (level: string) => (event: string, fields?: LogFields) => {
    // Every request is told of there, always with the same few fields.
    if (level === 'debug' && event === 'request') return
    const text = JSON.stringify(fields ?? {}, (_, value: unknown) =>
      value instanceof Error ? { message: value.message, stack: value.stack, cause: value.cause } : value,
    )
    if (level === 'error') failures.push(`${event} ${text}`)
    else if (/cnry[0-9a-f]{12}/.test(text)) failures.push(`somebody's words in the log: ${event} ${text}`)
  }
  return { debug: listen('debug'), info: listen('info'), warn: listen('warn'), error: listen('error') }
}

/** Who there is: in one tenant users and guests, in another those who work for it, in a third one victim. */
function createPeople(ask: Ask, { secret, storage }: { secret: string; storage: Storage }) {
  type Renew = Person['renew']
  const bearer =
    (userId: string, tenantId: string, roles: string[] = []): Renew =>
    async () => ({
      authorization: `Bearer ${await createToken({ secret }, { userId, tenantId, roles, lifetimeSeconds: tokenSeconds })}`,
    })
  const guest: Renew = async () => {
    const response = await ask('/api/chats', json({ prompt: 'Hello' }))
    await response.body?.cancel()
    return { cookie: response.headers.get('set-cookie')?.split(';')[0] ?? '' }
  }
  const account =
    (email: string): Renew =>
    async () => {
      const body = { email, password: 'long enough 1', name: 'Somebody' }
      let response = await ask('/api/auth/sign-up/email', json(body))
      if (!response.ok) response = await ask('/api/auth/sign-in/email', json(body))
      await response.body?.cancel()
      return { cookie: (response.headers.getSetCookie()[0] ?? '').split(';')[0] ?? '' }
    }
  const session =
    (userId: string): Renew =>
    async () => {
      const owner = await bearer(userId, 'default')()
      const asked = json({ deviceId: 'fuzz' })
      const response = await ask('/api/chatkit/session', {
        ...asked,
        headers: { ...asked.headers, ...owner },
      })
      const { client_secret: token } = (await response.json()) as { client_secret: string }
      return { authorization: `Bearer ${token}` }
    }
  const key =
    (tenantId: string): Renew =>
    async () => {
      const keys = createApiKeys({ records: storage.apiKeys, revocations: createRevocations() })
      const { token } = await keys.create({ tenantId, name: 'fuzz', scopes: keyScopes })
      return { authorization: `Bearer ${token}` }
    }

  async function person(name: string, tenantId: string, renew: Renew, of = name): Promise<Person> {
    const canary = canaries.get(of) ?? createCanary()
    canaries.set(of, canary)
    return { name, tenantId, canary, credentials: await renew(), renew, sees: new Set([canary]) }
  }
  const canaries = new Map<string, string>()
  const nobody: Renew = async () => ({})
  const forged: Renew = async () => ({
    authorization: `Bearer ${await createToken({ secret: createSecret() }, { userId: 'victor' })}`,
  })

  return {
    enter: (userId: string) => bearer(userId, 'default')(),
    victims: () =>
      Promise.all([
        person('victor', 'default', bearer('victor', 'default')),
        person('vera', 'elsewhere', bearer('vera', 'elsewhere')),
        person('guest victim', 'default', guest),
        person('account victim', 'default', account('victim@example.net')),
        person('key of elsewhere', 'elsewhere', key('elsewhere')),
      ]),
    async others() {
      const desk = await Promise.all([
        person('dora', 'desk', bearer('dora', 'desk')),
        person('agent', 'desk', bearer('agnes', 'desk', ['agent'])),
        person('admin', 'desk', bearer('adam', 'desk', ['admin'])),
        person('key', 'desk', key('desk')),
      ])
      const all = new Set(desk.map(({ canary }) => canary))
      return [
        await person('mallory', 'default', bearer('mallory', 'default')),
        await person('mike', 'default', bearer('mike', 'default')),
        await person('session of mallory', 'default', session('mallory'), 'mallory'),
        await person('guest', 'default', guest),
        await person('account', 'default', account('person1@example.org')),
        await person('nobody', 'default', nobody),
        await person('forged', 'default', forged),
        ...desk.map((one) => (one.name === 'dora' ? one : { ...one, sees: all })),
      ]
    },
  }
}
