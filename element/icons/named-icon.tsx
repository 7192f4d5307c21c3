import type { VNode } from 'preact'
import { lazyPart } from '../view/lazy.tsx'
import type { IconViewProps } from './icon-view.tsx'

const LazyIcon = lazyPart(() => import('./icon-view.tsx'))

/** An icon by its name on the wire, for what is drawn before all drawings are there: until then its place stays empty. */
export function NamedIcon({ name }: IconViewProps): VNode {
  return (
    <LazyIcon
      name={name}
      fallback={<svg className="icon named-icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false" />}
    />
  )
}
