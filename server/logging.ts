/**
 * The log: one event a line, its name first. Fields hold ids, counts and codes; never what a person wrote, never a
 * secret. What slips through all the same is caught here by the field's name or the look of the value.
 */
import { pino } from 'pino'
import type { LogLevel } from './settings/configuration.ts'

export type LogFields = Readonly<Record<string, unknown>>

export interface Log {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}

export interface LogOptions {
  /** Default: `info`. */
  level?: LogLevel
  /** `json` for machines, `pretty` for a terminal. Default: `json`. */
  format?: 'json' | 'pretty'
  /** Gets whole lines. Default: standard output. */
  write?: (line: string) => void
}

const textLengthMax = 2_000
const depthMax = 5
const causesMax = 3

export function createLog(options: LogOptions = {}): Log {
  const { level = 'info', format = 'json', write } = options
  const destination = write === undefined ? pino.destination({ fd: 1, sync: true }) : { write }
  const writer = pino(
    {
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    format === 'json' ? destination : { write: (line: string) => destination.write(prettyLine(line)) },
  )
  const at =
    (name: 'debug' | 'info' | 'warn' | 'error') =>
    (event: string, fields: LogFields = {}): void => {
      if (writer.isLevelEnabled(name)) writer[name]({ event, ...cleanFields(fields) })
    }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** Whole names or their ends: `authorization`, `set-cookie`, `openaiApiKey`, `accessToken`, `databaseUrl`. */
const secretName =
  /(?:authorization|cookie|password|secret|token|apikey|api[-_]key|databaseurl|database[-_]url)$/i

/** Bearer tokens, JWTs, tokens of ChatKit sessions, model keys and the password in a URL. */
const secretText =
  /\bBearer\s+[^\s"',]+|\beyJ[\w-]+\.[\w-]+\.[\w-]*|\bsk_chatkit_[\w.-]+|\b(?:sk|pk|rk)-[\w-]{8,}|(?<=[a-z]:\/\/)[^\s/@:]*:[^\s/@]*(?=@)/gi

function cleanFields(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, cleanField(name, value, 0)]))
}

function cleanField(name: string, value: unknown, depth: number): unknown {
  // Counts such as `outputTokens` are no secrets, and neither is a missing one.
  const isSecret = secretName.test(name) && value !== null && value !== undefined && typeof value !== 'number'
  return isSecret ? '[redacted]' : cleanValue(value, depth)
}

function cleanValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return cleanText(value)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Error) return cleanError(value, causesMax)
  if (value instanceof Date) return value
  if (depth >= depthMax) return '[deep]'
  if (Array.isArray(value)) return value.slice(0, 100).map((entry) => cleanValue(entry, depth + 1))
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [name, cleanField(name, entry, depth + 1)]),
  )
}

function cleanText(text: string): string {
  const cut = text.length > textLengthMax ? `${text.slice(0, textLengthMax)}…` : text
  return cut.replace(secretText, '[redacted]')
}

/** Only what is known to be harmless: a database's error also carries the values of the row. */
function cleanError(error: Error, causesLeft: number): Record<string, unknown> {
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {}
  const cause =
    error.cause instanceof Error && causesLeft > 0 ? { cause: cleanError(error.cause, causesLeft - 1) } : {}
  const stack = error.stack === undefined ? {} : { stack: cleanText(error.stack) }
  return { name: error.name, message: cleanText(error.message), ...code, ...stack, ...cause }
}

/** `12:00:00 info  listening url=http://127.0.0.1:8787` */
function prettyLine(line: string): string {
  const { level, time, event, ...fields } = JSON.parse(line) as Record<string, unknown>
  const pairs = Object.entries(fields).map(([name, value]) => `${name}=${prettyValue(value)}`)
  const clock = String(time).slice(11, 19)
  return `${[clock, String(level).padEnd(5), printable(String(event)), ...pairs].join(' ')}\n`
}

function prettyValue(value: unknown): string {
  if (typeof value === 'string')
    return /^[^\s"=]+$/.test(value) ? printable(value) : printable(JSON.stringify(value))
  if (isLoggedError(value))
    return printable(JSON.stringify(`${value.name}: ${value.message}${firstFrame(value.stack)}`))
  return printable(JSON.stringify(value))
}

function isLoggedError(value: unknown): value is { name: string; message: string; stack?: string } {
  return typeof value === 'object' && value !== null && 'name' in value && 'message' in value
}

function firstFrame(stack: string | undefined): string {
  const frame = stack?.split('\n').find((line) => line.trimStart().startsWith('at '))
  return frame === undefined ? '' : ` ${frame.trim()}`
}

/** A terminal obeys control characters, and bidirectional marks turn a line around. */
function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
