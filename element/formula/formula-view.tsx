import { h } from 'preact'
import type { ComponentChildren, VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import type { Formula } from '../markdown/elements.tsx'
import formulaStyle from './formula.css?inline'
import { toMathML } from './mathml.ts'
import type { MathNode } from './mathml.ts'

export const style: string = formulaStyle

/** What is longer may be wider than a narrow screen, and can then be moved. In UTF-16 code units. */
const narrowLengthMax = 30

/** A formula, which the browser sets itself; its source where it has a mistake. */
export function View({ source, raw, display }: Formula): VNode {
  const math = useMemo(() => toMathML(source, display), [source, display])
  if (math === undefined) return <code className="formula-source">{raw}</code>
  const isWide = source.length > narrowLengthMax
  return (
    <span
      className={display ? 'formula-block' : isWide ? 'formula-wide' : 'formula-line'}
      tabIndex={isWide ? 0 : undefined}
      dir="ltr"
    >
      {element(math)}
    </span>
  )
}

function element(node: MathNode): ComponentChildren {
  if (typeof node === 'string') return node
  return h(node.name, node.attributes, ...node.children.map(element))
}
