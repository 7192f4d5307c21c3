import type { VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import composerStyle from '../style/composer.css?inline'
import { ComposerIcon } from './composer-icons.tsx'
import { droppedFiles, hasFiles } from './dropped-files.ts'
import type { ViewParts } from './view-parts.ts'

export const style: string = composerStyle

/** The whole chat takes files that are dropped on it, and says so while some are held over it. */
export function View({ words, actions }: ViewParts): VNode {
  const veil = useRef<HTMLDivElement>(null)

  useEffect(() => {
    const chat = veil.current?.parentElement
    if (!chat) return undefined
    // Each part that is entered tells so before the one that is left does.
    let depth = 0
    const show = (isShown: boolean): void => {
      if (!isShown) depth = 0
      if (veil.current) veil.current.hidden = !isShown
    }
    const listeners: Record<string, (event: DragEvent) => void> = {
      dragenter: () => {
        depth += 1
        show(true)
      },
      dragleave: () => {
        depth -= 1
        if (depth <= 0) show(false)
      },
      dragover: (event) => event.preventDefault(),
      drop(event) {
        event.preventDefault()
        show(false)
        actions.chat.attach(droppedFiles(event.dataTransfer))
        actions.focusComposer()
      },
    }
    const listen = (event: Event): void => {
      if (event instanceof DragEvent && hasFiles(event.dataTransfer)) listeners[event.type]?.(event)
    }
    for (const type of Object.keys(listeners)) chat.addEventListener(type, listen)
    return () => {
      for (const type of Object.keys(listeners)) chat.removeEventListener(type, listen)
    }
  }, [actions])

  return (
    <div ref={veil} className="drop" hidden aria-hidden="true">
      <p>
        <ComposerIcon name="attach" />
        {words.dropFiles}
      </p>
    </div>
  )
}
