import { afterFrame } from './browser/after-frame.ts'
import { createConnection } from './connection.ts'
import type { Connection } from './connection.ts'
import { mountChat } from './mount-chat.tsx'
import type { MountedChat } from './mount-chat.tsx'
import type { ChatOptions, ComposerValue, PageAction, UserMessage } from './options.ts'
import { isBusy } from './store/state.ts'
import { adoptStyle } from './style/adopt-style.ts'
import chatStyle from './style/chat.css?inline'
import conversationStyle from './style/conversation.css?inline'
import markdownStyle from './style/markdown.css?inline'
import threadStyle from './style/thread.css?inline'
import tokenStyle from './style/tokens.css?inline'
import { registerWidget } from './widgets/register-widget.ts'

export type { ChatOptions, ClientTool } from './options.ts'
export { registerWidget }
export type { DrawWidget, DrawnWidget, WidgetComponentHost } from './widgets/register-widget.ts'

/** Where there is no document, for example on a server, the module can still be imported. */
const Base: typeof HTMLElement = globalThis.HTMLElement ?? (class {} as typeof HTMLElement)

const styles = [tokenStyle, chatStyle, conversationStyle, threadStyle, markdownStyle]

/**
 * `<parley-chat>`: the chat. It asks nobody but its own server.
 *
 * - attribute `api-url`: where the ChatKit door is. Default `/chatkit`; in hosted mode `/v1/chatkit/conversation`, of the origin
 *   that the script came from
 * - attribute `theme`: `light` or `dark`; without it, what the person's system prefers
 * - attribute `keeps-address`: the open thread is kept in the page's address
 * - slot `brand`: stands at the beginning of the header
 * - events `chatkit.…`: see `announce.ts`
 *
 * Options, methods and events are ChatKit's. Methods that ask for something reject while a thread is being opened or an answer
 * is on its way.
 */
export class ParleyChat extends Base {
  /** For pages that have the element but no module of it: `customElements.get('parley-chat').registerWidget(…)`. */
  static readonly registerWidget: typeof registerWidget = registerWidget

  static readonly observedAttributes: readonly string[] = ['classname']

  #options: ChatOptions = {}
  #connection: Connection | undefined
  #mounted: MountedChat | undefined
  #hasOptions = false
  #hasBegun = false
  /** Whether `initialThread` still has to be looked at: once, with the first options. */
  #isFirstDue = true

  connectedCallback(): void {
    if (this.#mounted) return
    const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' })
    for (const style of styles) adoptStyle(root, style)
    const connection = createConnection({
      options: () => this.#options,
      attribute: () => this.getAttribute('api-url'),
      onChange: () => this.#mounted?.refresh(),
    })
    this.#connection = connection
    this.#mounted = mountChat({
      root,
      options: connection.options,
      url: connection.url,
      fetch: connection.fetch,
      keepsAddress: this.hasAttribute('keeps-address'),
      tell: (name, detail) => this.#tell(name, detail),
    })
    // Later: frameworks create the element, then set its options, and begin to listen when it has been drawn.
    afterFrame(() => this.#begin())
  }

  disconnectedCallback(): void {
    // Frameworks take an element out and put it back at once: only who stays out is gone.
    setTimeout(() => {
      if (this.isConnected) return
      this.#mounted?.dispose()
      this.#mounted = undefined
      this.#hasBegun = false
      this.#isFirstDue = true
    })
  }

  /** React 18 sets `className` of an element that it does not know as the attribute `classname`. */
  attributeChangedCallback(_name: string, _before: string | null, value: string | null): void {
    if (value !== null) this.className = value
  }

  /** Sets all options anew: what is left out goes back to its default. The conversation and the draft stay. */
  setOptions(options: ChatOptions): void {
    this.#options = options
    this.#hasOptions = true
    this.#mounted?.refresh()
    if (this.#hasBegun) this.#openFirst()
  }

  /** Puts the keyboard where the next message is written. On touch screens it does nothing. */
  async focusComposer(): Promise<void> {
    this.#mounted?.focusComposer()
  }

  /** Opens a thread; null begins a new one. Resolves when it is there, or why it is not has been said. */
  async setThreadId(threadId: string | null): Promise<void> {
    const { chat } = this.#free()
    if (threadId === null || threadId === undefined) chat.newChat()
    else await chat.open(threadId)
  }

  /** Sends a message at once, whatever stands in the composer. Resolves when the server has it; rejects with why it has not. */
  async sendUserMessage(message: UserMessage): Promise<void> {
    const { chat, store } = this.#free()
    const { sendPageMessage } = await import('./chat/page-messages.ts')
    await sendPageMessage(chat, store, message)
  }

  /** Puts something into the composer; what is left out stays as it is. */
  async setComposerValue(value: ComposerValue): Promise<void> {
    const { store, chat } = this.#there()
    const { composerValueEvent } = await import('./chat/page-messages.ts')
    store.dispatch(composerValueEvent(value))
    if (value.files !== undefined) chat.attach(value.files)
  }

  /** Does an action as if a widget had: `itemId` is the widget's. Resolves when the server has it; rejects with why it has not. */
  async sendCustomAction(action: PageAction, itemId?: string): Promise<void> {
    await this.#free().chat.sendAction(action, itemId)
  }

  /** Opens the list of conversations. */
  async showHistory(): Promise<void> {
    await this.#there().chat.openHistory()
  }

  /** Closes the list of conversations. */
  async hideHistory(): Promise<void> {
    this.#there().chat.closeHistory()
  }

  /** Takes over what the server has of the open thread. */
  async fetchUpdates(): Promise<void> {
    await this.#there().chat.refresh()
  }

  #there(): MountedChat {
    if (this.#mounted === undefined) throw new Error('The chat is not in a page.')
    return this.#mounted
  }

  #free(): MountedChat {
    const mounted = this.#there()
    const state = mounted.store.state()
    if (state.phase === 'opening') throw new Error('A thread is being opened.')
    if (isBusy(state)) throw new Error('An answer is on its way.')
    return mounted
  }

  #begin(): void {
    if (this.#mounted === undefined || this.#hasBegun) return
    this.#hasBegun = true
    this.#mounted.begin()
    this.#tell('chatkit.ready')
    this.#tell('chatkit.thread.change', { threadId: this.#mounted.store.state().threadId })
    if (this.#hasOptions) this.#openFirst()
  }

  /** The secret that the options need, and the thread that they begin with, unless one is open already. */
  #openFirst(): void {
    this.#connection?.prepare().catch(() => undefined)
    if (!this.#isFirstDue || this.#mounted === undefined) return
    this.#isFirstDue = false
    const { initialThread } = this.#options
    const isNew = this.#mounted.store.state().phase === 'start'
    if (typeof initialThread === 'string' && isNew) void this.#mounted.chat.open(initialThread)
  }

  #tell(name: string, detail?: Record<string, unknown>): void {
    this.dispatchEvent(new CustomEvent(name, { detail }))
  }
}

/** The same under the name that clients written for ChatKit use. */
export class ChatKitElement extends ParleyChat {}

if (typeof customElements !== 'undefined') {
  if (!customElements.get('parley-chat')) customElements.define('parley-chat', ParleyChat)
  if (!customElements.get('openai-chatkit')) customElements.define('openai-chatkit', ChatKitElement)
}
