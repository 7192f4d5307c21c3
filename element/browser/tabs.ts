export interface Tabs {
  /** Tells the other tabs that something happened in a thread. */
  tell(threadId: string): void
  /** Returns what ends the listening. */
  listen(hear: (threadId: string) => void): () => void
  close(): void
}

/** The tabs of one origin that ask the same server. */
export function createTabs(name: string): Tabs {
  const channel = new BroadcastChannel(name)
  return {
    tell: (threadId) => channel.postMessage(threadId),
    listen(hear) {
      const onMessage = (event: MessageEvent<unknown>): void => {
        if (typeof event.data === 'string') hear(event.data)
      }
      channel.addEventListener('message', onMessage)
      return () => channel.removeEventListener('message', onMessage)
    },
    close: () => channel.close(),
  }
}

/**
 * Lets one tab of several do something: resolves with undefined when another one is at it. Locks exist only in secure contexts;
 * without them every tab does its work, and the server takes the first.
 */
export function alone<Value>(name: string, work: () => Promise<Value>): Promise<Value | undefined> {
  if (!('locks' in navigator)) return work()
  return navigator.locks.request(name, { ifAvailable: true }, (lock) => (lock ? work() : undefined))
}
