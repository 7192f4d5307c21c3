/** The same tests on each database that is there, with as many servers on it as a test wants. */
import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import { createSecret } from '../auth/secrets.ts'
import { createChatKitClient } from './chatkit-client.ts'
import type { ChatKitClient, ChatKitClientOptions } from './chatkit-client.ts'
import type { Storage } from '../storage/open.ts'
import { createTestDatabase, missingReason } from './databases.ts'
import type { DatabaseKind, TestDatabase } from './databases.ts'
import { startTestServer } from './test-server.ts'
import type { TestServer, TestServerOptions } from './test-server.ts'

export interface Ground {
  kind: DatabaseKind
  storage(): Storage
  /** The same data, as another process sees it. */
  otherStorage(): Promise<Storage>
  /** A server that ends with the test. All of them know each other's tokens. */
  serve(options: GroundServerOptions): Promise<TestServer>
  /** The same on the other process's storage. */
  serveAnother(options: GroundServerOptions): Promise<TestServer>
}

let users = 0

/** A user whom no other test knows, or the one who is named. */
export function createUser(
  server: TestServer,
  options: Omit<ChatKitClientOptions, 'url' | 'secret'> = {},
): Promise<ChatKitClient> {
  users += 1
  return createChatKitClient({ url: server.url, secret: server.secret, userId: `user${users}`, ...options })
}

/** The same new user, asking two servers. */
export async function createUserOfTwo(
  one: TestServer,
  other: TestServer,
): Promise<[ChatKitClient, ChatKitClient]> {
  users += 1
  const userId = `user${users}`
  return [await createUser(one, { userId }), await createUser(other, { userId })]
}

export type GroundServerOptions = Omit<TestServerOptions, 'storage' | 'secret'> & { storage?: Storage }

/** Where a database is missing its tests are skipped, and their title says why. */
export function describeOnDatabases(title: string, define: (ground: Ground) => void): void {
  describe.each(['pglite', 'postgres'] as const)(`${title} on %s`, (kind) => {
    const reason = missingReason(kind)
    describe.skipIf(reason !== null)(reason ?? 'all of it', () => define(prepareGround(kind)))
  })
}

function prepareGround(kind: DatabaseKind): Ground {
  const secret = createSecret()
  const servers: TestServer[] = []
  let database: TestDatabase | undefined
  let other: Promise<Storage> | undefined

  function opened(): TestDatabase {
    if (database === undefined) throw new Error('The database is not open yet.')
    return database
  }

  async function serve(options: GroundServerOptions): Promise<TestServer> {
    const server = await startTestServer({ storage: opened().storage, ...options, secret })
    servers.push(server)
    return server
  }

  const ground: Ground = {
    kind,
    storage: () => opened().storage,
    otherStorage: () => (other ??= opened().openAnother()),
    serve,
    serveAnother: async (options) => serve({ storage: await ground.otherStorage(), ...options }),
  }

  beforeAll(async () => {
    database = await createTestDatabase(kind)
  })
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()))
  })
  afterAll(() => database?.close())
  return ground
}
