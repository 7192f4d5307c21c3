/**
 * The settings, read from an environment that is handed in: nothing here touches the process. All that is wrong is
 * found at once, and a variable that looks like one of ours but is not is an error, because it is mostly a slip.
 */

import { accountProblems, accountTable } from './account-settings.ts'
import type { AccountSettings } from './account-settings.ts'
import { doorTable } from './door-settings.ts'
import type { DoorSettings } from './door-settings.ts'
import { fileProblems, fileTable } from './file-settings.ts'
import type { FileSettings } from './file-settings.ts'
import { sessionProblems, sessionTable } from './session-settings.ts'
import type { SessionSettings } from './session-settings.ts'
import {
  isUrl,
  key,
  oneOf,
  parseNetworks,
  parseOrigin,
  hidden,
  text,
  whole,
  withoutCredentials,
} from './setting.ts'
import type { Setting } from './setting.ts'
import { signInProblems, signInTable } from './sign-in-settings.ts'
import type { SignInSettings } from './sign-in-settings.ts'

export type ModelProvider = 'openai' | 'anthropic' | 'google' | 'mistral'
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** Null means: not set. */
export interface Settings
  extends SignInSettings, SessionSettings, FileSettings, AccountSettings, DoorSettings {
  host: string
  port: number
  publicUrl: string | null
  data: string
  databaseUrl: string | null
  databasePool: number
  redisUrl: string | null
  trustedProxies: readonly string[]
  proxyHeader: 'x-forwarded-for' | 'forwarded'
  secret: string | null
  guests: 'on' | 'off'
  modelProvider: ModelProvider | null
  model: string | null
  modelApi: 'chat' | 'responses'
  openaiApiKey: string | null
  openaiBaseUrl: string | null
  anthropicApiKey: string | null
  googleApiKey: string | null
  mistralApiKey: string | null
  modelFirstTokenSeconds: number
  modelSilenceSeconds: number
  modelSteps: number
  instructions: string | null
  documents: string | null
  stopGraceSeconds: number
  drainSeconds: number
  logLevel: LogLevel
  logFormat: 'json' | 'pretty'
}

/** `file`: what the server keeps in its data directory. `derived`: follows from other settings. */
export type SettingSource = 'default' | 'environment' | 'file' | 'derived'

export interface Configuration {
  settings: Settings
  sources: Record<keyof Settings, SettingSource>
}

