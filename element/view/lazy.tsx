import type { ComponentChildren, FunctionComponent, VNode } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { adoptStyle } from '../style/adopt-style.ts'

/** What a module of its own exports for a part of the element that not everybody needs. */
export interface LazyModule<Props> {
  View: FunctionComponent<Props>
  /** Its style sheet, which comes with it. */
  style?: string
}

/**
 * A component that is loaded when it is first drawn, from where the element itself came from. Until then, and when it cannot be
 * had, `fallback` stands in its place.
 */
export function lazyPart<Props extends object>(
  load: () => Promise<LazyModule<Props>>,
): FunctionComponent<Props & { fallback: ComponentChildren }> {
  let loaded: LazyModule<Props> | undefined
  let loading: Promise<void> | undefined

  function ensure(): Promise<void> {
    loading ??= load().then(
      (module) => {
        loaded = module
      },
      () => {
        // The next one that is drawn tries again.
        loading = undefined
      },
    )
    return loading
  }

  return function LazyPart({ fallback, ...props }): VNode {
    const place = useRef<HTMLSpanElement>(null)
    const [, drawAgain] = useState(0)
    useLayoutEffect(() => {
      let isGone = false
      const root = place.current?.getRootNode()
      void ensure().then(() => {
        if (isGone) return
        if (loaded?.style !== undefined && root instanceof ShadowRoot) adoptStyle(root, loaded.style)
        drawAgain(1)
      })
      return () => {
        isGone = true
      }
    }, [])
    if (loaded === undefined) {
      return (
        <span ref={place} data-pending>
          {fallback}
        </span>
      )
    }
    const { View } = loaded
    return (
      <>
        <span ref={place} hidden />
        {/* What is left after `fallback` is what the part takes. */}
        <View {...(props as unknown as Props)} />
      </>
    )
  }
}
