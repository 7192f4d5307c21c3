/** Looking into JSON of which nobody vouches that it is what it should be. */
import type { Json, JsonObject } from '../conversation/items.ts'

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Undefined for everything else, the empty text too. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

export function objectsOf(value: unknown): Record<string, unknown>[] {
  return listOf(value).filter(isObject)
}

/** Deeper than any widget that people make, and shallow enough for whoever walks through it. */
const depthMax = 100

/** Undefined for what is no JSON, or is nested deeper than `depthMax`. */
export function parseJson(text: string): Json | undefined {
  try {
    const value = JSON.parse(text) as Json
    return isShallow(value, depthMax) ? value : undefined
  } catch {
    return undefined
  }
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return isObject(value)
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every((entry) => isShallow(entry, levels - 1))
}

/** What others have called something, as it may be shown in a terminal. */
export function shown(text: string): string {
  const visible = text.replaceAll(/[^\x20-\x7e]/g, '?')
  return visible.length > shownLengthMax ? `${visible.slice(0, shownLengthMax)}…` : visible
}

const shownLengthMax = 80
