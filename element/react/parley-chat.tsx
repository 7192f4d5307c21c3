import { createElement, forwardRef, useCallback, useEffect, useLayoutEffect, useRef } from 'react'
import type { ForwardRefExoticComponent, HTMLAttributes, RefAttributes } from 'react'
import type { ChatOptions, ParleyChat as ParleyChatElement } from '@parley/element'

/** What the chat tells, with the detail of its DOM event (`chatkit.thread.change` is `onThreadChange`). */
export interface ChatHandlers {
  onReady?: () => void
  onError?: (event: { error: Error }) => void
  onEffect?: (event: { name: string; data?: Record<string, unknown> }) => void
  onDeeplink?: (event: { name: string; data?: Record<string, unknown> }) => void
  onResponseStart?: () => void
  onResponseEnd?: () => void
  onHistoryOpen?: () => void
  onHistoryClose?: () => void
  onThreadChange?: (event: { threadId: string | null }) => void
  onThreadLoadStart?: (event: { threadId: string }) => void
  onThreadLoadEnd?: (event: { threadId: string }) => void
  onToolChange?: (event: { toolId: string | null }) => void
  onLog?: (event: { name: string; data?: Record<string, unknown> }) => void
}

export interface ParleyChatProps
  extends ChatHandlers, Omit<HTMLAttributes<ParleyChatElement>, keyof ChatHandlers> {
  /** Set anew whenever the object is another one. */
  options?: ChatOptions
  /** `api-url` of the element. */
  apiUrl?: string
}

const eventNames = {
  onReady: 'chatkit.ready',
  onError: 'chatkit.error',
  onEffect: 'chatkit.effect',
  onDeeplink: 'chatkit.deeplink',
  onResponseStart: 'chatkit.response.start',
  onResponseEnd: 'chatkit.response.end',
  onHistoryOpen: 'chatkit.history.open',
  onHistoryClose: 'chatkit.history.close',
  onThreadChange: 'chatkit.thread.change',
  onThreadLoadStart: 'chatkit.thread.load.start',
  onThreadLoadEnd: 'chatkit.thread.load.end',
  onToolChange: 'chatkit.tool.change',
  onLog: 'chatkit.log',
} as const satisfies Record<keyof ChatHandlers, string>

const handlerNames = Object.keys(eventNames) as (keyof ChatHandlers)[]

/** `<parley-chat>` as a component. Its ref is the element, with its methods. Drawn on a server it is an empty element. */
export const ParleyChat: ForwardRefExoticComponent<ParleyChatProps & RefAttributes<ParleyChatElement>> =
  forwardRef<ParleyChatElement, ParleyChatProps>(function ParleyChat(props, forwarded) {
    const { options, apiUrl, ...rest } = props
    const element = useRef<ParleyChatElement>(null)
    const latest = useRef<ChatHandlers>(props)
    latest.current = props

    // Where there is no document nothing is defined, and nothing is imported. A page that cannot load it shows an empty element.
    useEffect(() => void import('@parley/element').catch(() => undefined), [])
    useLayoutEffect(() => whenDefined(() => element.current?.setOptions(options ?? {})), [options])
    useEffect(() => listen(element.current, latest), [])

    const setElement = useCallback(
      (node: ParleyChatElement | null) => {
        element.current = node
        if (typeof forwarded === 'function') forwarded(node)
        else if (forwarded !== null) forwarded.current = node
      },
      [forwarded],
    )
    const attributes = Object.fromEntries(
      Object.entries(rest).filter(([name]) => !Object.hasOwn(eventNames, name)),
    )
    return createElement('parley-chat', {
      ...attributes,
      'api-url': apiUrl,
      ref: setElement,
    })
  })

/** Returns what makes it not happen any more. */
function whenDefined(act: () => void): () => void {
  if (customElements.get('parley-chat') !== undefined) {
    act()
    return () => undefined
  }
  let isWanted = true
  void customElements.whenDefined('parley-chat').then(() => {
    if (isWanted) act()
  })
  return () => {
    isWanted = false
  }
}

function listen(element: ParleyChatElement | null, latest: { readonly current: ChatHandlers }): () => void {
  const listening = new AbortController()
  for (const name of handlerNames) {
    const hear = (event: Event): void => {
      const handler: ((detail: never) => void) | undefined = latest.current[name]
      // Each name's event has the detail that its handler takes.
      if (event instanceof CustomEvent) handler?.(event.detail as never)
    }
    element?.addEventListener(eventNames[name], hear, { signal: listening.signal })
  }
  return () => listening.abort()
}
