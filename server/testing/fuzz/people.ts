/**
 * Who asks, and whose things they must not see. Each says who they are in all that they say (their canary), so that it is known
 * wherever it comes up; and what is theirs by id is known, to themselves and to whoever tries theirs.
 */
import { randomBytes } from 'node:crypto'

export interface Person {
  name: string
  tenantId: string
  canary: string
  /** Shown with each request. */
  credentials: Record<string, string>
  /** Gets new ones: signing out and taking back are among what they ask. */
  renew(): Promise<Record<string, string>>
  /** Whose things they may see: their own, and for who works for a tenant all of it. */
  sees: ReadonlySet<string>
}

/** An id, a cursor or a token that was told to somebody. */
interface Told {
  value: string
  /** The field it was in. */
  name: string
  door: string
}

export interface Knowledge {
  learn(person: string, door: string, text: string): void
  /** The ids in it lead nowhere any more. */
  forget(person: string, text: string): void
  /** `wanted`: a prefix, `uuid`, `=` and a field's name, `door` or `any`. */
  pick(from: readonly string[], wanted: string, number: number, door: string): string | null
}

const toldMax = 300
const fieldPattern =
  /"(\w{2,40})":"((?:[a-z]{2,6}_[0-9a-z]{26})|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[\w.~-]{20,600})"/g
const idPattern = /\b[a-z]{2,6}_[0-9a-z]{26}\b/g
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const anyIdPattern = /\b(?:[a-z]{2,6}_[0-9a-z]{26}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b/g
const fileLinkPattern = /\/files\/([a-z]+_[0-9a-z]{26}\?link=[\w.~-]+)/g
const linkPattern = /[?&](link|cursor)=([\w.~-]+)/g
const fieldNames =
  /^(?:.*[iI]ds?|cursor|nextCursor|after|first_id|last_id|token|client_secret|session_token|code)$/
/** What opens something to whoever has it is nobody's to be tried by others. */
const secretNames = new Set([
  'link',
  'file link',
  'cursor',
  'nextCursor',
  'token',
  'client_secret',
  'session_token',
  'chatKitSessionId',
])

export function createKnowledge(): Knowledge {
  const known = new Map<string, Map<string, Told>>()

  function add(person: string, told: Told): void {
    const all = known.get(person) ?? new Map<string, Told>()
    known.set(person, all)
    all.delete(told.value)
    all.set(told.value, told)
    if (all.size <= toldMax) return
    const [oldest] = all.keys()
    if (oldest !== undefined) all.delete(oldest)
  }

  return {
    learn(person, door, text) {
      for (const [, name = '', value = ''] of text.matchAll(fieldPattern)) {
        if (fieldNames.test(name)) add(person, { value, name, door })
      }
      for (const [, name = '', value = ''] of text.matchAll(linkPattern)) add(person, { value, name, door })
      for (const [, value = ''] of text.matchAll(fileLinkPattern))
        add(person, { value, name: 'file link', door })
      for (const [value] of text.matchAll(idPattern)) {
        if (known.get(person)?.has(value) !== true) add(person, { value, name: '', door })
      }
    },
    forget(person, text) {
      const all = known.get(person)
      for (const [value] of text.matchAll(anyIdPattern)) all?.delete(value)
    },
    pick(from, wanted, number, door) {
      const isOwn = from.length === 1
      const all = from.flatMap((person) => [...(known.get(person)?.values() ?? [])])
      const open = isOwn ? all : all.filter(({ name }) => !secretNames.has(name))
      const fitting = open.filter((told) => fits(told, wanted, door))
      const choice = fitting.length > 0 ? fitting : open
      return choice[choice.length - 1 - (number % Math.max(1, choice.length))]?.value ?? null
    },
  }
}

function fits(told: Told, wanted: string, door: string): boolean {
  if (wanted === 'any') return true
  if (wanted === 'door') return told.door === door
  if (wanted === 'uuid')
    return told.door === door && uuid.test(told.value) && /^(?:id|chatId)$/.test(told.name)
  if (!wanted.startsWith('=')) return told.value.startsWith(`${wanted}_`)
  const name = wanted.slice(1)
  if (name === 'file link') return told.name === name
  return told.door === door && (told.name === name || told.name.toLowerCase().endsWith(name.toLowerCase()))
}

export function createCanary(): string {
  return `cnry${randomBytes(6).toString('hex')}`
}

export const canaryPattern: RegExp = /cnry[0-9a-f]{12}/g
