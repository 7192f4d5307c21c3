import { isSendable } from '../store/composer.ts'
import { canSend } from '../store/state.ts'
import type { Dictation } from './create-dictation.ts'
import type { Turns } from './create-turns.ts'
import type { Uploads } from './create-uploads.ts'
import { onDemand } from './on-demand.ts'
import { composedMessage } from './outgoing.ts'
import type { ChatParts } from './parts.ts'

/** What a person can do with the message that is being written. */
export interface Composing {
  /** Sends what stands in the composer, if it is a message; one whose files are on their way goes when they have arrived. */
  submit(): Promise<void>
  /** Uploads files for the message, as far as the options allow them. */
  attach(files: readonly File[]): void
  uploadAgain(key: string): void
  /** Out of the composer, and off the server. */
  removeAttachment(key: string): void
  /** Listens until `finishDictation`; what was said then goes to `insert`. */
  dictate(insert: (text: string) => void): void
  finishDictation(): void
  cancelDictation(): void
}

/** Uploads and dictation are parts of their own, which are loaded when they are asked for. */
export function createComposing(parts: ChatParts, turns: Turns, signal: AbortSignal): Composing {
  const { store, options } = parts
  const uploads = onDemand<Uploads>(parts, async () => {
    const { createUploads } = await import('./create-uploads.ts')
    const created = createUploads(parts)
    signal.addEventListener('abort', () => created.dispose())
    return created
  })
  const dictation = onDemand<Dictation>(parts, async () => {
    const { createDictation } = await import('./create-dictation.ts')
    const created = createDictation(parts)
    signal.addEventListener('abort', () => created.cancel())
    return created
  })

  async function submit(): Promise<void> {
    const state = store.state()
    const { composer } = state
    if (!canSend(state)) return
    if (!isSendable(composer.draft)) return store.dispatch({ type: 'composer-waiting' })
    const chosen = options().composer
    const tool = chosen?.tools?.find(({ id }) => id === composer.toolId)
    store.dispatch({ type: 'composer-sent', keepTool: tool?.persistent === true })
    await turns.ask(composedMessage(composer, chosen))
  }

  const unsubscribe = store.subscribe(() => {
    const state = store.state()
    if (state.composer.isWaiting && isSendable(state.composer.draft) && canSend(state)) void submit()
  })
  signal.addEventListener('abort', unsubscribe)

  return {
    submit,
    attach: (files) => void uploads().then((part) => part?.attach(files)),
    uploadAgain: (key) => void uploads().then((part) => part?.again(key)),
    removeAttachment: (key) => void uploads().then((part) => part?.remove(key)),
    dictate: (insert) => void dictation().then((part) => part?.begin(insert)),
    finishDictation: () => void dictation().then((part) => part?.finish()),
    cancelDictation: () => void dictation().then((part) => part?.cancel()),
  }
}
