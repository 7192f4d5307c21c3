import type { VNode } from 'preact'
import { NamedIcon } from '../icons/named-icon.tsx'
import type { HeaderAction } from '../options.ts'
import { Icon } from './icons.tsx'
import type { ViewParts } from './view-parts.ts'

/** The bar above the conversation: whose it is, what it is called, and the ways to others. */
export function Header({ state, options, words, actions }: ViewParts): VNode | null {
  const { header, history } = options
  if (header?.enabled === false) return null
  const title = header?.title?.text ?? state.title
  const isTitleShown = header?.title?.enabled !== false && title !== undefined
  return (
    <header className="bar" part="header">
      <slot name="brand" />
      {header?.leftAction === undefined ? null : <PageAction action={header.leftAction} />}
      {isTitleShown ? (
        <p className="title" part="title" dir="auto">
          {title}
        </p>
      ) : (
        <span className="title" />
      )}
      {header?.rightAction === undefined ? null : <PageAction action={header.rightAction} />}
      {history?.enabled === false ? null : (
        <button
          type="button"
          className="round"
          aria-label={words.history}
          title={words.history}
          onClick={() => void actions.chat.openHistory()}
        >
          <Icon name="history" />
        </button>
      )}
      {history?.enabled === false && state.phase === 'start' ? null : (
        <button
          type="button"
          className="round"
          aria-label={words.newChat}
          title={words.newChat}
          onClick={() => {
            actions.chat.newChat()
            actions.focusComposer()
          }}
        >
          <Icon name="compose" />
        </button>
      )}
    </header>
  )
}

/** A button of the page's own. */
function PageAction({
  action: { icon, label = icon.replaceAll('-', ' '), onClick },
}: {
  action: HeaderAction
}): VNode {
  return (
    <button type="button" className="round" aria-label={label} title={label} onClick={() => onClick()}>
      <NamedIcon name={icon} />
    </button>
  )
}
