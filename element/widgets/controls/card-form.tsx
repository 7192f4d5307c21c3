import type { ComponentChildren, VNode } from 'preact'
import type { ComponentProps, FieldScope } from '../widget-parts.ts'

export interface CardFormProps extends ComponentProps {
  /** Draws the card's body within the form it is, if it is one. */
  body: (scope: FieldScope | null) => ComponentChildren
}

/** What is in a card below its status: its body, a form if it is `asForm`, and its buttons `confirm` and `cancel`. */
export function CardForm({ scope, body }: CardFormProps): VNode {
  return <>{body(scope)}</>
}
