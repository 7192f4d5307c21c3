import type { ComponentChildren, FunctionComponent, VNode } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { adoptStyle } from '../style/adopt-style.ts'
import { untilLoaded } from './until-loaded.ts'

/** What a module of its own exports for a part of the element that not everybody needs. */
export interface LazyModule<Props> {
  View: FunctionComponent<Props>
  /** Its style sheet, which comes with it. */
  style?: string
}

/** A component that is loaded when it is first drawn, or before. */
export interface LazyPart<Props> extends FunctionComponent<Props & { fallback: ComponentChildren }> {
  /** Loads it now, so that it is there when it is needed. Rejects when it cannot be had; drawing it tries again. */
  load(): Promise<void>
}

/**
 * A component that is loaded when it is first drawn, from where the element itself came from. Until it is there, `fallback`
 * stands in its place, and for as long as that is seen, loading is tried again.
 */
export function lazyPart<Props extends object>(load: () => Promise<LazyModule<Props>>): LazyPart<Props> {
  let loaded: LazyModule<Props> | undefined

  async function ensure(): Promise<void> {
    loaded ??= await load()
  }

  function Part({ fallback, ...props }: Props & { fallback: ComponentChildren }): VNode {
    const place = useRef<HTMLSpanElement>(null)
    const [, drawAgain] = useState(0)
    useLayoutEffect(() => {
      // What is there and brings no style needs no place of its own, and nothing more is to be done for it.
      if (place.current === null) return
      const gone = new AbortController()
      const root = place.current.getRootNode()
      void untilLoaded(ensure, gone.signal, window).then(() => {
        if (gone.signal.aborted) return
        if (loaded?.style !== undefined && root instanceof ShadowRoot) adoptStyle(root, loaded.style)
        drawAgain(1)
      })
      return () => gone.abort()
    }, [])
    if (loaded === undefined) {
      return (
        <span ref={place} data-pending>
          {fallback}
        </span>
      )
    }
    const { View, style } = loaded
    return (
      <>
        {style === undefined ? null : <span ref={place} hidden />}
        {/* What is left after `fallback` is what the part takes. */}
        <View {...(props as unknown as Props)} />
      </>
    )
  }

  return Object.assign(Part, { load: ensure })
}
