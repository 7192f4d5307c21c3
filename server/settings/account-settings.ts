/** The settings of built-in accounts: whether there are any, who may make one, and whose word counts for who they are. */
import { isUrl, key, oneOf } from './setting.ts'
import type { Setting } from './setting.ts'

/** Null means: not set. */
export interface AccountSettings {
  accounts: 'on' | 'off'
  signUp: 'closed' | 'providers' | 'open'
  googleClientId: string | null
  googleClientSecret: string | null
  githubClientId: string | null
  githubClientSecret: string | null
  signInIssuer: string | null
  signInClientId: string | null
  signInClientSecret: string | null
}

export const accountTable: { [Name in keyof AccountSettings]: Setting<AccountSettings[Name]> } = {
  // Off where somebody else's users are let in, unless it is said: two places to sign in are mostly one too many.
  accounts: { ...oneOf('on', 'off'), variables: ['PARLEY_ACCOUNTS'], default: 'on' },
  // Nobody expects strangers on a server that they have just set up.
  signUp: { ...oneOf('closed', 'providers', 'open'), variables: ['PARLEY_SIGN_UP'], default: 'closed' },
  googleClientId: { ...key(), variables: ['PARLEY_GOOGLE_CLIENT_ID'] },
  googleClientSecret: { ...key(), variables: ['PARLEY_GOOGLE_CLIENT_SECRET'] },
  githubClientId: { ...key(), variables: ['PARLEY_GITHUB_CLIENT_ID'] },
  githubClientSecret: { ...key(), variables: ['PARLEY_GITHUB_CLIENT_SECRET'] },
  signInIssuer: {
    variables: ['PARLEY_SIGN_IN_ISSUER'],
    default: null,
    allowed: 'an https URL',
    parse(value) {
      if (isUrl(value, ['https:'])) return value
      const isLocal = /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?:[:/]|$)/.test(value)
      return isLocal && isUrl(value, ['http:']) ? value : undefined
    },
  },
  signInClientId: { ...key(), variables: ['PARLEY_SIGN_IN_CLIENT_ID'] },
  signInClientSecret: { ...key(), variables: ['PARLEY_SIGN_IN_CLIENT_SECRET'] },
}

type Name = keyof AccountSettings

/** Those of a provider, which are set together or not at all. */
const together: readonly (readonly Name[])[] = [
  ['googleClientId', 'googleClientSecret'],
  ['githubClientId', 'githubClientSecret'],
  ['signInIssuer', 'signInClientId', 'signInClientSecret'],
]

/** What is wrong although each setting is right by itself. */
export function accountProblems(settings: AccountSettings & { publicUrl: string | null }): string[] {
  const problems = together.flatMap((names) => {
    const given = names.find((name) => settings[name] !== null)
    const missing = names.find((name) => settings[name] === null)
    if (given === undefined || missing === undefined) return []
    return [`${variableOf(given)} is set, so ${variableOf(missing)} must be set, too.`]
  })
  const provider = together.flat().find((name) => settings[name] !== null)
  if (provider !== undefined && settings.accounts === 'off') {
    problems.push(`${variableOf(provider)} is set, so PARLEY_ACCOUNTS must be on.`)
  }
  if (provider !== undefined && settings.publicUrl === null) {
    problems.push(
      `${variableOf(provider)} is set, so PARLEY_PUBLIC_URL must be set, too: it is where people come back to.`,
    )
  }
  if (provider === undefined && settings.signUp === 'providers') {
    problems.push('PARLEY_SIGN_UP is providers, so one of them must be set, such as PARLEY_GOOGLE_CLIENT_ID.')
  }
  return problems
}

function variableOf(name: Name): string {
  return accountTable[name].variables[0]
}
