import type { VNode } from 'preact'
import { lazyPart } from '../../view/lazy.tsx'
import { blockStyle } from '../checks/styles.ts'
import type { ComponentProps } from '../widget-parts.ts'

const LazyChart = lazyPart(() => import('./chart/chart-view.tsx'))

/** Drawn when what draws it is there; its place is kept until then. */
export function Chart(props: ComponentProps): VNode {
  return <LazyChart {...props} fallback={<span className="chart-place" style={blockStyle(props.node)} />} />
}
