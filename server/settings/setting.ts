/** What a setting is, and the kinds of values that settings have. */
import { isIP } from 'node:net'

export interface Setting<Value> {
  /** The first that is set counts. */
  variables: readonly [string, ...string[]]
  default: Value
  /** What is allowed, to end the sentence "must be …". */
  allowed: string
  /** Undefined: not allowed. */
  parse(text: string): Value | undefined
  /** How the table shows it. Default: as it is. */
  show?(value: Value): string
}

/** What is allowed, and how it is read. */
export type Rule<Value> = Pick<Setting<Value>, 'allowed' | 'parse'>

/** For secrets: whether it is set. */
export const hidden: { show(value: string | null): string } = {
  show: (value) => (value === null ? '-' : 'set'),
}

export function text(allowed: string): Rule<string> {
  return { allowed, parse: (value) => (value.includes('\0') ? undefined : value) }
}

export function key(): Rule<string> & { default: null; show(value: string | null): string } {
  return {
    ...hidden,
    default: null,
    allowed: 'a key of visible characters',
    parse: (value: string): string | undefined => (/^[\x21-\x7e]+$/.test(value) ? value : undefined),
  }
}

export function whole(min: number, max: number): Rule<number> {
  return {
    allowed: `a whole number from ${min} to ${max}`,
    parse(value: string): number | undefined {
      const number = /^\d{1,9}$/.test(value) ? Number(value) : -1
      return number >= min && number <= max ? number : undefined
    },
  }
}

export function oneOf<Value extends string>(...values: readonly Value[]): Rule<Value> {
  return {
    allowed: `one of ${values.join(', ')}`,
    parse: (value: string): Value | undefined => values.find((candidate) => candidate === value),
  }
}

export function isUrl(value: string, protocols: readonly string[]): boolean {
  return URL.canParse(value) && protocols.includes(new URL(value).protocol)
}

export function parseOrigin(value: string): string | undefined {
  if (!isUrl(value, ['http:', 'https:'])) return undefined
  const url = new URL(value)
  return url.href === `${url.origin}/` ? url.origin : undefined
}

export function parseOrigins(value: string): string[] | undefined {
  const origins = value.split(',').map((origin) => parseOrigin(origin.trim()))
  const known = origins.filter((origin) => origin !== undefined)
  return known.length === origins.length ? known : undefined
}

export function parseNetworks(value: string): string[] | undefined {
  const networks = value.split(',').map((network) => network.trim())
  return networks.every(isNetwork) ? networks : undefined
}

/** An address, or one with how many of its bits count. */
function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/')
  const bitsMax = { 4: 32, 6: 128 }[isIP(address)]
  if (bitsMax === undefined || more.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= bitsMax)
}

export function withoutCredentials(value: string | null): string {
  if (value === null) return '-'
  const url = new URL(value)
  return `${url.protocol}//${url.host}${url.pathname}`
}

/** Several, with commas between them. */
export function list(allowed: string): Rule<readonly string[]> & {
  default: readonly string[]
  show(value: readonly string[]): string
} {
  return {
    allowed,
    default: [],
    parse(value) {
      const parts = value.split(',').map((part) => part.trim())
      return parts.every((part) => /^[\x21-\x7e]{1,1000}$/.test(part)) ? parts : undefined
    },
    show: (value) => (value.length === 0 ? '-' : value.join(', ')),
  }
}
