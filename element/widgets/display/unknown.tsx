import type { VNode } from 'preact'
import { Children } from '../node-view.tsx'
import { readText } from '../read.ts'
import type { ComponentProps } from '../widget-parts.ts'

/** The properties that are text for a person. */
const textProperties = ['title', 'value', 'label', 'text', 'alt'] as const

/** What stands for a component that this version does not know: its text, so that nobody misses it, and its children. */
export function Unknown(props: ComponentProps): VNode {
  const texts = textProperties.flatMap((name) => readText(props.node[name]) ?? [])
  return (
    <>
      {texts.map((text, place) => (
        <p key={place} className="text text-md" dir="auto">
          {text}
        </p>
      ))}
      <Children {...props} />
    </>
  )
}
