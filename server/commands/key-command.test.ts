import { expect, test } from 'vitest'
import type { ApiKey, ApiKeys } from '../auth/api-keys.ts'
import { CommandLineError } from './command-line.ts'
import { changeKeys, readKeyRequest } from './key-command.ts'

const key: ApiKey = {
  id: 'key_1',
  tenantId: 'default',
  name: 'Shop',
  scopes: ['threads:read'],
  createdAt: new Date('2026-01-02T03:04:05Z'),
  lastUsedAt: null,
  revokedAt: null,
}

function recorded() {
  const calls: unknown[][] = []
  const keys: ApiKeys = {
    async create(wish) {
      calls.push(['create', wish])
      return { key, token: 'sk-parley-token' }
    },
    async list(tenantId) {
      calls.push(['list', tenantId])
      const used = { ...key, lastUsedAt: key.createdAt }
      return [key, used, { ...used, revokedAt: key.createdAt }]
    },
    async revoke(tenantId, id) {
      calls.push(['revoke', tenantId, id])
      return id === 'key_1' ? key : null
    },
  }
  const run = async (...words: string[]): Promise<string> => {
    let said = ''
    await changeKeys(keys, readKeyRequest(words), (text) => (said += text))
    return said
  }
  return { run, calls }
}

test('[PLATFORM-14] keys are made, listed and revoked by hand, and a key is said once', async () => {
  const { run, calls } = recorded()
  expect(await run('create', 'My shop')).toMatch(/^key_1 may threads:read .*\nsk-parley-token\n$/)
  const all = ['sessions:write', 'threads:read', 'threads:write']
  expect(calls[0]).toMatchObject(['create', { tenantId: 'default', name: 'My shop', scopes: all }])
  await run('create', 'Reader', '--scopes', 'threads:read', '--tenant', 'acme')
  expect(calls[1]).toMatchObject(['create', { tenantId: 'acme', scopes: ['threads:read'] }])
  expect((await run('list')).split('\n')).toEqual([
    'key_1  threads:read  created 2026-01-02T03:04  used never  Shop',
    'key_1  threads:read  created 2026-01-02T03:04  used 2026-01-02T03:04  Shop',
    'key_1  threads:read  created 2026-01-02T03:04  revoked 2026-01-02T03:04  Shop',
    '',
  ])
  expect(await run('revoke', 'key_1', '--tenant=acme')).toBe('key_1 (Shop) counts no more.\n')
  expect(calls.at(-1)).toEqual(['revoke', 'acme', 'key_1'])
})

test('[PLATFORM-14] what cannot be meant, or done, is said in a sentence', async () => {
  const { run, calls } = recorded()
  for (const words of [
    [],
    ['create'],
    ['create', 'x'.repeat(201)],
    ['create', 'a', '--scopes', 'admin'],
    ['create', 'a', '--scopes', ''],
    ['create', 'a', '--tenant', 'a b'],
    ['list', 'x'],
    ['list', '--scopes', 'threads:read'],
    ['revoke'],
    ['revoke', 'a', 'b'],
    ['drop', 'a'],
    ['list', '--all'],
  ]) {
    await expect(run(...words), words.join(' ')).rejects.toThrow(CommandLineError)
  }
  expect(calls).toEqual([])
  await expect(run('revoke', 'key_2')).rejects.toThrow('There is no key key_2.')
})
