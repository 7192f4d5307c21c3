import type { ChatOptions } from './options.ts'
import { mountChat } from './mount-chat.tsx'
import type { MountedChat } from './mount-chat.tsx'
import { adoptStyle } from './style/adopt-style.ts'
import chatStyle from './style/chat.css?inline'
import conversationStyle from './style/conversation.css?inline'
import markdownStyle from './style/markdown.css?inline'
import panelStyle from './style/panel.css?inline'
import tokenStyle from './style/tokens.css?inline'

export type { ChatOptions, ClientTool } from './options.ts'

/** Where there is no document, for example on a server, the module can still be imported. */
const Base: typeof HTMLElement = globalThis.HTMLElement ?? (class {} as typeof HTMLElement)

/**
 * `<parley-chat>`: the chat. It asks nobody but the server named by `api-url` (default `/chatkit`).
 *
 * - attribute `api-url`: where the ChatKit door is
 * - attribute `theme`: `light` or `dark`; without it, what the person's system prefers
 * - slot `brand`: stands at the beginning of the header
 * - event `parley-ready`: the element is drawn and can be used
 */
export class ParleyChat extends Base {
  #options: ChatOptions = {}
  #mounted: MountedChat | undefined

  connectedCallback(): void {
    if (this.#mounted) return
    const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' })
    for (const style of styles) adoptStyle(root, style)
    this.#mounted = mountChat({ root, options: () => this.#options, url: () => this.#url() })
    // Later, so that a page that creates the element and then listens does not miss it.
    setTimeout(() => this.dispatchEvent(new CustomEvent('parley-ready')))
  }

  disconnectedCallback(): void {
    // Frameworks take an element out and put it back at once: only who stays out is gone.
    setTimeout(() => {
      if (this.isConnected) return
      this.#mounted?.dispose()
      this.#mounted = undefined
    })
  }

  /** Sets all options anew: what is left out goes back to its default. The conversation and the draft stay. */
  setOptions(options: ChatOptions): void {
    this.#options = options
    this.#mounted?.refresh()
  }

  /** Puts the keyboard where the next message is written. On touch screens it does nothing. */
  async focusComposer(): Promise<void> {
    this.#mounted?.focusComposer()
  }

  #url(): string {
    return this.#options.api?.url ?? this.getAttribute('api-url') ?? '/chatkit'
  }
}

const styles = [tokenStyle, chatStyle, conversationStyle, markdownStyle, panelStyle]

if (typeof customElements !== 'undefined' && !customElements.get('parley-chat')) {
  customElements.define('parley-chat', ParleyChat)
}