/** Says everything that is wrong, one line each. */
export class ConfigurationError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`The configuration is not valid:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
    this.name = 'ConfigurationError'
    this.problems = problems
  }
}

type Name = keyof Settings
type Table = { [Key in Name]: Setting<Settings[Key]> }

const secretBytesMin = 32

const table: Table = {
  host: { ...text('a host name or an IP address'), variables: ['PARLEY_HOST'], default: '127.0.0.1' },
  port: { ...whole(0, 65_535), variables: ['PARLEY_PORT', 'PORT'], default: 8787 },
  publicUrl: {
    variables: ['PARLEY_PUBLIC_URL'],
    default: null,
    allowed: 'an http or https origin without a path, such as https://chat.example.org',
    parse: parseOrigin,
  },
  data: { ...text('the path of a directory'), variables: ['PARLEY_DATA'], default: './.parley' },
  databaseUrl: {
    variables: ['DATABASE_URL'],
    default: null,
    allowed: 'a postgres:// or postgresql:// URL',
    parse: (value) => (isUrl(value, ['postgres:', 'postgresql:']) ? value : undefined),
    show: withoutCredentials,
  },
  databasePool: { ...whole(1, 100), variables: ['PARLEY_DATABASE_POOL'], default: 8 },
  redisUrl: {
    variables: ['REDIS_URL'],
    default: null,
    allowed: 'a redis:// or rediss:// URL',
    parse: (value) => (isUrl(value, ['redis:', 'rediss:']) ? value : undefined),
    show: withoutCredentials,
  },
  trustedProxies: {
    variables: ['PARLEY_TRUSTED_PROXIES'],
    default: [],
    allowed: 'addresses and networks, such as 10.0.0.0/8, with commas between them',
    parse: parseNetworks,
    show: (value) => (value.length === 0 ? '-' : value.join(', ')),
  },
  proxyHeader: {
    ...oneOf('x-forwarded-for', 'forwarded'),
    variables: ['PARLEY_PROXY_HEADER'],
    default: 'x-forwarded-for',
  },
  secret: {
    ...hidden,
    variables: ['PARLEY_SECRET'],
    default: null,
    allowed: `at least ${secretBytesMin} bytes long`,
    parse: (value) => (new TextEncoder().encode(value).length >= secretBytesMin ? value : undefined),
  },
  guests: { ...oneOf('on', 'off'), variables: ['PARLEY_GUESTS'], default: 'on' },
  ...signInTable,
  ...accountTable,
  ...doorTable,
  ...sessionTable,
  modelProvider: {
    ...oneOf<ModelProvider>('openai', 'anthropic', 'google', 'mistral'),
    variables: ['PARLEY_MODEL_PROVIDER'],
    default: null,
  },
  model: { ...text("a model's name"), variables: ['PARLEY_MODEL'], default: null },
  modelApi: { ...oneOf('chat', 'responses'), variables: ['PARLEY_MODEL_API'], default: 'chat' },
  openaiApiKey: { ...key(), variables: ['OPENAI_API_KEY'] },
  openaiBaseUrl: {
    variables: ['OPENAI_BASE_URL'],
    default: null,
    allowed: 'an http or https URL',
    parse: (value) => (isUrl(value, ['http:', 'https:']) ? value : undefined),
    show: withoutCredentials,
  },
  anthropicApiKey: { ...key(), variables: ['ANTHROPIC_API_KEY'] },
  googleApiKey: { ...key(), variables: ['GOOGLE_GENERATIVE_AI_API_KEY'] },
  mistralApiKey: { ...key(), variables: ['MISTRAL_API_KEY'] },
  modelFirstTokenSeconds: {
    ...whole(1, 3_600),
    variables: ['PARLEY_MODEL_FIRST_TOKEN_SECONDS'],
    default: 60,
  },
  modelSilenceSeconds: { ...whole(1, 3_600), variables: ['PARLEY_MODEL_SILENCE_SECONDS'], default: 60 },
  modelSteps: { ...whole(1, 100), variables: ['PARLEY_MODEL_STEPS'], default: 8 },
  instructions: {
    ...text('a text'),
    variables: ['PARLEY_INSTRUCTIONS'],
    default: null,
    show: (value) => (value === null ? '-' : `${value.length} characters`),
  },
  documents: { ...text('the path of a directory'), variables: ['PARLEY_DOCUMENTS'], default: null },
  ...fileTable,
  stopGraceSeconds: { ...whole(0, 60), variables: ['PARLEY_STOP_GRACE_SECONDS'], default: 5 },
  drainSeconds: { ...whole(0, 3_600), variables: ['PARLEY_DRAIN_SECONDS'], default: 25 },
  logLevel: {
    ...oneOf<LogLevel>('debug', 'info', 'warn', 'error', 'silent'),
    variables: ['PARLEY_LOG_LEVEL'],
    default: 'info',
  },
  logFormat: { ...oneOf('json', 'pretty'), variables: ['PARLEY_LOG_FORMAT'], default: 'json' },
}

const credentials: Record<ModelProvider, readonly Name[]> = {
  openai: ['openaiApiKey', 'openaiBaseUrl'],
  anthropic: ['anthropicApiKey'],
  google: ['googleApiKey'],
  mistral: ['mistralApiKey'],
}

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads all settings. An empty variable counts as not set. `PARLEY_TEST_…` belongs to the tests and is left alone.
 * Throws `ConfigurationError` with everything that is wrong.
 */
export function readConfiguration(environment: Environment): Configuration {
  const problems: string[] = []
  const values = names.map((name) => [name, readSetting<Settings[Name]>(table[name], environment, problems)])
  // The table has an entry of the right type for every setting.
  const settings = Object.fromEntries(values) as Settings
  const sources = readSources(environment)
  problems.push(...unknownVariables(environment))
  // What could not be read is one complaint, not two.
  if (problems.length === 0) {
    chooseProvider(settings, sources, problems)
    chooseAccounts(settings, sources)
    problems.push(...signInProblems(settings), ...sessionProblems(settings), ...fileProblems(settings))
    problems.push(...accountProblems(settings))
  }
  if (problems.length > 0) throw new ConfigurationError(problems)
  return { settings, sources }
}

function readSetting<Value>(setting: Setting<Value>, environment: Environment, problems: string[]): Value {
  const variable = givenVariable(setting.variables, environment)
  if (variable === undefined) return setting.default
  const value = setting.parse(environment[variable]?.trim() ?? '')
  if (value === undefined) {
    problems.push(`${variable} must be ${setting.allowed}.`)
    return setting.default
  }
  return value
}

function givenVariable(variables: readonly string[], environment: Environment): string | undefined {
  return variables.find((variable) => (environment[variable]?.trim() ?? '') !== '')
}

const names = Object.keys(table).filter((name): name is Name => name in table)

function readSources(environment: Environment): Record<Name, SettingSource> {
  const sources = names.map((name): [Name, SettingSource] => {
    const isGiven = givenVariable(table[name].variables, environment) !== undefined
    return [name, isGiven ? 'environment' : 'default']
  })
  return Object.fromEntries(sources) as Record<Name, SettingSource>
}

/**
 * A model is asked when `PARLEY_MODEL` names one: a key that lies in the environment for something else costs nobody
 * money. Without a provider's name, the first that has its credentials is taken.
 */
function chooseProvider(settings: Settings, sources: Record<Name, SettingSource>, problems: string[]): void {
  const providers = Object.keys(credentials).filter(
    (provider): provider is ModelProvider => provider in credentials,
  )
  const isReady = (provider: ModelProvider): boolean =>
    credentials[provider].some((name) => settings[name] !== null)
  if (settings.model === null) {
    if (settings.modelProvider !== null)
      problems.push('PARLEY_MODEL must name a model when PARLEY_MODEL_PROVIDER is set.')
    return
  }
  const provider = settings.modelProvider ?? providers.find(isReady)
  if (provider === undefined) {
    const variables = providers.map((name) => variablesOf(name)).join(', ')
    problems.push(`PARLEY_MODEL is set, so one of these must be set, too: ${variables}.`)
  } else if (!isReady(provider)) {
    problems.push(`PARLEY_MODEL_PROVIDER is ${provider}, so ${variablesOf(provider)} must be set.`)
  } else if (settings.modelProvider === null) {
    settings.modelProvider = provider
    sources.modelProvider = 'derived'
  }
}

/** Where somebody else's users are let in, ours would be a second place to sign in: only when it is asked for. */
function chooseAccounts(settings: Settings, sources: Record<Name, SettingSource>): void {
  const { clerkIssuer, betterAuthUrl, oidcIssuer, nuxtSessionPassword } = settings
  const others = [clerkIssuer, betterAuthUrl, oidcIssuer, nuxtSessionPassword]
  if (sources.accounts !== 'default' || others.every((other) => other === null)) return
  settings.accounts = 'off'
  sources.accounts = 'derived'
}

function variablesOf(provider: ModelProvider): string {
  return credentials[provider].map((name) => table[name].variables[0]).join(' or ')
}

/** Variables that begin like ours and are not, each with the one that was probably meant. */
function unknownVariables(environment: Environment): string[] {
  const known = names.flatMap((name) => table[name].variables)
  return Object.keys(environment)
    .filter((variable) => variable.startsWith('PARLEY_') && !variable.startsWith('PARLEY_TEST_'))
    .filter((variable) => !known.includes(variable))
    .map((variable) => {
      const meant = closest(variable, known)
      return `${variable} is not a setting.${meant === undefined ? '' : ` Did you mean ${meant}?`}`
    })
}

function closest(word: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates.map((candidate) => ({ candidate, distance: editDistance(word, candidate) }))
  const [best] = ranked.toSorted((one, other) => one.distance - other.distance)
  return best !== undefined && best.distance <= Math.max(2, word.length / 4) ? best.candidate : undefined
}

/** How many letters must be put in, left out or changed (Levenshtein). */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (const [line, letter] of Array.from(one).entries()) {
    const next = [line + 1]
    for (const [index, against] of Array.from(other).entries()) {
      const changed = (row[index] ?? 0) + (letter === against ? 0 : 1)
      next.push(Math.min(changed, (row[index + 1] ?? 0) + 1, (next[index] ?? 0) + 1))
    }
    row = next
  }
  return row[other.length] ?? 0
}

/** A table for the log at the start: each setting, its value (secrets only as "set") and where it comes from. */
export function printConfiguration(configuration: Configuration): string {
  const rows = names.map((name) => [
    table[name].variables[0],
    shown(name, configuration),
    configuration.sources[name],
  ])
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n')
}

function shown(name: Name, { settings }: Configuration): string {
  return showSetting<Settings[Name]>(table[name], settings[name])
}

function showSetting<Value extends Settings[Name]>(setting: Setting<Value>, value: Value): string {
  if (setting.show !== undefined) return setting.show(value)
  if (value === null) return '-'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
