import type { ComponentChildren, VNode } from 'preact'
import { readFlag } from '../read.ts'
import type { ComponentProps, FieldScope } from '../widget-parts.ts'
import { actingPath } from './act.ts'
import { isActing } from './acting.ts'
import { readCardAction } from './action-config.ts'
import { PlainButton, isBlocked } from './button.tsx'
import { submittedBy, useFormScope } from './form.tsx'

export interface CardFormProps extends ComponentProps {
  /** Draws the card's body within the form it is, if it is one. */
  body: (scope: FieldScope | null) => ComponentChildren
}

/** What is in a card below its status: its body, a form if it is `asForm`, and its buttons `confirm` and `cancel`. */
export function CardForm(props: CardFormProps): VNode {
  const { node, path, parts, body } = props
  const isForm = readFlag(node['asForm'])
  const own = useFormScope(props)
  const scope = isForm ? own : props.scope
  const content = (
    <>
      {body(scope)}
      {isFolded(props) ? null : <CardButtons {...props} scope={scope} />}
    </>
  )
  if (!isForm) return content
  return (
    <form
      className="card-form"
      onSubmit={(event) => {
        submittedBy(event)
        parts.host.act(readCardAction(node['confirm'])?.action, { node, path, scope, kind: 'confirm' })
      }}
    >
      {content}
    </form>
  )
}

/** `collapsed` folds a card when its main action is done; one that has none (any more) is folded at once. */
export function isFolded({ node, path, parts }: ComponentProps): boolean {
  if (!readFlag(node['collapsed']) || parts.itemId === null || parts.state.unfolded.includes(path))
    return false
  return readCardAction(node['confirm']) === null || parts.state.done.includes(path)
}

function CardButtons({ node, path, scope, parts }: ComponentProps): VNode | null {
  const confirm = readCardAction(node['confirm'])
  const cancel = readCardAction(node['cancel'])
  if (confirm === null && cancel === null) return null
  const isForm = readFlag(node['asForm'])
  const act = (action: unknown, kind: 'confirm' | 'cancel'): void =>
    parts.host.act(action, { node, path, scope, kind })
  const isBusy = (kind: 'confirm' | 'cancel'): boolean => isActing(parts, actingPath({ path, kind }))
  return (
    <div className="card-buttons">
      {cancel === null ? null : (
        <PlainButton
          type="button"
          className="button hue-secondary button-outline size-md"
          path={path}
          isDisabled={false}
          isBlocked={isBlocked(parts, cancel.action)}
          isBusy={isBusy('cancel')}
          label={cancel.label}
          onClick={() => act(cancel.action, 'cancel')}
        />
      )}
      {confirm === null ? null : (
        <PlainButton
          type={isForm ? 'submit' : 'button'}
          className="button hue-primary button-solid size-md"
          path={path}
          isDisabled={false}
          isBlocked={isBlocked(parts, confirm.action)}
          isBusy={isBusy('confirm')}
          label={confirm.label}
          onClick={() => {
            if (!isForm) act(confirm.action, 'confirm')
          }}
        />
      )}
    </div>
  )
}
