import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { createOwner, createThread, failureOf, query } from './contract-parts.ts'
import type { Ground } from './contract-parts.ts'
import { command, userScope } from './database.ts'

export function errorRules({ store, database }: Ground): void {
  describe('errors', () => {
    test('[STORE-18] a deadlock or serialization failure is tried again as a whole', async () => {
      for (const code of ['40001', '40P01']) {
        const owner = createOwner()
        const thread = createThread()
        await store().createThread(owner, thread, async () => {})
        let attempts = 0
        await database().transaction(userScope(owner), async (run) => {
          attempts += 1
          await run(command(`update threads set title = coalesce(title, '') || 'x'`))
          if (attempts < 3) await run(command(`do $$ begin raise 'again' using errcode = '${code}'; end $$`))
        })
        expect(attempts).toBe(3)
        expect(await store().thread(owner, thread.id)).toMatchObject({ title: 'x' })
      }
    })

    test('[STORE-18] who fails every time is told that it is unavailable', async () => {
      const always = database().transaction(userScope(createOwner()), async (run) => {
        await run(command(`do $$ begin raise 'again' using errcode = '40001'; end $$`))
      })
      expect((await failureOf(always)).code).toBe('unavailable')
    })

    test.each(['53100', '53200', '58030', '57P02', 'XX000'])(
      '[STORE-17] a database whose machine is in trouble (%s) is unavailable, and the next call works',
      async (code) => {
        const failing = database().transaction(userScope(createOwner()), async (run) => {
          await run(command(`do $$ begin raise 'no room' using errcode = '${code}'; end $$`))
        })
        expect((await failureOf(failing)).code).toBe('unavailable')
        await store().createThread(createOwner(), createThread(), async () => {})
      },
    )

    test('[STORE-19] what an error says names no stored value', async () => {
      const scope = userScope(createOwner())
      const secret = 'a-secret-word'
      for (const sql of [
        `insert into threads (id, tenant_id, user_id, created_at, status, metadata)
         values ('00000000-0000-7000-8000-000000000001', $1, 'x', now(), 'active', '{}')`,
        `insert into users (tenant_id, user_id) values (null, $1)`,
        `select $1::uuid`,
        `select $1::timestamptz`,
        `select $1::jsonb`,
        `select ('"' || $1)::jsonb`,
      ]) {
        const error = await query(database(), scope, sql, [secret]).then(
          () => null,
          (reason: unknown) => reason,
        )
        expect(error).toBeInstanceOf(Error)
        expect(inspect(error, { depth: 10, showHidden: true }), sql).not.toContain(secret)
      }
    })
  })
}
