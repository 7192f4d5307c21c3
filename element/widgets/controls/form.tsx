import type { TargetedSubmitEvent, VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import { containerStyle } from '../display/layout.tsx'
import { Children } from '../node-view.tsx'
import { readWord } from '../read.ts'
import type { ComponentProps, FieldScope } from '../widget-parts.ts'
import { isActing } from './acting.ts'
import { readCardAction } from './action-config.ts'

/** The fields in it go with its actions. It is sent by a `Button` with `submit`, or by Enter, when the browser finds it valid. */
export function Form(props: ComponentProps): VNode {
  const { node, path, parts } = props
  const scope = useFormScope(props)
  const direction = readWord(node['direction'], ['row', 'col']) ?? 'col'
  return (
    <form
      className={`form ${direction}`}
      style={containerStyle(props)}
      aria-busy={isActing(parts, path) || undefined}
      onSubmit={(event) =>
        parts.host.act(node['onSubmitAction'], {
          node,
          path: submittedBy(event) ?? path,
          scope,
          kind: 'submit',
        })
      }
    >
      <Children {...props} scope={scope} />
    </form>
  )
}

/** The same object for as long as the form is the same, so that its fields are not drawn again for nothing. */
export function useFormScope({ node, path }: ComponentProps): FieldScope {
  return useMemo(() => ({ path, node, isForm: true }), [path, node])
}

/** The path of the button that sent the form. Nothing is ever sent by the browser itself. */
export function submittedBy(event: TargetedSubmitEvent<HTMLFormElement>): string | undefined {
  event.preventDefault()
  // A form may stand in another one.
  event.stopPropagation()
  return event.submitter?.dataset['path']
}

/** What sending the form does. */
export function mainAction({ node, isForm }: FieldScope): unknown {
  if (!isForm) return undefined
  return node.type === 'Card' ? readCardAction(node['confirm'])?.action : node['onSubmitAction']
}
