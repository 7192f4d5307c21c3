import type { WidgetItem } from '../../../server/contracts/chatkit/wire.ts'
import type { Actions } from '../../view/view-parts.ts'
import type { WidgetHost } from '../widget-parts.ts'

/** How the actions of one widget are done. `item` is the widget as it is now; null for a preview, which does nothing. */
export function createAct(_actions: Actions, _item: () => WidgetItem | null): WidgetHost['act'] {
  return () => undefined
}
