import type { ChatOptions, Command } from '../options.ts'
import { commandEntry, entityEntry, matchesQuery, nextActive, withEntries } from '../store/composer-menu.ts'
import type { ComposerMenu, MenuChoice, MenuEntry } from '../store/composer-menu.ts'
import type { ChatEvent } from '../store/events.ts'
import type { Trigger } from '../store/rich-text.ts'
import type { Words } from '../words/words.ts'

export interface ComposerMenuParts {
  menu: () => ComposerMenu | null
  options: () => ChatOptions
  words: () => Words
  dispatch: (event: ChatEvent) => void
}

/** Asks the page what can be chosen for what is being typed. */
export interface MenuDriver {
  /** What is typed now; null: nothing of the kind. */
  follow(trigger: Trigger | null): void
  /** Offers the commands that a command has answered with. */
  offer(trigger: Trigger, commands: readonly Command[]): void
  move(step: 1 | -1): void
  dismiss(): void
  dispose(): void
}

/** So long after the last letter the page is asked. */
const pauseMilliseconds = 150

export function createMenuDriver({ menu, options, words, dispatch }: ComposerMenuParts): MenuDriver {
  let timer: ReturnType<typeof setTimeout> | undefined
  /** Answers to an older question are not looked at. */
  let asked = 0

  const show = (next: ComposerMenu | null): void => dispatch({ type: 'composer-menu', menu: next })

  function end(): void {
    asked += 1
    clearTimeout(timer)
  }

  async function search(trigger: Trigger): Promise<void> {
    asked += 1
    const mine = asked
    const found = await askPage(options(), trigger)
    const now = menu()
    if (mine !== asked || now === null || now.phase === 'dismissed') return
    const entries = [...builtInEntries(options(), words(), trigger), ...found]
    // Several words behind `@` that nobody has are no name.
    show(entries.length === 0 && /\s/.test(trigger.query) ? null : withEntries(now, entries, 'shown'))
  }

  return {
    follow(trigger) {
      const now = menu()
      if (trigger === null) {
        end()
        if (now !== null) show(null)
        return
      }
      const isSame = now?.trigger.start === trigger.start && now.trigger.sign === trigger.sign
      if (isSame && (now.phase === 'dismissed' || now.trigger.query === trigger.query)) return
      const next: ComposerMenu = isSame
        ? { ...now, trigger }
        : { trigger, phase: 'searching', entries: [], active: -1, commands: null }
      if (next.commands !== null) {
        return show(withEntries(next, matching(next.commands.map(commandEntry), trigger.query), 'shown'))
      }
      const known = isSame ? next.entries : builtInEntries(options(), words(), trigger)
      show(withEntries(next, known, 'searching'))
      clearTimeout(timer)
      timer = setTimeout(() => void search(trigger), pauseMilliseconds)
    },
    offer(trigger, commands) {
      end()
      const empty: ComposerMenu = { trigger, phase: 'shown', entries: [], active: -1, commands }
      show(withEntries(empty, commands.map(commandEntry), 'shown'))
    },
    move(step) {
      const now = menu()
      if (now !== null) show({ ...now, active: nextActive(now.entries, now.active, step) })
    },
    dismiss() {
      end()
      const now = menu()
      if (now !== null) show({ ...now, phase: 'dismissed', entries: [], active: -1 })
    },
    dispose: end,
  }
}

/** A page whose search fails has found nothing. */
async function askPage(
  { entities, commands }: ChatOptions,
  { sign, query }: Trigger,
): Promise<readonly MenuEntry[]> {
  try {
    if (sign === '@') return ((await entities?.onTagSearch?.(query)) ?? []).map(entityEntry)
    return ((await commands?.onSearch?.(query)) ?? []).map(commandEntry)
  } catch {
    return []
  }
}

/** What the composer itself can do, as far as the page has it. */
function builtInEntries(
  { composer = {}, entities }: ChatOptions,
  words: Words,
  { sign, query }: Trigger,
): MenuEntry[] {
  if (sign === '@') return []
  const entry = (
    key: string,
    label: string,
    choice: MenuChoice,
    more: Partial<MenuEntry> = {},
  ): MenuEntry => ({
    key,
    label,
    choice,
    group: '',
    disabled: false,
    ...more,
  })
  const entries: MenuEntry[] = []
  if (composer.attachments?.enabled) entries.push(entry('attach', words.attach, { type: 'attach' }))
  if (entities?.onTagSearch) entries.push(entry('mention', words.mention, { type: 'mention' }))
  if (composer.dictation?.enabled) entries.push(entry('dictate', words.dictate, { type: 'dictate' }))
  for (const { id, label, icon } of composer.tools ?? []) {
    entries.push(entry(`tool ${id}`, label, { type: 'tool', toolId: id }, { group: words.tools, icon }))
  }
  for (const { id, label, description, disabled = false } of composer.models ?? []) {
    const more = description === undefined ? { disabled } : { disabled, description }
    entries.push(entry(`model ${id}`, label, { type: 'model', modelId: id }, { group: words.model, ...more }))
  }
  return matching(entries, query)
}

function matching(entries: readonly MenuEntry[], query: string): MenuEntry[] {
  return query === '' ? [...entries] : entries.filter((entry) => matchesQuery(entry, query))
}
