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
  /** Ends it, if it goes on, and forgets what was said. */
  cancelDictation(): void
}

/** Uploads and dictation are parts of their own, which are loaded when they are asked for. */
export function createComposing(parts: ChatParts, turns: Turns, signal: AbortSignal): Composing {
  const { store, options } = parts
  let wantsDictation = false
  const uploads = onDemandOf<Uploads>(
    async () => (await import('./create-uploads.ts')).createUploads(parts),
    (part) => part.dispose(),
  )
  const dictation = onDemandOf<Dictation>(
    async () => (await import('./create-dictation.ts')).createDictation(parts),
    (part) => part.cancel(),
  )

  /** The chat may be taken away while a part of it is loaded: then nothing begins any more. */
  function onDemandOf<Part>(
    load: () => Promise<Part>,
    end: (part: Part) => void,
  ): () => Promise<Part | undefined> {
    const loaded = onDemand(parts, async () => {
      const part = await load()
      signal.addEventListener('abort', () => end(part))
      return part
    })
    return async () => {
      const part = await loaded()
      return signal.aborted ? undefined : part
    }
  }

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
    dictate(insert) {
      wantsDictation = true
      void dictation().then((part) => (wantsDictation ? part?.begin(insert) : undefined))
    },
    finishDictation: () => void dictation().then((part) => part?.finish()),
    cancelDictation() {
      wantsDictation = false
      if (store.state().composer.dictation !== 'off') void dictation().then((part) => part?.cancel())
    },
  }
}
