import type { VNode } from 'preact'
import { filledPaths, lucideNames, neutralPath, strokePaths } from './icon-paths.ts'

/** What points along the lines of a text points the other way where they begin on the right. */
const alongLines = /^back-|\b(?:left|right)\b/

export const style: string = `.mirrored:dir(rtl) { scale: -1 1; }`

export interface IconViewProps {
  /** A name of ChatKit's, or one of Lucide's as `lucide:…`. What has no drawing here gets a neutral one. */
  name: string
}

/** An icon by its name on the wire; decoration only: what a control does is said by its label. */
export function View({ name }: IconViewProps): VNode {
  const own = ownName(name)
  const filled = drawing(filledPaths, own)
  return (
    <svg
      className={alongLines.test(own) ? 'icon named-icon mirrored' : 'icon named-icon'}
      viewBox="0 0 20 20"
      aria-hidden="true"
      focusable="false"
      data-icon={own}
    >
      {filled === undefined ? (
        <path d={drawing(strokePaths, own) ?? neutralPath} />
      ) : (
        <path d={filled} fill="currentColor" fill-rule="evenodd" stroke="none" />
      )}
    </svg>
  )
}

/** Whether there is a drawing of it. */
export function isDrawn(name: string): boolean {
  const own = ownName(name)
  return Object.hasOwn(strokePaths, own) || Object.hasOwn(filledPaths, own)
}

function ownName(name: string): string {
  if (!name.startsWith('lucide:')) return name
  const lucide = name.slice('lucide:'.length)
  return drawing(lucideNames, lucide) ?? lucide
}

function drawing(drawings: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(drawings, name) ? drawings[name] : undefined
}
