import { exportSPKI } from 'jose'
import { describe, expect, test } from 'vitest'
import { createToken } from '../auth/bearer-tokens.ts'
import { createRevocations } from '../auth/revocations.ts'
import { createSecret } from '../auth/secrets.ts'
import { ConfigurationError, printConfiguration, readConfiguration } from '../settings/configuration.ts'
import { createIssuerKey, signWith, startTestIssuer } from '../testing/token-issuer.ts'
import { createForeignTokens, createSignIn } from './create-authentication.ts'

const secret = createSecret()
const pem = '-----BEGIN PUBLIC KEY-----\\nAAAA\\n-----END PUBLIC KEY-----'

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfiguration(environment)
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
  return []
}

function signIn(environment: Record<string, string>) {
  const { settings } = readConfiguration(environment)
  const revocations = createRevocations()
  const foreignTokens = createForeignTokens(settings)
  const created = createSignIn(settings, { secret, revocations, foreignTokens })
  const show = (headers: Record<string, string>) =>
    created.authentication.identify(new Request('http://localhost/', { headers }))
  return {
    ...created,
    revocations,
    show,
    bearer: (token: string) => show({ authorization: `Bearer ${token}` }),
  }
}

describe('the settings of signing in', () => {
  test('[OPS-9] a setting that needs another says so, all of them at once', () => {
    expect(
      problemsOf({
        PARLEY_CLERK_ISSUER: 'https://clerk.example.org',
        PARLEY_BETTER_AUTH_AUDIENCE: 'parley',
        PARLEY_OIDC_ISSUER: 'https://login.example.org',
      }),
    ).toEqual([
      'PARLEY_CLERK_ISSUER is set, so PARLEY_CLERK_AUTHORIZED_PARTIES must be set, too.',
      'PARLEY_BETTER_AUTH_AUDIENCE is set, so PARLEY_BETTER_AUTH_URL must be set, too.',
      'PARLEY_OIDC_ISSUER is set, so PARLEY_OIDC_AUDIENCE must be set, too.',
    ])
  })

  test('[OPS-2] what is not allowed is said with the variable, and its value is not repeated', () => {
    const problems = problemsOf({
      PARLEY_CLERK_ISSUER: 'http://clerk.example.org',
      PARLEY_CLERK_JWT_KEY: 'sk_test_canary',
      PARLEY_CLERK_AUTHORIZED_PARTIES: 'https://a.example,,b',
      PARLEY_OIDC_TENANT: 'a{b',
      PARLEY_NUXT_SESSION_PASSWORD: 'canary',
    })
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'PARLEY_CLERK_ISSUER',
      'PARLEY_CLERK_JWT_KEY',
      'PARLEY_CLERK_AUTHORIZED_PARTIES',
      'PARLEY_OIDC_TENANT',
      'PARLEY_NUXT_SESSION_PASSWORD',
    ])
    expect(problems.join()).not.toContain('canary')
  })

  test('[OPS-5] the table shows lists and claims as they are written, and of secrets only that they are set', () => {
    const printed = printConfiguration(
      readConfiguration({
        PARLEY_CLERK_ISSUER: 'http://localhost:9/',
        PARLEY_CLERK_AUTHORIZED_PARTIES: 'https://a.example, https://b.example',
        CLERK_JWT_KEY: pem,
        PARLEY_OIDC_TENANT: 'north_{org.id}',
        PARLEY_NUXT_SESSION_PASSWORD: 'canary-'.repeat(5),
      }),
    )
    const cells = printed.split('\n').map((line) => line.trim().split(/\s{2,}/))
    expect(cells).toContainEqual([
      'PARLEY_CLERK_AUTHORIZED_PARTIES',
      'https://a.example, https://b.example',
      'environment',
    ])
    expect(cells).toContainEqual(['PARLEY_CLERK_JWT_KEY', 'set', 'environment'])
    expect(cells).toContainEqual(['PARLEY_OIDC_TENANT', 'north_{org.id}', 'environment'])
    expect(cells).toContainEqual(['PARLEY_BETTER_AUTH_TENANT', 'default', 'default'])
    expect(printed).not.toMatch(/canary|AAAA/)
  })
})

