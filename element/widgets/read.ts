import type { WidgetNode } from '../../server/contracts/chatkit/wire.ts'

/** Readers of properties that may be anything. What does not fit is as if it were not there. */

export function readText(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  return typeof value === 'string' ? value : undefined
}

export function readNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** A whole number from 1 to `max`. */
export function readCount(value: unknown, max: number): number | undefined {
  const number = readNumber(value)
  return number === undefined || number < 1 ? undefined : Math.min(Math.floor(number), max)
}

/** Only what is really true: `"false"` is no yes. */
export function readFlag(value: unknown): boolean {
  return value === true
}

/** One of some words. */
export function readWord<Word extends string>(value: unknown, words: readonly Word[]): Word | undefined {
  return words.find((word) => word === value)
}

export function readObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return isObject(value) ? value : undefined
}

/** The nodes among some children, which may also be one alone (`Transition`). */
export function readNodes(children: unknown): WidgetNode[] {
  return (Array.isArray(children) ? children : [children]).filter(isNode)
}

export function isNode(value: unknown): value is WidgetNode {
  return isObject(value) && typeof value['type'] === 'string'
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
