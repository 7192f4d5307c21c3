import type { VNode } from 'preact'
import { useContext, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { WidgetItem, WidgetNode } from '../../server/contracts/chatkit/wire.ts'
import type { AllowedActions } from '../store/state.ts'
import type { WidgetState } from '../store/widgets.ts'
import { style as iconStyle } from '../icons/icon-view.tsx'
import { TextHostContext } from '../view/text-host.ts'
import type { TextHost } from '../view/text-host.ts'
import type { Actions } from '../view/view-parts.ts'
import type { Words } from '../words/words.ts'
import { withinLimits } from './checks/limits.ts'
import { widgetImage } from './checks/widget-image.ts'
import { allComponents } from './components.ts'
import { createAct } from './controls/act.ts'
import { isWaiting } from './controls/acting.ts'
import controlStyle from './controls/controls.css?inline'
import { useKeptFocus } from './controls/keep-focus.ts'
import { NodeView } from './node-view.tsx'
import { onRegistered } from './register-widget.ts'
import type { FieldScope, WidgetHost, WidgetParts } from './widget-parts.ts'
import widgetStyle from './widgets.css?inline'

export const style: string = widgetStyle + controlStyle + iconStyle

export interface WidgetViewProps {
  root: WidgetNode
  /** The item whose widget it is; null for a preview. */
  item: WidgetItem | null
  growing: boolean
  allowed: AllowedActions
  state: WidgetState
  words: Words
  actions: Actions
}

/** A widget, as far as it is within the limits. */
export function View({ root, item, growing, allowed, state, words, actions }: WidgetViewProps): VNode {
  const current = useRef(item)
  current.current = item
  const itemId = item?.id ?? null
  const texts = useContext(TextHostContext)
  const host = useMemo(
    () => createHost({ itemId, actions, texts, item: () => current.current }),
    [itemId, actions, texts],
  )
  const [registrations, countRegistration] = useState(0)
  useEffect(() => onRegistered(() => countRegistration((count) => count + 1)), [])
  const components = useMemo(allComponents, [registrations])
  const bounded = useMemo(() => withinLimits(root), [root])
  const parts = useMemo<WidgetParts>(
    () => ({ itemId, words, growing, allowed, state, host, components }),
    [itemId, words, growing, allowed, state, host, components],
  )
  // Always the same object, so that a change in one place draws nothing in another.
  const drawn = useRef(bounded.root)
  drawn.current = bounded.root
  const scope = useMemo<FieldScope>(
    () => ({
      path: '',
      isForm: false,
      get node() {
        return drawn.current
      },
    }),
    [],
  )
  const place = useRef<HTMLElement>(null)
  const waits = isWaiting(parts)
  useKeptFocus(place, waits)
  return (
    <article
      ref={place}
      className={waits ? 'widget waiting' : 'widget'}
      part="widget"
      tabIndex={-1}
      aria-busy={waits || undefined}
    >
      <h2 className="unseen">{words.widget}</h2>
      <NodeView node={bounded.root} path="" scope={scope} parts={parts} />
      {bounded.cut ? <p className="widget-cut">{words.unknownItem}</p> : null}
    </article>
  )
}

interface HostParts {
  itemId: string | null
  actions: Actions
  texts: TextHost | undefined
  item: () => WidgetItem | null
}

function createHost({ itemId, actions, texts, item }: HostParts): WidgetHost {
  return {
    act: createAct(actions, item),
    enter(field, entered) {
      if (itemId !== null) actions.dispatch({ type: 'widget-entered', itemId, field, entered })
    },
    unfold(path) {
      if (itemId !== null) actions.dispatch({ type: 'widget-unfolded', itemId, path })
    },
    popup(popup) {
      if (itemId !== null) actions.dispatch({ type: 'widget-popup', itemId, popup })
    },
    image: (source) => widgetImage(source, document.baseURI, (address) => texts?.allowedImage(address)),
    copy: (text) => actions.copy(`${itemId ?? 'preview'}/widget`, text),
  }
}
