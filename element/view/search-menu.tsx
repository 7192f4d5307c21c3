import type { VNode } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { NamedIcon } from '../icons/named-icon.tsx'
import type { ComposerMenu, MenuEntry } from '../store/composer-menu.ts'
import type { Words } from '../words/words.ts'
import { ComposerIcon } from './composer-icons.tsx'

export interface SearchMenuProps {
  id: string
  menu: ComposerMenu
  words: Words
  onActive: (place: number) => void
  onChoose: (entry: MenuEntry) => void
}

export function optionId(id: string, place: number): string {
  return `${id}-${place}`
}

/** What can be chosen for what is being typed. The keyboard stays in the composer, which names the active one. */
export function SearchMenu({ id, menu, words, onActive, onChoose }: SearchMenuProps): VNode {
  const list = useRef<HTMLDivElement>(null)
  const { entries, active, phase, trigger } = menu
  useLayoutEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' })
  }, [active, entries])
  const empty = phase === 'searching' ? words.searching : words.nothingFound
  return (
    // The caret stays where it is when something in here is pressed.
    <div className="menu search-menu" onMouseDown={(event) => event.preventDefault()}>
      <div
        ref={list}
        id={id}
        role="listbox"
        aria-label={trigger.sign === '@' ? words.mentions : words.commands}
      >
        {groupsOf(entries).map(({ group, from, members }) => (
          <div key={group} role="group" aria-label={group === '' ? undefined : group}>
            {group === '' ? null : (
              <p className="menu-group" aria-hidden="true" dir="auto">
                {group}
              </p>
            )}
            {members.map((entry, index) => {
              const place = from + index
              return (
                <div
                  key={entry.key}
                  id={optionId(id, place)}
                  role="option"
                  className="menu-item"
                  aria-selected={place === active}
                  aria-disabled={entry.disabled}
                  onMouseMove={() => {
                    if (place !== active && !entry.disabled) onActive(place)
                  }}
                  onClick={() => onChoose(entry)}
                >
                  <EntryIcon entry={entry} />
                  <span className="menu-text">
                    <span dir="auto">{entry.label}</span>
                    {entry.description === undefined ? null : (
                      <span className="menu-description" dir="auto">
                        {entry.description}
                      </span>
                    )}
                  </span>
                </div>
              )
            })}
          </div>
        ))}
      </div>
      <p role="status" className={entries.length === 0 ? 'menu-note' : 'unseen'}>
        {entries.length === 0 ? empty : ''}
      </p>
    </div>
  )
}

function EntryIcon({ entry: { icon, choice } }: { entry: MenuEntry }): VNode | null {
  if (icon !== undefined) return <NamedIcon name={icon} />
  if (choice.type === 'attach' || choice.type === 'mention') return <ComposerIcon name={choice.type} />
  return choice.type === 'dictate' ? <ComposerIcon name="microphone" /> : null
}

interface MenuGroup {
  group: string
  /** The place of its first entry. */
  from: number
  members: MenuEntry[]
}

function groupsOf(entries: readonly MenuEntry[]): MenuGroup[] {
  const groups: MenuGroup[] = []
  for (const [place, entry] of entries.entries()) {
    const last = groups.at(-1)
    if (last?.group === entry.group) last.members.push(entry)
    else groups.push({ group: entry.group, from: place, members: [entry] })
  }
  return groups
}
