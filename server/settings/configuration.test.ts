import { describe, expect, test } from 'vitest'
import { ConfigurationError, printConfiguration, readConfiguration } from './configuration.ts'

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfiguration(environment)
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
  return []
}

describe('readConfiguration', () => {
  test('[OPS-1] nothing has to be set: every setting has a default or may be missing', () => {
    const { settings, sources } = readConfiguration({ HOME: '/root', PARLEY_HOST: ' ' })
    expect(settings).toMatchObject({
      host: '127.0.0.1',
      port: 8787,
      data: './.parley',
      guests: 'on',
      model: null,
    })
    expect(settings).toMatchObject({
      drainSeconds: 25,
      stopGraceSeconds: 5,
      modelSteps: 8,
      modelProvider: null,
    })
    expect(new Set(Object.values(sources))).toEqual(new Set(['default']))
  })

  test('[OPS-1] what is set counts, and PARLEY_PORT before PORT', () => {
    const { settings, sources } = readConfiguration({
      PORT: '1',
      PARLEY_PORT: '2',
      DATABASE_URL: 'postgres://localhost/parley',
      PARLEY_PUBLIC_URL: 'https://chat.example.org/',
    })
    expect(settings).toMatchObject({ port: 2, publicUrl: 'https://chat.example.org' })
    expect(sources).toMatchObject({ port: 'environment', databaseUrl: 'environment', host: 'default' })
    expect(readConfiguration({ PORT: '1' }).settings.port).toBe(1)
  })

  test('[OPS-2] all that is wrong is said at once, each with the variable and what is allowed', () => {
    const problems = problemsOf({
      PARLEY_PORT: '65536',
      PARLEY_GUESTS: 'maybe',
      PARLEY_SECRET: 'short',
      PARLEY_PUBLIC_URL: 'https://chat.example.org/path',
      DATABASE_URL: 'mysql://localhost/',
      PARLEY_DRAIN_SECONDS: '1.5',
      REDIS_URL: 'http://localhost/',
      PARLEY_TRUSTED_PROXIES: '10.0.0.0/8, proxy.example',
      OPENAI_API_KEY: 'a key',
    })
    expect(problems).toEqual([
      'PARLEY_PORT must be a whole number from 0 to 65535.',
      'PARLEY_PUBLIC_URL must be an http or https origin without a path, such as https://chat.example.org.',
      'DATABASE_URL must be a postgres:// or postgresql:// URL.',
      'REDIS_URL must be a redis:// or rediss:// URL.',
      'PARLEY_TRUSTED_PROXIES must be addresses and networks, such as 10.0.0.0/8, with commas between them.',
      'PARLEY_SECRET must be at least 32 bytes long.',
      'PARLEY_GUESTS must be one of on, off.',
      'OPENAI_API_KEY must be a key of visible characters.',
      'PARLEY_DRAIN_SECONDS must be a whole number from 0 to 3600.',
    ])
    expect(() => readConfiguration({ PARLEY_SECRET: 'hush' })).not.toThrow(/hush/)
  })

  test('[OPS-3] an unknown PARLEY_ variable is an error that says what was probably meant', () => {
    expect(problemsOf({ PARLEY_PROT: '1', PARLEY_LOGLEVEL: 'info', PARLEY_XYZZY_FROBNICATE: '' })).toEqual([
      'PARLEY_PROT is not a setting. Did you mean PARLEY_PORT?',
      'PARLEY_LOGLEVEL is not a setting. Did you mean PARLEY_LOG_LEVEL?',
      'PARLEY_XYZZY_FROBNICATE is not a setting.',
    ])
    expect(problemsOf({ PARLEY_TEST_REQUIRE: 'all', PARLEYS: '1' })).toEqual([])
  })

  test('[OPS-4] a model is asked when PARLEY_MODEL names one and its provider’s key is there', () => {
    const providerOf = (environment: Record<string, string>): unknown => {
      const { settings, sources } = readConfiguration(environment)
      return [settings.modelProvider, sources.modelProvider]
    }
    expect(providerOf({ OPENAI_API_KEY: 'k' })).toEqual([null, 'default'])
    expect(providerOf({ PARLEY_MODEL: 'm', MISTRAL_API_KEY: 'k' })).toEqual(['mistral', 'derived'])
    expect(providerOf({ PARLEY_MODEL: 'm', OPENAI_BASE_URL: 'http://localhost:11434/v1' })).toEqual([
      'openai',
      'derived',
    ])
    expect(
      providerOf({
        PARLEY_MODEL: 'm',
        PARLEY_MODEL_PROVIDER: 'google',
        OPENAI_API_KEY: 'k',
        GOOGLE_GENERATIVE_AI_API_KEY: 'k',
      }),
    ).toEqual(['google', 'environment'])
    expect(problemsOf({ PARLEY_MODEL: 'm' })[0]).toContain(
      'OPENAI_API_KEY or OPENAI_BASE_URL, ANTHROPIC_API_KEY',
    )
    expect(problemsOf({ PARLEY_MODEL: 'm', PARLEY_MODEL_PROVIDER: 'anthropic' })[0]).toContain(
      'ANTHROPIC_API_KEY',
    )
    expect(problemsOf({ PARLEY_MODEL_PROVIDER: 'anthropic' })[0]).toContain('PARLEY_MODEL must name a model')
  })
})

test('[OPS-5] the table of settings shows value and source of each, and of a secret only that it is set', () => {
  const configuration = readConfiguration({
    PARLEY_SECRET: 'canary-1'.repeat(4),
    OPENAI_API_KEY: 'canary-2',
    OPENAI_BASE_URL: 'https://user:canary-3@models.example/v1?key=canary-4',
    DATABASE_URL: 'postgres://user:canary-5@db.example:5432/parley?password=canary-6',
    PARLEY_INSTRUCTIONS: 'canary-7',
    REDIS_URL: 'rediss://user:canary-8@redis.example:6380/1',
    PARLEY_TRUSTED_PROXIES: '10.0.0.0/8,::1',
  })
  configuration.sources.secret = 'file'
  const lines = printConfiguration(configuration).split('\n')
  const cells = lines.map((line) => line.trim().split(/\s{2,}/))
  expect(lines.join()).not.toContain('canary')
  expect(cells).toContainEqual(['PARLEY_SECRET', 'set', 'file'])
  expect(cells).toContainEqual(['OPENAI_API_KEY', 'set', 'environment'])
  expect(cells).toContainEqual(['OPENAI_BASE_URL', 'https://models.example/v1', 'environment'])
  expect(cells).toContainEqual(['DATABASE_URL', 'postgres://db.example:5432/parley', 'environment'])
  expect(cells).toContainEqual(['REDIS_URL', 'rediss://redis.example:6380/1', 'environment'])
  expect(cells).toContainEqual(['PARLEY_TRUSTED_PROXIES', '10.0.0.0/8, ::1', 'environment'])
  expect(cells).toContainEqual(['PARLEY_PORT', '8787', 'default'])
  expect(cells).toContainEqual(['MISTRAL_API_KEY', '-', 'default'])
})
