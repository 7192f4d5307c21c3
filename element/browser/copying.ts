import type { Store } from '../store/create-store.ts'
import { copyText } from './copy-text.ts'

/** How long a copy button says that it has copied. */
const copiedMilliseconds = 1600

export interface Copying {
  /** Copies the text, and marks `what` as copied for a moment. */
  copy(what: string, text: string): void
  stop(): void
}

export function createCopying({ dispatch }: Store, root: ShadowRoot): Copying {
  let timer: ReturnType<typeof setTimeout> | undefined
  return {
    copy(what, text) {
      void copyText(text, root).then((done) => {
        if (!done) return
        dispatch({ type: 'copied', what })
        clearTimeout(timer)
        timer = setTimeout(() => dispatch({ type: 'copied', what: null }), copiedMilliseconds)
      })
    },
    stop: () => clearTimeout(timer),
  }
}
