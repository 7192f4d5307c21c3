import { render } from 'preact'
import type { VNode } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { Children } from './node-view.tsx'
import type { DrawWidget, DrawnWidget } from './register-widget.ts'
import type { ComponentProps, WidgetComponent } from './widget-parts.ts'

const made = new WeakMap<DrawWidget, WidgetComponent>()

/** The component that a function of the page draws: always the same one. */
export function hostComponent(draw: DrawWidget): WidgetComponent {
  const known = made.get(draw) ?? ((props: ComponentProps) => <HostComponent {...props} draw={draw} />)
  made.set(draw, known)
  return known
}

/** A component that the page draws. When the page's function throws, the page hears of it, and its children are shown. */
function HostComponent({ draw, ...props }: ComponentProps & { draw: DrawWidget }): VNode {
  const place = useRef<HTMLDivElement>(null)
  const drawn = useRef<DrawnWidget>(undefined)
  const slot = useRef<HTMLElement>(undefined)
  const current = useRef(props)
  current.current = props

  useLayoutEffect(() => {
    const children = document.createElement('div')
    children.className = 'host-children'
    slot.current = children
    return () => {
      remove(drawn.current)
      drawn.current = undefined
      render(null, children)
      place.current?.replaceChildren()
    }
  }, [draw])

  useLayoutEffect(() => {
    const { current: children } = slot
    if (children === undefined) return
    guarded(
      () => {
        const node = structuredClone(props.node)
        if (drawn.current?.update) return drawn.current.update(node)
        remove(drawn.current)
        const given = draw(
          node,
          createHost(() => current.current, children),
        )
        drawn.current = given instanceof HTMLElement ? { element: given } : given
        place.current?.replaceChildren(drawn.current.element)
      },
      () => place.current?.replaceChildren(children),
    )
  }, [draw, props.node])

  // Its children change with the widget around them, and have nothing to do with what the page has drawn.
  useLayoutEffect(() => {
    if (slot.current) render(<Children {...props} />, slot.current)
  })

  return <div ref={place} className="host-component" />
}

function createHost(props: () => ComponentProps, children: HTMLElement): Parameters<DrawWidget>[1] {
  const { parts } = props()
  return {
    locale: parts.words.locale,
    itemId: parts.itemId,
    act(action) {
      const { node, path, scope } = props()
      props().parts.host.act(action, { node, path, scope, kind: 'click' })
    },
    children,
    imageUrl: (address) => props().parts.host.image(address),
  }
}

function remove(drawn: DrawnWidget | undefined): void {
  guarded(() => drawn?.remove?.())
}

/** The page's mistakes are the page's: they are reported to it, and break nothing here. */
function guarded(work: () => void, otherwise?: () => void): void {
  try {
    work()
  } catch (error) {
    otherwise?.()
    reportError(error)
  }
}
