import type { Chat } from './chat/create-chat.ts'
import type { Store } from './store/create-store.ts'

/** Thread ids as our servers make them, and as ChatKit's hosted ones do. */
const threadHash = /^#(c?thr_[\w-]{1,200})$/

export function threadInHash(hash: string): string | null {
  return threadHash.exec(hash)?.[1] ?? null
}

/**
 * Keeps the open thread in the page's address, so that a reload opens it again and a step back leads to the one before.
 * A hash that the page uses for something else is left alone. Returns what ends it.
 */
export function followAddress(store: Store, chat: Chat, page: Window): () => void {
  let written = store.state().threadId

  function write(): void {
    const { threadId } = store.state()
    if (threadId === written) return
    const { hash, pathname, search } = page.location
    written = threadId
    if (hash !== '' && threadInHash(hash) === null) return
    const address = threadId === null ? pathname + search : `#${threadId}`
    if (threadInHash(hash) !== threadId) page.history.pushState(page.history.state, '', address)
  }

  function read(): void {
    const threadId = threadInHash(page.location.hash)
    if (threadId === store.state().threadId) return
    if (threadId === null && page.location.hash !== '') return
    written = threadId
    if (threadId === null) chat.newChat()
    else void chat.open(threadId)
  }

  const unsubscribe = store.subscribe(write)
  page.addEventListener('popstate', read)
  read()
  return () => {
    unsubscribe()
    page.removeEventListener('popstate', read)
  }
}
