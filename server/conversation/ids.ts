/** Ids: UUIDv7 in the tables, prefixed text outside: `thr_` and 26 characters of Crockford's base 32. */
import { randomFillSync } from 'node:crypto'
import type { ItemType } from './items.ts'

const uuidBytes = 16
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
/** The value of each character, by its code; 255 for what is no digit. */
const digits = new Uint8Array(128).fill(255)
for (let index = 0; index < alphabet.length; index += 1) digits[alphabet.charCodeAt(index)] = index
const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

export type IdPrefix =
  | 'thr'
  | 'run'
  | 'atc'
  | 'usr'
  | 'ten'
  | 'prc'
  | 'sess'
  | 'key'
  | 'tkt'
  | 'ctk'
  | ItemPrefix
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
  return textOf(prefix, createBytes(Date.now()))
}

let lastMillisecond = 0
let counter = 0

/** UUID version 7 (RFC 9562), rising within this process even when the clock does not: 12 bits count within a millisecond. */
export function createUuid(now: number = Date.now()): string {
  return uuidOf(createBytes(now))
}

function createBytes(now: number): Uint8Array {
  counter = now > lastMillisecond ? 0 : counter + 1
  if (counter > 0xfff) {
    counter = 0
    lastMillisecond += 1
  } else {
    lastMillisecond = Math.max(now, lastMillisecond)
  }
  const bytes = takeRandomBytes()
  bytes.writeUIntBE(lastMillisecond, 0, 6)
  bytes.writeUInt16BE(0x7000 | counter, 6)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  return bytes
}

const randomPool = Buffer.alloc(uuidBytes * 256)
let randomPlace = randomPool.length

/** Filled for many ids at once: a call for each took longer than everything else about it. Good until the next call. */
function takeRandomBytes(): Buffer {
  if (randomPlace === randomPool.length) {
    randomFillSync(randomPool)
    randomPlace = 0
  }
  randomPlace += uuidBytes
  return randomPool.subarray(randomPlace - uuidBytes, randomPlace)
}

function uuidOf(bytes: Uint8Array): string {
  let text = ''
  for (let index = 0; index < uuidBytes; index += 1) {
    if (index === 4 || index === 6 || index === 8 || index === 10) text += '-'
    text += hexOfByte[bytes[index] ?? 0] ?? ''
  }
  return text
}

export function encodeId(prefix: IdPrefix, uuid: string): string {
  const bytes = new Uint8Array(uuidBytes)
  let place = 0
  for (let index = 0; index < uuid.length; index += 2) {
    if (uuid[index] === '-') index += 1
    bytes[place] = (nibble(uuid, index) << 4) | nibble(uuid, index + 1)
    place += 1
  }
  return textOf(prefix, bytes)
}

/** Of `0` to `9` and `a` to `f`, in either case: the low half of the code, and 9 more for letters. */
function nibble(hex: string, index: number): number {
  const code = hex.charCodeAt(index)
  return (code & 15) + (code > 57 ? 9 : 0)
}

/** Added up one by one, they would be a chain of 26 strings, 0.8 kB as long as nobody reads the id. */
const writtenDigits = Buffer.alloc(26)

/** 26 digits hold 130 bits, so the first two are 0. Not with BigInt: that took 5 to 10 times as long. */
function textOf(prefix: IdPrefix, bytes: Uint8Array): string {
  let place = 0
  let bits = 0
  let bitCount = 2
  for (let index = 0; index < uuidBytes; index += 1) {
    bits = (bits << 8) | (bytes[index] ?? 0)
    bitCount += 8
    while (bitCount >= 5) {
      bitCount -= 5
      writtenDigits[place] = alphabet.charCodeAt((bits >> bitCount) & 31)
      place += 1
    }
    bits &= 31
  }
  return `${prefix}_${writtenDigits.toString('latin1')}`
}

/** The UUID in an id, or null when it is not one of ours: then there is nothing by that name. */
export function decodeId(prefix: IdPrefix, id: string): string | null {
  if (!id.startsWith(`${prefix}_`) || id.length !== prefix.length + 27) return null
  const bytes = new Uint8Array(uuidBytes)
  let place = 0
  let bits = 0
  let bitCount = -2
  for (let index = prefix.length + 1; index < id.length; index += 1) {
    const digit = digits[id.charCodeAt(index)] ?? 255
    if (digit > 31) return null
    bits = (bits << 5) | digit
    bitCount += 5
    if (bitCount === 3 && digit > 7) return null
    if (bitCount < 8) continue
    bitCount -= 8
    bytes[place] = bits >> bitCount
    place += 1
    bits &= 255
  }
  return uuidOf(bytes)
}
