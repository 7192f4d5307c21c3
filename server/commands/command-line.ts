/** What the program can be asked to do, and how what was typed is read. */
import { parseArgs } from 'node:util'

export interface Command {
  /** What stands behind its name. */
  usage: string
  summary: string
  run(parameters: string[]): Promise<void>
}

/** By their names. The first is meant when none is named. */
export type Commands = Readonly<Record<string, Command>>

/** Says what was typed wrongly, and what can be typed. */
export class CommandLineError extends Error {}

/** Runs the command that the parameters begin with. Throws `CommandLineError` when there is none of that name. */
export async function runCommand(commands: Commands, parameters: readonly string[]): Promise<void> {
  const [first = ''] = parameters
  const [usual = ''] = Object.keys(commands)
  const isNamed = first !== '' && !first.startsWith('-')
  const name = isNamed ? first : usual
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined)
    throw new CommandLineError(`There is no command ${name}.\n\n${usageOf(commands)}`)
  if (parameters.includes('--help')) throw new CommandLineError(usageOf(commands))
  await command.run(parameters.slice(isNamed ? 1 : 0))
}

function usageOf(commands: Commands): string {
  const lines = Object.entries(commands).map(
    ([name, { usage, summary }]) => `  ${name} ${usage}`.trimEnd() + `\n      ${summary}`,
  )
  return `parley <command> [options]\n\n${lines.join('\n')}`
}

export interface ServeRequest {
  /** Print lines to try the server with, signed in by a token. */
  development: boolean
}

export const serveUsage = '[--development]'

/** Throws `CommandLineError`. */
export function readServeRequest(parameters: string[]): ServeRequest {
  const values = readOptions(() =>
    parseArgs({ args: parameters, options: { development: { type: 'boolean', default: false } } }),
  )
  return { development: values.development }
}

export interface TokenRequest {
  userId: string
  tenantId?: string
  roles: string[]
  lifetimeSeconds: number
}

export const tokenUsage = '--user <id> [--tenant <id>] [--roles <role,role>] [--minutes <number>]'

const idPattern = /^[\x21-\x7e]{1,200}$/
const minutesDefault = 60
/** A year. */
const minutesMax = 527_040

/** Throws `CommandLineError` with all that is wrong. */
export function readTokenRequest(parameters: string[]): TokenRequest {
  const values = readOptions(() =>
    parseArgs({
      args: parameters,
      options: {
        user: { type: 'string', default: '' },
        tenant: { type: 'string' },
        roles: { type: 'string', default: '' },
        minutes: { type: 'string', default: String(minutesDefault) },
      },
    }),
  )
  const { user, tenant, minutes } = values
  const roles = values.roles.split(',').filter((role) => role !== '')
  const problems = [
    idPattern.test(user) ? '' : '--user must be 1 to 200 visible ASCII characters.',
    tenant === undefined || idPattern.test(tenant)
      ? ''
      : '--tenant must be 1 to 200 visible ASCII characters.',
    roles.every((role) => idPattern.test(role)) ? '' : '--roles must be names with commas between them.',
    /^\d{1,6}$/.test(minutes) && Number(minutes) >= 1 && Number(minutes) <= minutesMax
      ? ''
      : `--minutes must be a whole number from 1 to ${minutesMax}.`,
  ].filter((problem) => problem !== '')
  if (problems.length > 0) throw new CommandLineError(problems.join('\n'))
  return {
    userId: user,
    ...(tenant === undefined ? {} : { tenantId: tenant }),
    roles,
    lifetimeSeconds: Number(minutes) * 60,
  }
}

export interface IngestRequest {
  folder: string
  book?: string
  tenantId?: string
  baseUrl?: string
}

export const ingestUsage = '<folder> [--book <name>] [--tenant <id>] [--url <where its pages are read>]'

/** Throws `CommandLineError` with all that is wrong. */
export function readIngestRequest(parameters: string[]): IngestRequest {
  const options = { book: { type: 'string' }, tenant: { type: 'string' }, url: { type: 'string' } } as const
  const { positionals, values } = readOptions(() => {
    const parsed = parseArgs({ args: parameters, options, allowPositionals: true })
    return { values: parsed }
  })
  const [folder, ...others] = positionals
  const { book, tenant, url } = values
  const isPage = url === undefined || (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol))
  const problems = [
    folder !== undefined && others.length === 0 ? '' : `Name one folder: ingest ${ingestUsage}`,
    tenant === undefined || idPattern.test(tenant)
      ? ''
      : '--tenant must be 1 to 200 visible ASCII characters.',
    isPage ? '' : '--url must begin with http:// or https://.',
  ].filter((problem) => problem !== '')
  if (problems.length > 0) throw new CommandLineError(problems.join('\n'))
  return {
    folder: folder ?? '',
    ...(book === undefined ? {} : { book }),
    ...(tenant === undefined ? {} : { tenantId: tenant }),
    ...(url === undefined ? {} : { baseUrl: url }),
  }
}

/** An option that does not exist, or has no value, is a slip of whoever typed it. */
export function readOptions<Values>(read: () => { values: Values }): Values {
  try {
    return read().values
  } catch (error) {
    throw error instanceof TypeError ? new CommandLineError(error.message, { cause: error }) : error
  }
}
