/** What the Dockerfile, compose.yaml and the Helm chart say of the program, held against the program. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { read, root } from '../testing/sources.ts'
import { printConfiguration, readConfiguration } from './configuration.ts'

const chart = 'deploy/helm/parley'
const chartFiles = readdirSync(join(root, chart, 'templates')).map((name) => `${chart}/templates/${name}`)
const files = ['Dockerfile', 'compose.yaml', `${chart}/values.yaml`, ...chartFiles]
const texts = files.map((file) => ({ file, text: read(file) }))
const dockerfile = read('Dockerfile')
const compose = read('compose.yaml')
const values = read(`${chart}/values.yaml`)
const deployment = read(`${chart}/templates/deployment.yaml`)

const settings = printConfiguration(readConfiguration({}))
const variables = new Set(settings.split('\n').map((line) => line.split(' ')[0]))

test('[DEPLOY-1] every variable that is named for the program is a setting', () => {
  const named = texts.flatMap(({ file, text }) =>
    Array.from(text.matchAll(/\b(?:PARLEY|OPENAI)_[A-Z0-9_]+|\b[A-Z]+_URL\b/g), ([variable]) => ({
      file,
      variable,
    })),
  )
  expect(named.length).toBeGreaterThan(25)
  expect(named.filter(({ variable }) => !variables.has(variable))).toEqual([])
})

test('[DEPLOY-1] what is set is allowed', () => {
  const fixed = Object.fromEntries([
    ...Array.from(dockerfile.matchAll(/(PARLEY_\w+)=(\S+)/g), ([, name = '', value = '']) => [name, value]),
    ...Array.from(compose.matchAll(/^ {4}(PARLEY_\w+): ([^$\s]+)$/gm), ([, name = '', value = '']) => [
      name,
      value,
    ]),
    ...Array.from(
      deployment.matchAll(/name: (PARLEY_\w+)\n\s+value: "?([^{"\s]+)"?$/gm),
      ([, name = '', value = '']) => [name, value],
    ),
  ]) as Record<string, string>
  expect(Object.keys(fixed)).toEqual(
    expect.arrayContaining(['PARLEY_HOST', 'PARLEY_TRUSTED_PROXIES', 'PARLEY_FILES']),
  )
  expect(readConfiguration(fixed).settings).toMatchObject({
    host: '0.0.0.0',
    port: 8787,
    data: '/data',
    files: '/files',
  })
})

test('[DEPLOY-2] whoever stops the program waits longer than it drains and says its last words', () => {
  const seconds = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1])
  const { drainSeconds } = readConfiguration({}).settings
  const lastWordsSeconds = 6
  expect(seconds(values, /^drainSeconds: (\d+)/m)).toBe(drainSeconds)
  for (const grace of [
    seconds(values, /^terminationGracePeriodSeconds: (\d+)/m),
    seconds(compose, /stop_grace_period: (\d+)s/),
  ])
    expect(grace).toBeGreaterThan(drainSeconds + lastWordsSeconds)
})

test('[DEPLOY-2] its health is asked where it answers, and it is started as `npm start` starts it', () => {
  const routes = read('server/contracts/operations/routes.ts')
  const asked = [...dockerfile.matchAll(/\}(\/[a-z]+)`/g), ...deployment.matchAll(/path: (\/[a-z]+)$/gm)]
  const paths = asked.map(([, path = '']) => path)
  expect(paths).toEqual(['/health', '/health', '/health', '/ready'])
  for (const path of paths) expect(routes).toContain(`door.get('${path}'`)
  const { scripts } = JSON.parse(read('package.json')) as { scripts: { start: string } }
  const flags = scripts.start.split(' ').filter((word) => word.startsWith('--'))
  const [, entry = '[]'] = /^ENTRYPOINT (.*)$/m.exec(dockerfile) ?? []
  expect(JSON.parse(entry)).toEqual(['node', ...flags, 'server/dist/main.js'])
})

test('[DEPLOY-3] the image runs as nobody in particular, runs no install script, and takes only what it is made of', () => {
  expect(/^USER (.*)$/gm.exec(dockerfile)?.[1]).toBe('1000:1000')
  expect(read('.npmrc')).toContain('ignore-scripts=true')
  expect(dockerfile).toMatch(/COPY .*\.npmrc/)
  const installs = Array.from(dockerfile.matchAll(/npm (?:ci|install)[^\n]*/g), ([line]) => line)
  expect(installs).toEqual(['npm ci --include=dev', 'npm ci --omit=dev --workspace server'])
  const allowed = read('.dockerignore')
    .split('\n')
    .filter((line) => line.startsWith('!'))
  const copied = Array.from(dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm), ([, sources = '']) =>
    sources.split(' '),
  )
  const strangers = copied.flat().filter((source) => !allowed.includes(`!${source.split('/')[0] ?? ''}`))
  expect(copied.flat().length).toBeGreaterThan(8)
  expect(strangers).toEqual([])
})