describe('who is let in', () => {
  test('[OPS-9] by the settings: tokens of the issuers that are named, beside our own', async () => {
    const [rsa, edwards] = [await createIssuerKey('RS256', 'rsa'), await createIssuerKey('EdDSA', 'edwards')]
    const [clerk, better, oidc] = await Promise.all([rsa, edwards, rsa].map((key) => startTestIssuer([key])))
    if (clerk === undefined || better === undefined || oidc === undefined)
      throw new Error('There is no issuer.')
    const { bearer } = signIn({
      PARLEY_CLERK_ISSUER: clerk.url,
      PARLEY_CLERK_AUTHORIZED_PARTIES: 'https://app.example.org',
      PARLEY_CLERK_JWT_KEY: (await exportSPKI(rsa.publicKey)).replaceAll('\n', '\\n'),
      PARLEY_CLERK_USER_PREFIX: 'clerk_',
      PARLEY_BETTER_AUTH_URL: better.url,
      PARLEY_BETTER_AUTH_USER_PREFIX: 'better_',
      PARLEY_OIDC_ISSUER: oidc.url,
      PARLEY_OIDC_AUDIENCE: 'parley',
      PARLEY_OIDC_TENANT: 'north_{org.id}',
      PARLEY_OIDC_ROLES_CLAIM: 'groups',
    })
    const exp = Math.floor(Date.now() / 1000) + 60
    const clerkToken = {
      iss: clerk.url,
      azp: 'https://app.example.org',
      sub: 'user_1',
      sid: 's',
      exp,
      org_id: 'org_7',
    }
    expect(await bearer(await signWith(rsa, clerkToken))).toMatchObject({
      identity: { tenantId: 'org_7', userId: 'clerk_user_1' },
    })
    expect(
      await bearer(await signWith(edwards, { iss: better.url, aud: better.url, sub: '1', exp })),
    ).toMatchObject({
      identity: { tenantId: 'default', userId: 'better_1' },
    })
    const oidcToken = { iss: oidc.url, aud: 'parley', sub: '1', exp, org: { id: 'acme' }, groups: ['agent'] }
    expect(await bearer(await signWith(rsa, oidcToken))).toMatchObject({
      identity: { tenantId: 'north_acme', userId: '1', roles: ['agent'] },
    })
    expect(await bearer(await createToken({ secret }, { userId: 'ada' }))).toMatchObject({
      identity: { userId: 'ada' },
    })
    expect(clerk.requests).toEqual([])
    await Promise.all([clerk, better, oidc].map((each) => each.close()))
  })

  test('[OPS-9] issuers that could vouch for each other’s users are refused, with what to set', () => {
    const { settings } = readConfiguration({
      PARLEY_BETTER_AUTH_URL: 'https://app.example.org',
      PARLEY_OIDC_ISSUER: 'https://login.example.org',
      PARLEY_OIDC_AUDIENCE: 'parley',
    })
    expect(() => createForeignTokens(settings)).toThrow(/give each a user prefix of its own/)
    expect(createForeignTokens(readConfiguration({}).settings)).toBeNull()
  })

  test('[OPS-9] sessions come before guests, and guests only where they are let in', async () => {
    const { sessions, guests, show, revocations } = signIn({ PARLEY_PUBLIC_URL: 'https://chat.example.org' })
    const { identity, setCookie } = await sessions.signIn(new Request('http://localhost/'), { userId: 'ada' })
    const guest = guests?.admit?.(new Request('http://localhost/')).setCookie.split(';')[0] ?? ''
    const cookie = `${guest}; ${setCookie.split(';')[0]}`
    expect(guest).toMatch(/^__Host-parley_guest=/)
    expect(await show({ cookie })).toEqual({ identity })
    await revocations.revoke({ ...identity, name: null, at: new Date(), until: null })
    expect(await show({ cookie })).toMatchObject({ identity: { kind: 'guest' } })
    expect(await signIn({ PARLEY_GUESTS: 'off' }).show({})).toEqual({ identity: null, reason: 'missing' })
  })

  test('[SESSION-5] a Nuxt app’s session counts where its password is configured', async () => {
    const cookie = 'nuxt-session=Fe26.2*garbage'
    const { guests, show } = signIn({ PARLEY_NUXT_SESSION_PASSWORD: 'x'.repeat(32), PARLEY_GUESTS: 'off' })
    expect(guests).toBeNull()
    expect(await show({ cookie })).toEqual({ identity: null, reason: 'missing' })
  })
})
