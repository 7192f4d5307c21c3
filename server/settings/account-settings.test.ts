import { describe, expect, test } from 'vitest'
import { createAccounts, createOwnIssuer } from '../assembly/create-accounts.ts'
import { createForeignTokens } from '../assembly/create-authentication.ts'
import { createSecret } from '../auth/secrets.ts'
import { ConfigurationError, printConfiguration, readConfiguration } from './configuration.ts'

const google = { PARLEY_GOOGLE_CLIENT_ID: 'id', PARLEY_GOOGLE_CLIENT_SECRET: 'canary' }
const publicUrl = { PARLEY_PUBLIC_URL: 'https://chat.example.org' }
const clerk = {
  PARLEY_CLERK_ISSUER: 'https://clerk.example.org',
  PARLEY_CLERK_AUTHORIZED_PARTIES: 'https://app.example.org',
}

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfiguration(environment)
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
  return []
}

function accountsOf(environment: Record<string, string>) {
  const { settings } = readConfiguration(environment)
  return createAccounts(settings, {
    database: { acquire: () => Promise.reject(new Error('none')), sweep: async () => {} },
    secret: createSecret(),
    revocations: { revoke: async () => {} },
    onFailure: () => {},
  })
}

describe('the settings of accounts', () => {
  test('[ACCOUNT-16] there are accounts that nobody makes for themselves, unless others’ users are let in or it is said otherwise', () => {
    const { settings } = readConfiguration({})
    expect([settings.accounts, settings.signUp]).toEqual(['on', 'closed'])
    expect(accountsOf({})).toMatchObject({ signUp: 'closed', providers: [] })
    expect(accountsOf({ PARLEY_ACCOUNTS: 'off' })).toBeNull()
    const others: Record<string, string>[] = [
      clerk,
      { PARLEY_BETTER_AUTH_URL: 'https://app.example.org' },
      { PARLEY_OIDC_ISSUER: 'https://login.example.org', PARLEY_OIDC_AUDIENCE: 'parley' },
      { PARLEY_NUXT_SESSION_PASSWORD: 'x'.repeat(32) },
    ]
    for (const environment of others) {
      const { settings: derived, sources } = readConfiguration(environment)
      expect([derived.accounts, sources.accounts]).toEqual(['off', 'derived'])
      expect(accountsOf(environment)).toBeNull()
      expect(createOwnIssuer(derived, () => null)).toBeNull()
    }
    expect(accountsOf({ ...clerk, PARLEY_ACCOUNTS: 'on' })).not.toBeNull()
  })

  test('[ACCOUNT-16] where both are, their users must be told apart', () => {
    const both = (more: Record<string, string>) => {
      const { settings } = readConfiguration({ ...clerk, PARLEY_ACCOUNTS: 'on', ...more })
      return () => createForeignTokens(settings, { ownIssuer: createOwnIssuer(settings, () => null) })
    }
    expect(both({})).toThrow('user prefix')
    expect(both({ PARLEY_CLERK_USER_PREFIX: 'clerk_' })).not.toThrow()
  })

  test('[ACCOUNT-16] a provider has all of its settings, and an address to send people back to', () => {
    expect(problemsOf({ ...publicUrl, PARLEY_GOOGLE_CLIENT_ID: 'id' })).toEqual([
      'PARLEY_GOOGLE_CLIENT_ID is set, so PARLEY_GOOGLE_CLIENT_SECRET must be set, too.',
    ])
    expect(problemsOf({ ...publicUrl, PARLEY_SIGN_IN_ISSUER: 'https://login.example.org' })).toEqual([
      'PARLEY_SIGN_IN_ISSUER is set, so PARLEY_SIGN_IN_CLIENT_ID must be set, too.',
    ])
    expect(problemsOf({ PARLEY_SIGN_IN_ISSUER: 'http://login.example.org' })).toEqual([
      'PARLEY_SIGN_IN_ISSUER must be an https URL.',
    ])
    expect(problemsOf({ ...google, PARLEY_ACCOUNTS: 'off' })).toEqual([
      'PARLEY_GOOGLE_CLIENT_ID is set, so PARLEY_ACCOUNTS must be on.',
      'PARLEY_GOOGLE_CLIENT_ID is set, so PARLEY_PUBLIC_URL must be set, too: it is where people come back to.',
    ])
    expect(problemsOf({ PARLEY_SIGN_UP: 'providers' })).toEqual([
      'PARLEY_SIGN_UP is providers, so one of them must be set, such as PARLEY_GOOGLE_CLIENT_ID.',
    ])
    const complete = {
      ...publicUrl,
      ...google,
      PARLEY_GITHUB_CLIENT_ID: 'id',
      PARLEY_GITHUB_CLIENT_SECRET: 'canary',
      PARLEY_SIGN_IN_ISSUER: 'https://login.example.org',
      PARLEY_SIGN_IN_CLIENT_ID: 'id',
      PARLEY_SIGN_IN_CLIENT_SECRET: 'canary',
      PARLEY_SIGN_UP: 'providers',
    }
    expect(accountsOf(complete)).toMatchObject({
      signUp: 'providers',
      providers: ['google', 'github', 'oidc'],
    })
    expect(printConfiguration(readConfiguration(complete))).not.toContain('canary')
  })
})
