import type { VNode } from 'preact'
import { useMemo, useRef } from 'preact/hooks'
import type { WidgetItem, WidgetNode } from '../../server/contracts/chatkit/wire.ts'
import type { AllowedActions } from '../store/state.ts'
import type { WidgetState } from '../store/widgets.ts'
import type { Actions } from '../view/view-parts.ts'
import type { Words } from '../words/words.ts'
import { components } from './components.ts'
import { createAct } from './controls/act.ts'
import controlStyle from './controls/controls.css?inline'
import { NodeView } from './node-view.tsx'
import type { WidgetHost, WidgetParts } from './widget-parts.ts'
import widgetStyle from './widgets.css?inline'

export const style: string = widgetStyle + controlStyle

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

/** A widget. */
export function View({ root, item, growing, allowed, state, words, actions }: WidgetViewProps): VNode {
  const current = useRef(item)
  current.current = item
  const itemId = item?.id ?? null
  const host = useMemo(() => createHost(itemId, actions, () => current.current), [itemId, actions])
  const parts = useMemo<WidgetParts>(
    () => ({ itemId, words, growing, allowed, state, host, components }),
    [itemId, words, growing, allowed, state, host],
  )
  return (
    <article className="widget">
      <h2 className="unseen">{words.widget}</h2>
      <NodeView node={root} path="" scope={null} parts={parts} />
    </article>
  )
}

function createHost(itemId: string | null, actions: Actions, item: () => WidgetItem | null): WidgetHost {
  return {
    act: createAct(actions, item),
    enter(field, entered) {
      if (itemId !== null) actions.dispatch({ type: 'widget-entered', itemId, field, entered })
    },
    unfold(path) {
      if (itemId !== null) actions.dispatch({ type: 'widget-unfolded', itemId, path })
    },
    fold(path) {
      if (itemId !== null) actions.dispatch({ type: 'widget-folded', itemId, path })
    },
    popup(popup) {
      if (itemId !== null) actions.dispatch({ type: 'widget-popup', itemId, popup })
    },
    image: () => undefined,
    copy: (text) => actions.copy(`${itemId ?? 'preview'}/widget`, text),
  }
}
