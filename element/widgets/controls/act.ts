import type { WidgetItem } from '../../../server/contracts/chatkit/wire.ts'
import { widgetStateOf } from '../../store/widgets.ts'
import type { WidgetState } from '../../store/widgets.ts'
import type { Actions } from '../../view/view-parts.ts'
import { fieldName, fieldValue, formValues, mergeValues } from '../form-values.ts'
import type { FormValue } from '../form-values.ts'
import { fieldKey } from '../widget-parts.ts'
import type { ActionSource, WidgetHost } from '../widget-parts.ts'
import { readAction, showsFor } from './action-config.ts'

/** How the actions of one widget are done. `item` is the widget as it is now; null for a preview, which does nothing. */
export function createAct(actions: Actions, item: () => WidgetItem | null): WidgetHost['act'] {
  return (given, source) => {
    const widget = item()
    const config = readAction(given)
    if (widget === null || config === null) return
    // What was entered a moment ago may not be drawn yet.
    const { values } = widgetStateOf(actions.state().widgets, widget.id)
    const { payload, dropped } = mergeValues(config.payload, valuesFor(source, values))
    void actions.chat.act({
      itemId: widget.id,
      type: config.type,
      payload,
      handler: config.handler,
      acting: { path: actingPath(source), shows: showsFor(config, source.kind) },
      card: source.kind === 'confirm' ? source.path : null,
      dropped,
    })
  }
}

/** Under which name it is kept that an action is being done: a card has two. */
export function actingPath({ path, kind }: Pick<ActionSource, 'path' | 'kind'>): string {
  return kind === 'confirm' || kind === 'cancel' ? `${path}#${kind}` : path
}

/** Every action in a form carries the form's values; what is changed outside of one carries its own. */
function valuesFor({ node, scope, kind }: ActionSource, values: WidgetState['values']): FormValue[] {
  if (scope?.isForm) return formValues(scope.node, scope.path, values)
  const name = kind === 'change' ? fieldName(node) : undefined
  if (name === undefined) return []
  const value = fieldValue(node, fieldKey(scope, name), values)
  return value === undefined ? [] : [[name, value]]
}
