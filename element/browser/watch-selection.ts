/** What is selected of an answer: what the browser knows, told when somebody has selected something and paused. */

export interface SelectedText {
  /** The id of the turn that it is in. */
  turnId: string
  text: string
}

/** So long is nothing selected any more before it is told: who drags has not decided yet. */
const pauseMilliseconds = 200
/** More than this is no quotation. */
const quotedCharactersMax = 4000

/** Calls back with what is selected of one answer, and with null when nothing is any more. Returns what ends that. */
export function watchSelection(root: ShadowRoot, tell: (selected: SelectedText | null) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let isTold = false
  const look = (): void => {
    const selected = selectedText(root)
    if (selected === null && !isTold) return
    isTold = selected !== null
    tell(selected)
  }
  const onChange = (): void => {
    clearTimeout(timer)
    timer = setTimeout(look, pauseMilliseconds)
  }
  document.addEventListener('selectionchange', onChange)
  onChange()
  return () => {
    clearTimeout(timer)
    document.removeEventListener('selectionchange', onChange)
  }
}

function selectedText(root: ShadowRoot): SelectedText | null {
  const range = selectedRange(root)
  if (!range || range.collapsed) return null
  const answer = answerAround(range.startContainer)
  const turnId = answer?.closest('.turn')?.id
  if (!answer || turnId === undefined || answerAround(range.endContainer) !== answer) return null
  const text = (selectionOf(root)?.toString() || range.toString()).trim().slice(0, quotedCharactersMax)
  return text === '' ? null : { turnId, text }
}

function answerAround(node: Node): Element | null {
  const element = node instanceof Element ? node : node.parentElement
  return element?.closest('.answer') ?? null
}

/** What is selected in the root. Browsers disagree on how one learns what is selected within a shadow root. */
export function selectedRange(root: ShadowRoot): Range | undefined {
  const selection = selectionOf(root)
  if (!selection) return undefined
  if (typeof selection.getComposedRanges === 'function') {
    const [composed] = selection.getComposedRanges({ shadowRoots: [root] })
    if (!composed) return undefined
    const range = document.createRange()
    range.setStart(composed.startContainer, composed.startOffset)
    range.setEnd(composed.endContainer, composed.endOffset)
    return range
  }
  return selection.rangeCount > 0 ? selection.getRangeAt(0) : undefined
}

/** Chromium's own way comes first: what the document says of a selection stops at the shadow root there. */
function selectionOf(root: ShadowRoot): Selection | null {
  const own: unknown = Reflect.get(root, 'getSelection')
  const selection: unknown = typeof own === 'function' ? own.call(root) : null
  return selection instanceof Selection ? selection : document.getSelection()
}
