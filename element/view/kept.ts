import { Component } from 'preact'
import type { ComponentChildren } from 'preact'

export interface KeptProps {
  /** What it is drawn of, always as many things. */
  of: readonly unknown[]
  draw: () => ComponentChildren
}

/**
 * Draws again only when one of the things it is drawn of is another. To keep the elements themselves would do that, too, but each
 * of them would keep the whole tree that it was first drawn in: of an answer of 100,000 characters, 20 MB of its earlier texts.
 */
export class Kept extends Component<KeptProps> {
  override shouldComponentUpdate({ of }: KeptProps): boolean {
    return hasChanged(this.props.of, of)
  }

  override render({ draw }: KeptProps): ComponentChildren {
    return draw()
  }
}

export function hasChanged(before: readonly unknown[], after: readonly unknown[]): boolean {
  return after.some((thing, place) => thing !== before[place])
}
