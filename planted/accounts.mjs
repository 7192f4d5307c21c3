/** What could go wrong with the accounts of people who sign in with us. */

const door = 'server/contracts/accounts/accounts.integration.test.ts'
const tables = 'server/accounts/tables.integration.test.ts'

/** @type {import('./bugs.mjs').PlantedBug[]} */
export const accountBugs = [
  {
    name: 'signed-out-in-the-table-only',
    breaks: ['ACCOUNT-5', 'REVOKE-4'],
    file: 'server/accounts/auth-options.ts',
    text: 'if (expiresAt <= at) return',
    instead: 'if (expiresAt > at) return',
    test: door,
    shows: 'ACCOUNT-5',
  },
  {
    name: 'account-tokens-without-their-session',
    breaks: ['ACCOUNT-5'],
    file: 'server/accounts/auth-options.ts',
    text: "role: user['role'], sid: session.id })",
    instead: "role: user['role'] })",
    test: door,
    shows: 'ACCOUNT-5',
  },
  {
    name: 'account-made-by-whoever-comes',
    breaks: ['ACCOUNT-4'],
    file: 'server/accounts/auth-options.ts',
    text: "disableSignUp: signUp !== 'open',",
    instead: "disableSignUp: signUp === 'closed',",
    test: door,
    shows: 'ACCOUNT-4',
  },
  {
    name: 'failures-of-the-accounts-database-passed-over',
    breaks: ['ACCOUNT-12'],
    file: 'server/accounts/exchange.ts',
    text: 'if (exchange.failure !== null) throw exchange.failure',
    instead: 'if (exchange.failure === undefined) throw new Error()',
    test: door,
    shows: 'ACCOUNT-12',
  },
  {
    name: 'passwords-tried-while-nothing-is-counted',
    breaks: ['ACCOUNT-3'],
    file: 'server/contracts/accounts/limits.ts',
    text: "const common = { whenAway: 'refuse' } as const",
    instead: "const common = { whenAway: 'alone' } as const",
    test: door,
    shows: 'ACCOUNT-3',
  },
  {
    name: 'account-counted-as-it-is-spelt',
    breaks: ['ACCOUNT-3'],
    file: 'server/contracts/accounts/limits.ts',
    text: 'const account = email.trim().toLowerCase()',
    instead: 'const account = email',
    test: door,
    shows: 'ACCOUNT-3',
  },
  {
    name: 'sign-in-from-any-site-with-a-header',
    breaks: ['ACCOUNT-8'],
    file: 'server/contracts/accounts/routes.ts',
    text: 'refuseCrossSite(withoutAuthorization(request), options.publicOrigins)',
    instead: 'refuseCrossSite(request, options.publicOrigins)',
    test: door,
    shows: 'ACCOUNT-8',
  },
  {
    name: 'provider-tokens-kept',
    breaks: ['ACCOUNT-9'],
    file: 'server/accounts/auth-options.ts',
    text: 'create: { before: async () => ({ data: noProviderTokens }) },',
    instead: 'create: {},',
    test: door,
    shows: 'ACCOUNT-9',
  },
  {
    name: 'accounts-as-the-connecting-user',
    breaks: ['ACCOUNT-11'],
    file: 'server/storage/accounts.ts',
    text: "select set_config('role', 'parley_accounts', true),",
    instead: "select set_config('role', 'none', true),",
    test: tables,
    shows: 'ACCOUNT-11',
  },
]
