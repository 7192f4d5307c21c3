import type { Json } from '../../../server/contracts/chatkit/wire.ts'
import { readObject, readText, readWord } from '../read.ts'
import type { ActionSource } from '../widget-parts.ts'

/** What a component offers to do, as ChatKit has it in `ActionConfig`. */
export interface ActionConfig {
  type: string
  payload: Json
  /** Who does it: the page itself, or the server with a run of its own or at once. */
  handler: 'client' | 'run' | 'at-once'
  shows: 'auto' | Shows
}

/** What shows that an action is being done: the component, the whole widget (which can then not be used), or nothing. */
export type Shows = 'self' | 'container' | 'none'

/** Null for what is no action. */
export function readAction(value: unknown): ActionConfig | null {
  const config = readObject(value)
  const type = readText(config?.['type'])
  if (config === undefined || type === undefined || type === '') return null
  return {
    type,
    payload: plain(config['payload']),
    handler: handlerOf(config),
    shows: readWord(config['loadingBehavior'], ['self', 'container', 'none']) ?? 'auto',
  }
}

/** ChatKit's own documentation has `streaming: "false"`, too. */
function handlerOf({ handler, streaming }: Readonly<Record<string, unknown>>): ActionConfig['handler'] {
  if (handler === 'client') return 'client'
  return streaming === false || streaming === 'false' ? 'at-once' : 'run'
}

function plain(payload: unknown): Json {
  const copied: Json = JSON.parse(JSON.stringify(payload ?? null))
  return copied
}

/** What `auto` means depends on what a person did. */
export function showsFor({ shows }: ActionConfig, kind: ActionSource['kind']): Shows {
  if (shows !== 'auto') return shows
  if (kind === 'change') return 'none'
  return kind === 'click' || kind === 'submit' ? 'self' : 'container'
}

/** The action of a card's button: `{label, action}`. */
export function readCardAction(value: unknown): { label: string; action: unknown } | null {
  const config = readObject(value)
  const label = readText(config?.['label'])
  return config === undefined || label === undefined ? null : { label, action: config['action'] }
}
