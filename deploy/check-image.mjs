/**
 * What the Dockerfile says, done without Docker: each stage is a folder, each step a copy or a command, and at the end the program is
 * started as the image would start it, asked for its health, and stopped.
 *
 *   node deploy/check-image.mjs
 *
 * What it cannot show: that the base image has what the program needs, and steps that change an image's root (they are named).
 * Only the instructions that our Dockerfile has are understood; another one is an error.
 */
import { spawn } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

// oxlint-disable-next-line node/no-process-env -- a program of its own
const { PATH = '', HOME = '' } = process.env
const root = fileURLToPath(new URL('..', import.meta.url))
const work = mkdtempSync(join(tmpdir(), 'parley-image-'))
process.once('exit', () => rmSync(work, { recursive: true, force: true }))

const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n')
const allowed = ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1))
const skipped = ignored.filter((line) => line.startsWith('**/')).map((line) => line.slice(3))

const image = await build(readInstructions())
await tryProgram(image)
say('The program of the image starts, is healthy, and stops when it is asked to.\n')

function readInstructions() {
  const lines = readFileSync(join(root, 'Dockerfile'), 'utf8').replaceAll('\\\n', ' ').split('\n')
  return lines
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, instruction = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? []
      return { instruction, rest: rest.trim() }
    })
}

async function build(instructions) {
  const stages = new Map()
  let stage = null
  for (const { instruction, rest } of instructions) {
    switch (instruction) {
      case 'FROM': {
        const [base = '', , name = 'image'] = rest.split(/\s+/)
        const folder = join(work, name)
        const parent = stages.get(base)
        if (parent === undefined) mkdirSync(folder)
        else cpSync(parent.folder, folder, { recursive: true, verbatimSymlinks: true })
        stage = { folder, directory: parent?.directory ?? '/', environment: { ...parent?.environment } }
        stages.set(name, stage)
        say(`${name}, from ${base}\n`)
        break
      }
      case 'WORKDIR':
        stage.directory = rest
        mkdirSync(join(stage.folder, rest), { recursive: true })
        break
      case 'ENV':
        for (const [, name, value] of rest.matchAll(/(\w+)=(\S+)/g)) stage.environment[name] = value
        break
      case 'COPY':
        copy(stage, rest, stages)
        break
      case 'RUN':
        await runStep(stage, rest)
        break
      case 'HEALTHCHECK':
        stage.health = JSON.parse(/CMD (\[.*\])$/.exec(rest)?.[1] ?? '[]')
        break
      case 'ENTRYPOINT':
        stage.command = JSON.parse(rest)
        break
      case 'USER':
      case 'VOLUME':
      case 'EXPOSE':
      case 'STOPSIGNAL':
        break
      default:
        throw new Error(`There is no telling what ${instruction} does.`)
    }
  }
  return stage
}

function copy(stage, rest, stages) {
  const words = rest.split(/\s+/)
  const from = words[0]?.startsWith('--from=') ? stages.get(words.shift().slice(7)) : null
  const target = words.pop() ?? ''
  const folder = join(stage.folder, stage.directory)
  for (const source of words) {
    if (from === null && !allowed.includes(source.split('/')[0]))
      throw new Error(`${source} is copied, and .dockerignore leaves it out.`)
    const origin = from === null ? join(root, source) : join(from.folder, source)
    if (!existsSync(origin)) throw new Error(`COPY ${rest}: there is no ${source}.`)
    const isInto = target.endsWith('/') || target === '.'
    const place = isInto && !isFolder(origin) ? join(folder, target, basename(source)) : join(folder, target)
    cpSync(origin, place, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => from !== null || !isSkipped(relative(root, path)),
    })
  }
}

function isFolder(path) {
  return readdirSync(resolve(path, '..'), { withFileTypes: true }).some(
    (entry) => entry.name === basename(path) && entry.isDirectory(),
  )
}

function isSkipped(path) {
  return path
    .split('/')
    .some((part) =>
      skipped.some((each) => (each.startsWith('*') ? part.endsWith(each.slice(1)) : part === each)),
    )
}

async function runStep(stage, command) {
  if (!/^np[mx] /.test(command)) return say(`  not done here: ${command}\n`)
  say(`  ${command}\n`)
  const { code, output } = await run(['sh', '-c', command], {
    cwd: join(stage.folder, stage.directory),
    env: { PATH, HOME, ...stage.environment },
  })
  if (code !== 0) throw new Error(`${command} ended with ${code}:\n${output}`)
}

async function tryProgram({ folder, directory, environment, command, health }) {
  const [data, port] = [join(work, 'data'), await freePort()]
  const env = { ...environment, PATH, PARLEY_DATA: data, PARLEY_PORT: String(port) }
  const cwd = join(folder, directory)
  // Nobody may write to it in the image, either.
  makeReadOnly(cwd)
  const [, ...parameters] = command
  const program = start([process.execPath, ...parameters], { cwd, env })
  try {
    for (;;) {
      if (program.hasEnded()) throw new Error(`The program ended:\n${program.output()}`)
      const { code } = await run([process.execPath, ...health.slice(1)], { cwd, env })
      if (code === 0) break
    }
    for (const [path, status] of [
      ['/ready', 200],
      ['/', 200],
      ['/parley-chat.js', 200],
      ['/docs', 200],
    ]) {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`)
      if (answer.status !== status) throw new Error(`${path} is answered with ${answer.status}`)
    }
    const token = await run([process.execPath, ...parameters, 'token', '--user', 'ada'], { cwd, env })
    if (!/^[\w-]+\.[\w-]+\.[\w-]+\n$/.test(token.output)) throw new Error(`No token: ${token.output}`)
  } finally {
    program.child.kill('SIGTERM')
  }
  const { code } = await program.ended
  if (code !== 0) throw new Error(`SIGTERM ended the program with ${code}:\n${program.output()}`)
  say(`${(sizeOf(cwd) / 1_048_576).toFixed(0)} MiB beside the base image\n`)
}

function makeReadOnly(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) makeReadOnly(join(folder, entry.name))
  }
  chmodSync(folder, 0o555)
}

function sizeOf(folder) {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name)
    return sum + (entry.isDirectory() ? sizeOf(path) : entry.isFile() ? readFileSync(path).length : 0)
  }, 0)
}

function start([program, ...parameters], options) {
  const child = spawn(program, parameters, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  const ended = new Promise((done) => child.once('close', (code) => done({ code, output })))
  return { child, ended, output: () => output, hasEnded: () => child.exitCode !== null }
}

function run(command, options) {
  return start(command, options).ended
}

function freePort() {
  return new Promise((done) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => done(port))
    })
  })
}

function say(text) {
  process.stdout.write(text)
}
