/**
 * A formula in TeX as MathML, as plain data: KaTeX's own tree, read like anything that comes from outside, so that neither HTML nor
 * a style attribute is on the way. Elements and attributes that we do not know are left out; none of them can load anything.
 */
import katex from 'katex'

export interface MathElement {
  name: string
  attributes: Record<string, string>
  children: MathNode[]
}

export type MathNode = string | MathElement

const elements = new Set(
  'math mfrac mi mn mo mover mpadded mphantom mroot mrow mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover menclose mlabeledtr'.split(
    ' ',
  ),
)
const attributes = new Set(
  'accent accentunder columnalign columnlines columnspacing depth display displaystyle fence height largeop linebreak linethickness lspace mathbackground mathcolor mathsize mathvariant maxsize minsize notation rowlines rowspacing rspace scriptlevel separator stretchy voffset width'.split(
    ' ',
  ),
)

/** A size that a formula asks for, in em, and how often its macros may expand. */
const sizeMax = 20
const expansionsMax = 200

/** @returns Undefined where the source is no formula that can be shown. */
export function toMathML(source: string, display: boolean): MathElement | undefined {
  try {
    const tree = render(source, display)
    return tree === undefined ? undefined : findMath(tree)
  } catch {
    // A mistake in it, or more than is allowed: it is shown as it was written.
    return undefined
  }
}

/** `__renderToDomTree` is not in the types. It is why the version is an exact one; a test would notice if it were gone. */
function render(source: string, displayMode: boolean): unknown {
  const toTree: unknown = Reflect.get(katex, '__renderToDomTree')
  if (typeof toTree !== 'function') return undefined
  const options = {
    displayMode,
    output: 'mathml',
    trust: false,
    strict: 'ignore',
    throwOnError: true,
    maxSize: sizeMax,
    maxExpand: expansionsMax,
    macros: {},
  }
  const tree: unknown = Reflect.apply(toTree, undefined, [source, options])
  return tree
}

/** The `math` within the tree, without what KaTeX wraps around it. */
function findMath(node: unknown): MathElement | undefined {
  if (property(node, 'type') === 'math') {
    const [math] = read(node)
    return typeof math === 'object' ? math : undefined
  }
  for (const child of childrenOf(node)) {
    const found = findMath(child)
    if (found) return found
  }
  return undefined
}

/** A node as our elements. What is unknown gives way to its children; the annotation repeats the source and goes. */
function read(node: unknown): MathNode[] {
  const text = property(node, 'text')
  if (typeof text === 'string') return [text]
  const character = property(node, 'character')
  if (typeof character === 'string') return [character]
  const width = property(node, 'width')
  const name = property(node, 'type')
  if (typeof width === 'number')
    return [{ name: 'mspace', attributes: { width: `${width}em` }, children: [] }]
  if (name === 'annotation') return []
  const children = childrenOf(node).flatMap(read)
  if (typeof name !== 'string' || !elements.has(name)) return children
  return [{ name, attributes: attributesOf(node), children }]
}

function attributesOf(node: unknown): Record<string, string> {
  const all = property(node, 'attributes')
  if (typeof all !== 'object' || all === null) return {}
  const known = Object.entries(all).filter(
    ([name, value]) => attributes.has(name) && typeof value !== 'object',
  )
  return Object.fromEntries(known.map(([name, value]) => [name, String(value)]))
}

function childrenOf(node: unknown): unknown[] {
  const children = property(node, 'children')
  return Array.isArray(children) ? children : []
}

function property(node: unknown, name: string): unknown {
  return typeof node === 'object' && node !== null ? Reflect.get(node, name) : undefined
}
