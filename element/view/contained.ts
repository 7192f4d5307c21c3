import { Component } from 'preact'
import type { ComponentChildren } from 'preact'
import { hasChanged } from './kept.ts'

export interface ContainedProps {
  /** What it is drawn of, always as many things: when one of them is another, it is tried again. */
  of: readonly unknown[]
  /** Stands in the place of what could not be drawn. */
  fallback: ComponentChildren
  children: ComponentChildren
}

/** What goes wrong in drawing one part of the element ends with that part. The page is told, as of any other error. */
export class Contained extends Component<ContainedProps, { failedAt: readonly unknown[] | null }> {
  override state: { failedAt: readonly unknown[] | null } = { failedAt: null }

  override componentDidCatch(error: unknown): void {
    reportError(error)
    this.setState({ failedAt: this.props.of })
  }

  override render({ of, fallback, children }: ContainedProps): ComponentChildren {
    const { failedAt } = this.state
    return failedAt === null || hasChanged(failedAt, of) ? children : fallback
  }
}
