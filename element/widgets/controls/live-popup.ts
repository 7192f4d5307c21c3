import { useRef } from 'preact/hooks'
import type { Popup } from '../../store/widgets.ts'
import type { WidgetHost } from '../widget-parts.ts'

/** What is open over a widget as it is now: a frame is drawn once, and several keys may fall into it. */
export interface LivePopup {
  read(): Popup
  change(changed: Partial<Popup>): void
}

export function useLivePopup(drawn: Popup, host: WidgetHost): LivePopup {
  const now = useRef(drawn)
  now.current = drawn
  return {
    read: () => now.current,
    change(changed) {
      now.current = { ...now.current, ...changed }
      host.popup(now.current)
    },
  }
}
