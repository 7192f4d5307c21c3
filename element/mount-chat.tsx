import { render } from 'preact'
import { followAddress } from './address.ts'
import { createChat } from './chat/create-chat.ts'
import type { ChatOptions } from './options.ts'
import { createStore } from './store/create-store.ts'

import { createTransport } from './transport/create-transport.ts'
import { ChatView } from './view/chat-view.tsx'
import type { Actions } from './view/view-parts.ts'
import { englishWords } from './words/words.ts'

export interface MountedChat {
  /** Renders again: an option has changed. */
  refresh(): void
  focusComposer(): void
  dispose(): void
}

export interface MountParts {
  root: ShadowRoot
  options: () => ChatOptions
  url: () => string
}

/** How long a copy button says that it has copied. */
const copiedMilliseconds = 1600

/** Joins the store, the transport and the view in one shadow root: everything that touches the browser meets here. */
export function mountChat({ root, options, url }: MountParts): MountedChat {
  const store = createStore()
  const words = englishWords
  const tabs = createTabs(`parley-chat ${new URL(url(), document.baseURI).href}`)
  const transport = createTransport({
    get url() {
      return url()
    },
    fetch: (...request) => fetchOf(options())(...request),
    locale: () => words.locale,
  })
  const chat = createChat({
    store,
    transport,
    words: () => words,
    clientTool: () => options().onClientTool,
    alone,
    tellTabs: tabs.tell,
    wake: window,
    random: Math.random,
    now: () => new Date(),
    createKey,
  })
  let copiedTimer: ReturnType<typeof setTimeout> | undefined
  const actions: Actions = {
    chat,
    dispatch: store.dispatch,
    copy(what, text) {
      void copyText(text, root).then((done) => {
        if (!done) return
        store.dispatch({ type: 'copied', what })
        clearTimeout(copiedTimer)
        copiedTimer = setTimeout(() => store.dispatch({ type: 'copied', what: null }), copiedMilliseconds)
      })
    },
    focusComposer: () => focusComposer(root),
  }
  const draw = (): void =>
    render(<ChatView state={store.state()} options={options()} words={words} actions={actions} />, root)
  const drawing = scheduled(draw)
  const endings = [
    store.subscribe(drawing.ask),
    tabs.listen((threadId) => {
      if (threadId === store.state().threadId) void chat.refresh()
    }),
    onReturn(() => void chat.refresh()),
    followAddress(store, chat, window),
  ]
  draw()
  return {
    refresh: draw,
    focusComposer: actions.focusComposer,
    dispose() {
      for (const end of endings) end()
      drawing.cancel()
      clearTimeout(copiedTimer)
      chat.dispose()
      tabs.close()
      render(null, root)
    },
  }
}

function fetchOf({ api }: ChatOptions): typeof globalThis.fetch {
  return (api !== undefined && 'fetch' in api ? api.fetch : undefined) ?? globalThis.fetch
}

/** Gathers the changes of a frame into one rendering. A hidden page gets no frames, and still has to keep up. */
function scheduled(draw: () => void): { ask: () => void; cancel: () => void } {
  let frame = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  const cancel = (): void => {
    cancelAnimationFrame(frame)
    clearTimeout(timer)
    timer = undefined
  }
  const run = (): void => {
    cancel()
    draw()
  }
  return {
    ask() {
      if (timer !== undefined) return
      frame = requestAnimationFrame(run)
      timer = setTimeout(run, 200)
    },
    cancel,
  }
}

/** Calls back when somebody looks at the page again, or its network is back. */
function onReturn(look: () => void): () => void {
  const onVisible = (): void => {
    if (document.visibilityState === 'visible') look()
  }
  document.addEventListener('visibilitychange', onVisible)
  window.addEventListener('focus', look)
  window.addEventListener('online', look)
  return () => {
    document.removeEventListener('visibilitychange', onVisible)
    window.removeEventListener('focus', look)
    window.removeEventListener('online', look)
  }
}

interface Tabs {
  tell: (threadId: string) => void
  listen: (hear: (threadId: string) => void) => () => void
  close: () => void
}

function createTabs(name: string): Tabs {
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

/** Locks exist only in secure contexts; without them every tab does its work, and the server takes the first. */
function alone<Value>(name: string, work: () => Promise<Value>): Promise<Value | undefined> {
  if (!('locks' in navigator)) return work()
  return navigator.locks.request(name, { ifAvailable: true }, (lock) => (lock ? work() : undefined))
}

/** 128 random bits; `randomUUID` would need a secure context. */
function createKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}

/** On a touch screen the keyboard would cover what has just been asked for. */
function focusComposer(root: ShadowRoot): void {
  if (matchMedia('(pointer: coarse)').matches) return
  root.querySelector('textarea')?.focus()
}

/** The clipboard exists only in secure contexts; a place in an intranet without TLS gets the old way. */
async function copyText(text: string, root: ShadowRoot): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const area = document.createElement('textarea')
    area.value = text
    area.className = 'unseen'
    const focused = root.activeElement
    root.append(area)
    area.select()
    const done = document.execCommand('copy')
    area.remove()
    if (focused instanceof HTMLElement) focused.focus()
    return done
  }
}
