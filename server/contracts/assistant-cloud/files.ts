/**
 * Files that messages show. A message has an address in it, and addresses work for a while only: so those of ours are made anew
 * whenever it is listed, and which file it is stays the same.
 *
 *   upload ─▶ https://host/files/atc_…?link=<a> ─▶ in a message ─▶ the file is the thread's ─▶ listed: …?link=<b>
 */
import { createId, decodeId } from '../../conversation/ids.ts'
import type { Json, JsonObject } from '../../conversation/items.ts'
import type { ConversationStore } from '../../conversation/store.ts'
import type { Owner } from '../../conversation/threads.ts'
import type { FileKeeper } from '../../files/keeper.ts'
import { HttpProblem } from '../../http/problem.ts'

export interface CloudFilesOptions {
  keeper: Pick<FileKeeper, 'path'>
  store: Pick<ConversationStore, 'createAttachment' | 'attachment'>
  /** Our public origin, where a proxy rewrites `Host`. Default: the one that was asked. */
  publicUrl?: string
  now(): Date
}

export interface CloudFiles {
  announce(
    owner: Owner,
    name: string,
    requestUrl: string,
  ): Promise<{ id: string; uploadUrl: string; showUrl: string; expiresAt: string }>
  /** By its id, or by an address of it. Throws `not_found`. */
  open(
    owner: Owner,
    place: { key?: string | undefined; url?: string | undefined },
    requestUrl: string,
  ): Promise<{ id: string; url: string; expiresAt: string }>
  /** With addresses that work now. Without any it is the content itself. */
  present(owner: Owner, content: JsonObject, requestUrl: string): JsonObject
}

/** As long as links are good at least: `files/signed-links.ts`. */
const uploadSeconds = 900
const readSeconds = 3_600

const addressPattern = /^https?:\/\/[^/?#\s]+\/files\/(atc_[0-9a-z]{26})\?link=[\w.-]+$/

export function createCloudFiles({ keeper, store, publicUrl, now }: CloudFilesOptions): CloudFiles {
  const addressOf = (owner: Owner, id: string, purpose: 'upload' | 'show', requestUrl: string): string =>
    new URL(keeper.path(owner, id, purpose), publicUrl ?? requestUrl).href
  const after = (seconds: number): string => new Date(now().getTime() + seconds * 1_000).toISOString()
  return {
    async announce(owner, name, requestUrl) {
      const id = createId('atc')
      // What it is, its bytes will say.
      await store.createAttachment(owner, { id, type: 'file', name, mime_type: 'application/octet-stream' })
      return {
        id,
        uploadUrl: addressOf(owner, id, 'upload', requestUrl),
        showUrl: addressOf(owner, id, 'show', requestUrl),
        expiresAt: after(uploadSeconds),
      }
    },
    async open(owner, { key, url = '' }, requestUrl) {
      const id = key ?? addressPattern.exec(url)?.[1] ?? ''
      if (decodeId('atc', id) === null) throw new HttpProblem('not_found', 'There is no such file.')
      await store.attachment(owner, id)
      return { id, url: addressOf(owner, id, 'show', requestUrl), expiresAt: after(readSeconds) }
    },
    present(owner, content, requestUrl) {
      return attachmentsIn(content).length === 0
        ? content
        : withAddresses(content, (id) => addressOf(owner, id, 'show', requestUrl))
    },
  }
}

/** The files that a message shows, by the addresses in it. */
export function attachmentsIn(content: JsonObject): string[] {
  const found = new Set<string>()
  withAddresses(content, (id, address) => {
    found.add(id)
    return address
  })
  return [...found]
}

function withAddresses(content: JsonObject, addressOf: (id: string, address: string) => string): JsonObject {
  const replaced = (value: Json): Json => {
    if (typeof value === 'string') {
      const id = value.includes('/files/atc_') ? addressPattern.exec(value)?.[1] : undefined
      return id === undefined ? value : addressOf(id, value)
    }
    if (Array.isArray(value)) return value.map(replaced)
    return typeof value === 'object' && value !== null ? inObject(value) : value
  }
  const inObject = (object: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(object).map(([key, value]) => [key, replaced(value)]))
  return inObject(content)
}
