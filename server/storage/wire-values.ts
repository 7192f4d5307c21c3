/** Values as Postgres reads them in text: the statement's casts say what they are. */
import type { Value } from './database.ts'

export function textOf(value: Value): string | null {
  if (value === null) return null
  if (typeof value === 'boolean') return value ? 't' : 'f'
  if (typeof value === 'object') return `{${value.map(elementOf).join(',')}}`
  return String(value)
}

const special = /["\\]/g

function elementOf(value: string | number | null): string {
  if (value === null) return 'null'
  if (typeof value === 'number') return String(value)
  return `"${value.replace(special, '\\$&')}"`
}
