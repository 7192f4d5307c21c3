/** Ids: UUIDv7 in the tables, prefixed text outside: `thr_` and 26 characters of Crockford's base 32. */
import { randomBytes } from 'node:crypto'
import type { ItemType } from './items.ts'

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
const digits = new Map(alphabet.split('').map((character, index) => [character, BigInt(index)]))

export type IdPrefix = 'thr' | 'run' | 'atc' | 'usr' | 'ten' | 'prc' | ItemPrefix
type ItemPrefix = 'msg' | 'tc' | 'wf' | 'tsk' | 'sin' | 'eot' | 'hcx' | 'shcx'

/** The prefixes of chatkit-python where it has one; widgets and images are messages there, too. */
const itemPrefixes: Record<ItemType, ItemPrefix> = {
  user_message: 'msg',
  assistant_message: 'msg',
  client_tool_call: 'tc',
  widget: 'msg',
  generated_image: 'msg',
  structured_input: 'sin',
  workflow: 'wf',
  task: 'tsk',
  end_of_turn: 'eot',
  hidden_context_item: 'hcx',
  sdk_hidden_context: 'shcx',
}

export function createItemId(type: ItemType): string {
  return createId(itemPrefixes[type])
}

export function createId(prefix: IdPrefix): string {
  return encodeId(prefix, createUuid())
}

let lastMillisecond = 0
let counter = 0

/** UUID version 7 (RFC 9562), rising within this process even when the clock does not: 12 bits count within a millisecond. */
export function createUuid(now: number = Date.now()): string {
  counter = now > lastMillisecond ? 0 : counter + 1
  if (counter > 0xfff) {
    counter = 0
    lastMillisecond += 1
  } else {
    lastMillisecond = Math.max(now, lastMillisecond)
  }
  const bytes = randomBytes(16)
  bytes.writeUIntBE(lastMillisecond, 0, 6)
  bytes.writeUInt16BE(0x7000 | counter, 6)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

export function encodeId(prefix: IdPrefix, uuid: string): string {
  let value = BigInt(`0x${uuid.replaceAll('-', '')}`)
  let text = ''
  for (let index = 0; index < 26; index += 1) {
    text = alphabet.charAt(Number(value & 31n)) + text
    value >>= 5n
  }
  return `${prefix}_${text}`
}

/** The UUID in an id, or null when it is not one of ours: then there is nothing by that name. */
export function decodeId(prefix: IdPrefix, id: string): string | null {
  if (!id.startsWith(`${prefix}_`) || id.length !== prefix.length + 27) return null
  let value = 0n
  for (const character of id.slice(prefix.length + 1)) {
    const digit = digits.get(character)
    if (digit === undefined) return null
    value = (value << 5n) | digit
  }
  if (value >> 128n !== 0n) return null
  const hex = value.toString(16).padStart(32, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
