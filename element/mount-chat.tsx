import { render } from 'preact'
import { followAddress } from './address.ts'
import { announce } from './announce.ts'
import type { Tell } from './announce.ts'
import { createCopying } from './browser/copying.ts'
import { createDrawing } from './browser/drawing.ts'
import { followKeyboard } from './browser/follow-keyboard.ts'
import { onReturn } from './browser/returning.ts'
import { onSelection } from './browser/selection.ts'
import { alone, createTabs } from './browser/tabs.ts'
import { createChat } from './chat/create-chat.ts'
import type { Chat } from './chat/create-chat.ts'
import type { ChatOptions } from './options.ts'
import { createStore } from './store/create-store.ts'
import type { Store } from './store/create-store.ts'
import { createThemeFollower } from './theme/follow-theme.ts'
import { createHostStyle } from './theme/host-style.ts'
import { createTransport } from './transport/create-transport.ts'
import { ChatView } from './view/chat-view.tsx'
import { loadAnswers } from './view/entry.tsx'
import type { Actions } from './view/view-parts.ts'
import { createSpeech } from './words/create-speech.ts'
import { englishWords } from './words/words.ts'

export interface MountedChat {
  store: Store
  chat: Chat
  /** The options are there: opens the thread that the page's address names, if it is to keep one. */
  begin(): void
  /** Renders again: an option has changed. */
  refresh(): void
  focusComposer(): void
  dispose(): void
}

export interface MountParts {
  root: ShadowRoot
  options: () => ChatOptions
  /** Where the ChatKit door is, as an absolute address. */
  url: () => string
  fetch: typeof globalThis.fetch
  /** Dispatches an event for the page. */
  tell: Tell
  /** Whether the page's address keeps the open thread. */
  keepsAddress: boolean
}

/** Joins the store, the transport and the view in one shadow root: everything that touches the browser meets here. */
export function mountChat({ root, options, url, fetch, tell, keepsAddress }: MountParts): MountedChat {
  const store = createStore()
  const speech = createSpeech(() => draw())
  const tabs = createTabs(`parley-chat ${url()}`)
  const transport = createTransport({
    get url() {
      return url()
    },
    fetch,
    locale: () => speech.words().locale,
  })
  const chat = createChat({
    store,
    transport,
    words: speech.words,
    options,
    clientTool: () => options().onClientTool,
    alone,
    tellTabs: tabs.tell,
    wake: window,
    random: Math.random,
    now: () => new Date(),
    createKey,
  })
  const copying = createCopying(store, root)
  const actions: Actions = {
    chat,
    dispatch: store.dispatch,
    state: store.state,
    copy: copying.copy,
    serverUrl: url,
    focusComposer: () => focusComposer(root),
  }
  const host = createHostStyle(root)
  const setTheme = createThemeFollower(host.style)
  let animation = ''
  const draw = (): void => {
    setTheme(options().theme)
    speech.follow(options().locale)
    const words = speech.words()
    // The first words are seen in their own language, unless they are long in coming.
    const next = speech.isSettled() || words !== englishWords ? '' : 'appear 0.2s 1s both'
    // Not even set to what it is: a rule that changes, however little, has the whole element styled again in each frame.
    if (next !== animation) host.style.animation = animation = next
    render(<ChatView state={store.state()} options={options()} words={words} actions={actions} />, root)
  }
  const drawing = createDrawing(draw)
  const endings = [
    store.subscribe(drawing.ask),
    announce(store, tell),
    tabs.listen((threadId) => {
      if (threadId === store.state().threadId) void chat.refresh()
    }),
    onReturn(() => void chat.refresh()),
    onSelection(root, (selected) => store.dispatch({ type: 'selected', selected })),
    followKeyboard(root.host, host.style),
  ]
  draw()
  loadAnswers()
  return {
    store,
    chat,
    begin() {
      if (keepsAddress) endings.push(followAddress(store, chat, window))
    },
    refresh: draw,
    focusComposer: actions.focusComposer,
    dispose() {
      for (const end of endings) end()
      drawing.cancel()
      copying.stop()
      chat.dispose()
      tabs.close()
      render(null, root)
      host.dispose()
      speech.stop()
    },
  }
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
  root.querySelector<HTMLElement>('#composer')?.focus()
}
