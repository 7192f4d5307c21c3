export interface Tabs {
  /** Tells the other tabs that something happened in a thread. */
  tell(threadId: string): void
  /** Returns what ends the listening. */
  listen(hear: (threadId: string) => void): () => void
  close(): void
}

/** The tabs of one origin that ask the same server. Where the browser keeps them apart, they hear nothing of each other. */
export function createTabs(name: string): Tabs {
  const channel = openChannel(name)
  return {
    tell: (threadId) => channel?.postMessage(threadId),
    listen(hear) {
      const onMessage = (event: MessageEvent<unknown>): void => {
        if (typeof event.data === 'string') hear(event.data)
      }
      channel?.addEventListener('message', onMessage)
      return () => channel?.removeEventListener('message', onMessage)
    },
    close: () => channel?.close(),
  }
}

/** A page that may store nothing may have no channel, either. */
function openChannel(name: string): BroadcastChannel | undefined {
  try {
    return new BroadcastChannel(name)
  } catch {
    return undefined
  }
}

/**
 * Lets one tab of several do something: resolves with undefined when another one is at it. Locks exist only in secure contexts
 * that may store something; without them every tab does its work, and the server takes the first.
 */
export async function alone<Value>(name: string, work: () => Promise<Value>): Promise<Value | undefined> {
  let isBegun = false
  try {
    return await navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      isBegun = true
      return lock ? work() : undefined
    })
  } catch (error) {
    // There are no locks, or none for this page.
    if (isBegun) throw error
    return work()
  }
}
