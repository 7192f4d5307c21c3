import { isSendable } from '../store/composer.ts'
import { canSend } from '../store/state.ts'
import type { Dictation } from './create-dictation.ts'
import type { Turns } from './create-turns.ts'
import type { Uploads } from './create-uploads.ts'
import { composedMessage } from './outgoing.ts'
import type { ChatParts } from './parts.ts'

/** What a person can do with the message that is being written. */
export interface Composing {
  /** Sends what stands in the composer, if it is a message. */
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
  const { store, options, words } = parts

  /** What cannot be loaded is said once, and tried again the next time. */
  function onDemand<Part>(load: () => Promise<Part>): (use: (part: Part) => void) => void {
    let loading: Promise<Part> | undefined
    return (use) => {
      loading ??= load()
      loading.then(use, () => {
        loading = undefined
        store.dispatch({ type: 'problem', message: words().unreachable })
      })
    }
  }

  const withUploads = onDemand<Uploads>(async () => {
    const { createUploads } = await import('./create-uploads.ts')
    const uploads = createUploads(parts)
    signal.addEventListener('abort', () => uploads.dispose())
    return uploads
  })
  const withDictation = onDemand<Dictation>(async () => {
    const { createDictation } = await import('./create-dictation.ts')
    const dictation = createDictation(parts)
    signal.addEventListener('abort', () => dictation.cancel())
    return dictation
  })

  return {
    async submit() {
      const state = store.state()
      const { composer } = state
      if (!canSend(state) || !isSendable(composer.draft)) return
      const chosen = options().composer
      const tool = chosen?.tools?.find(({ id }) => id === composer.toolId)
      store.dispatch({ type: 'composer-sent', keepTool: tool?.persistent === true })
      await turns.ask(composedMessage(composer, chosen))
    },
    attach: (files) => withUploads((uploads) => uploads.attach(files)),
    uploadAgain: (key) => withUploads((uploads) => uploads.again(key)),
    removeAttachment: (key) => withUploads((uploads) => uploads.remove(key)),
    dictate: (insert) => withDictation((dictation) => void dictation.begin(insert)),
    finishDictation: () => withDictation((dictation) => void dictation.finish()),
    cancelDictation: () => withDictation((dictation) => dictation.cancel()),
  }
}
