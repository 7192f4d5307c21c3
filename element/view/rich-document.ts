/** An editable element as content and back, and its caret as a place in the content (see `store/rich-text.ts`). */
import type { UserContent } from '../../server/contracts/chatkit/wire.ts'
import { joinedContent } from '../store/composer.ts'
import { contentLength } from '../store/rich-text.ts'

type Tag = Extract<UserContent, { type: 'input_tag' }>

/** What each chip stands for. */
const tags = new WeakMap<Node, Tag>()

export function tagOf(node: Node | null): Tag | undefined {
  return node === null ? undefined : tags.get(node)
}

/** Draws the content anew. */
export function writeDocument(
  root: HTMLElement,
  content: readonly UserContent[],
  canClick: (tag: Tag) => boolean,
): void {
  const nodes: Node[] = content.map((part) =>
    part.type === 'input_text' ? document.createTextNode(part.text) : chip(part, canClick(part)),
  )
  const last = content.at(-1)
  // A line that is empty, and a caret behind a chip, are seen only with something behind them.
  if (last?.type === 'input_tag' || last?.text.endsWith('\n') === true) nodes.push(lastBreak())
  root.replaceChildren(...nodes)
}

function chip(tag: Tag, canClick: boolean): HTMLElement {
  const element = document.createElement(canClick ? 'button' : 'span')
  element.className = 'tag'
  element.contentEditable = 'false'
  element.textContent = tag.text
  if (element instanceof HTMLButtonElement) {
    element.type = 'button'
    // It is no stop on the way through the page: the text around it is one already.
    element.tabIndex = -1
  }
  tags.set(element, tag)
  return element
}

function lastBreak(): HTMLElement {
  return document.createElement('br')
}

export function readDocument(root: HTMLElement): UserContent[] {
  return joinedContent(read(root, root))
}

function read(node: Node, root: HTMLElement): UserContent[] {
  return [...node.childNodes].flatMap((child): UserContent[] => {
    const tag = tags.get(child)
    if (tag !== undefined) return [tag]
    if (child instanceof Text) return [{ type: 'input_text', text: child.data }]
    if (!(child instanceof HTMLElement)) return []
    if (child instanceof HTMLBRElement) {
      // The last one only makes an empty line visible.
      return child === root.lastChild ? [] : [{ type: 'input_text', text: '\n' }]
    }
    const isBlock = child instanceof HTMLDivElement || child instanceof HTMLParagraphElement
    const isFirst = child === root.firstChild
    return [
      ...(isBlock && !isFirst ? [{ type: 'input_text' as const, text: '\n' }] : []),
      ...read(child, root),
    ]
  })
}

/** What is selected, as two places; null when the selection is elsewhere. */
export function readSelection(root: HTMLElement): { start: number; end: number } | null {
  const range = selectedRange(root)
  if (range === null) return null
  const last = contentLength(readDocument(root))
  return {
    start: Math.min(placeOf(root, range.startContainer, range.startOffset), last),
    end: Math.min(placeOf(root, range.endContainer, range.endOffset), last),
  }
}

/** A shadow root has a selection of its own in Chromium, gives a range in Safari, and is seen through in Firefox. */
function selectedRange(root: HTMLElement): StaticRange | Range | null {
  const shadow = root.getRootNode()
  const selection = document.getSelection()
  if (!(shadow instanceof ShadowRoot) || selection === null) return null
  const range = ownRange(shadow) ?? composedRange(selection, shadow) ?? firstRange(selection)
  return range !== null && root.contains(range.startContainer) ? range : null
}

function ownRange(shadow: ShadowRoot): Range | null {
  const getSelection: unknown = Reflect.get(shadow, 'getSelection')
  const selection: unknown = typeof getSelection === 'function' ? getSelection.call(shadow) : null
  return selection instanceof Selection ? firstRange(selection) : null
}

function composedRange(selection: Selection, shadow: ShadowRoot): StaticRange | null {
  if (!('getComposedRanges' in selection)) return null
  return selection.getComposedRanges({ shadowRoots: [shadow] })[0] ?? null
}

function firstRange(selection: Selection): Range | null {
  return selection.rangeCount > 0 ? selection.getRangeAt(0) : null
}

/** How many places lie before a point of the document. */
function placeOf(root: HTMLElement, container: Node, offset: number): number {
  const range = document.createRange()
  range.setStart(root, 0)
  range.setEnd(container, offset)
  const holder = range.cloneContents()
  // Copies of chips are chips no more, so they are counted by their place.
  const copies = [...holder.querySelectorAll<HTMLElement>('[contenteditable="false"]')]
  let length = 0
  for (const copy of copies) {
    length += 1
    copy.remove()
  }
  for (const lineBreak of holder.querySelectorAll('br')) lineBreak.replaceWith('\n')
  return length + (holder.textContent ?? '').length
}

/** Whether it holds only what `writeDocument` would write: what is dropped from elsewhere may bring more. */
export function isPlainDocument(root: HTMLElement): boolean {
  return [...root.childNodes].every(
    (child) =>
      child instanceof Text ||
      tags.has(child) ||
      (child instanceof HTMLBRElement && child === root.lastChild),
  )
}

/** Puts the caret at a place. */
export function setCaret(root: HTMLElement, place: number): void {
  const { node, offset } = pointAt(root, place)
  document.getSelection()?.setBaseAndExtent(node, offset, node, offset)
}

/** The point of the document at a place: in a text, if there is one there. */
function pointAt(root: HTMLElement, place: number): { node: Node; offset: number } {
  let rest = place
  const children = [...root.childNodes]
  for (const [index, child] of children.entries()) {
    if (child instanceof Text) {
      if (rest <= child.data.length) return { node: child, offset: rest }
      rest -= child.data.length
    } else {
      if (rest === 0) return { node: root, offset: index }
      rest -= 1
    }
  }
  return { node: root, offset: children.length }
}
