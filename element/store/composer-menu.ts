import type { Command, Entity } from '../options.ts'
import type { Trigger } from './rich-text.ts'

/**
 * The menu of what is being typed:
 *
 *   none ──@ or /──▶ searching ──found──▶ shown ──chosen, or the caret leaves──▶ none
 *                      ▲                    │ Escape
 *                      └────typed on────────┼──▶ dismissed (for as long as this word is typed)
 */
export interface ComposerMenu {
  trigger: Trigger
  phase: 'searching' | 'shown' | 'dismissed'
  /** In the order in which they are shown; those of a group side by side. */
  entries: readonly MenuEntry[]
  /** The place of the one that Enter takes; -1 when there is none. */
  active: number
  /** A menu that a command has opened: its commands; otherwise null. */
  commands: readonly Command[] | null
}

export interface MenuEntry {
  key: string
  label: string
  description?: string
  icon?: string
  /** Empty: none. */
  group: string
  disabled: boolean
  choice: MenuChoice
}

export type MenuChoice =
  | { type: 'entity'; entity: Entity }
  | { type: 'command'; command: Command }
  | { type: 'attach' }
  | { type: 'mention' }
  | { type: 'dictate' }
  | { type: 'tool'; toolId: string }
  | { type: 'model'; modelId: string }

const entriesMax = 50

/** Those of a group side by side, in the order in which the groups first came. */
export function groupedEntries(entries: readonly MenuEntry[]): MenuEntry[] {
  const groups = new Map<string, MenuEntry[]>()
  for (const entry of entries) groups.set(entry.group, [...(groups.get(entry.group) ?? []), entry])
  return [...groups.values()].flat().slice(0, entriesMax)
}

/** Whether a person who types this means the entry. */
export function matchesQuery({ label, group }: MenuEntry, query: string): boolean {
  const words = `${group} ${label}`.toLocaleLowerCase().split(/[\s\p{P}]+/u)
  return query
    .toLocaleLowerCase()
    .split(/[\s\p{P}]+/u)
    .every((asked) => words.some((word) => word.startsWith(asked)))
}

/** Other entries; the one that was active stays it, if it is still there. */
export function withEntries(
  menu: ComposerMenu,
  found: readonly MenuEntry[],
  phase: 'searching' | 'shown',
): ComposerMenu {
  const entries = groupedEntries(found)
  const key = menu.entries[menu.active]?.key
  const same = key === undefined ? -1 : entries.findIndex((entry) => entry.key === key)
  return { ...menu, phase, entries, active: same === -1 ? nextActive(entries, -1, 1) : same }
}

/** The next entry that can be chosen, from a place on and round the ends; -1 when there is none. */
export function nextActive(entries: readonly MenuEntry[], from: number, step: 1 | -1): number {
  const count = entries.length
  for (let moved = 1; moved <= count; moved += 1) {
    const place = (((from + moved * step) % count) + count) % count
    if (entries[place]?.disabled === false) return place
  }
  return -1
}

export function entityEntry(entity: Entity): MenuEntry {
  const { id, title, icon, group = '' } = entity
  const entry = { key: `entity ${id}`, label: title, group, disabled: false } as const
  return { ...entry, choice: { type: 'entity', entity }, ...(icon === undefined ? {} : { icon }) }
}

export function commandEntry(command: Command): MenuEntry {
  const { id, label, description, icon, group = '' } = command
  return {
    key: `command ${id}`,
    label,
    group,
    disabled: false,
    choice: { type: 'command', command },
    ...(description === undefined ? {} : { description }),
    ...(icon === undefined ? {} : { icon }),
  }
}
