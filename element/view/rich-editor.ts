/**
 * An editable element whose content is text and mentions:
 *
 *   native editing ──input──▶ read the document ─┐
 *                                                ├─▶ note what can be undone ─▶ tell the store
 *   our own edits ──replace──▶ write it anew ────┘
 *
 * Letters, deletions and input methods are the browser's business; lines, pasting, mentions and undoing are ours, so that the
 * same happens everywhere. The store is told at once, so what it holds and what stands here differ only when somebody else has
 * written into the composer.
 */
import type { UserContent } from '../../server/contracts/chatkit/wire.ts'
import { contentText, textContent } from '../store/composer.ts'
import { noHistory, recordEdit, redoEdit, undoEdit } from '../store/edit-history.ts'
import type { EditHistory, Edition } from '../store/edit-history.ts'
import { contentLength, isSameContent, replaceContent, sliceContent } from '../store/rich-text.ts'
import { insertTextEvent, partBehind } from './insert-text.ts'
import { isPlainDocument, readDocument, readSelection, setCaret, writeDocument } from './rich-document.ts'

type Content = readonly UserContent[]
type Tag = Extract<UserContent, { type: 'input_tag' }>

export interface RichEditorParts {
  /** Told after every change, and when the caret moves. */
  onContent: (content: Content) => void
  onCaret: () => void
  canClick: (tag: Tag) => boolean
}

/** Lives as long as its element listens. */
export class RichEditor {
  readonly #root: HTMLElement
  readonly #parts: RichEditorParts
  readonly #leaving: AbortController = new AbortController()
  #now: Edition = { content: [], caret: 0 }
  #history: EditHistory = noHistory
  #isComposing = false

  constructor(root: HTMLElement, parts: RichEditorParts) {
    this.#root = root
    this.#parts = parts
    const { signal } = this.#leaving
    root.addEventListener('input', (event) => this.#onInput(event), { signal })
    root.addEventListener('beforeinput', (event) => this.#onBeforeInput(event), { signal })
    root.addEventListener('keydown', (event) => this.#onKeyDown(event), { signal })
    root.addEventListener('paste', (event) => this.#onPaste(event), { signal })
    root.addEventListener('compositionstart', () => (this.#isComposing = true), { signal })
    root.addEventListener('compositionend', (event) => this.#onComposed(event), { signal })
    root.addEventListener(insertTextEvent, (event) => this.#onInsertText(event), { signal })
    root.addEventListener('focus', () => setCaret(root, this.#now.caret), { signal })
    document.addEventListener('selectionchange', () => this.#onSelection(), { signal })
  }

  get content(): Content {
    return this.#now.content
  }

  get caret(): number {
    return this.#now.caret
  }

  /** Takes over what somebody else has written. */
  show(content: Content): void {
    if (this.#isComposing || isSameContent(content, this.content)) return
    this.#history = content.length === 0 ? noHistory : recordEdit(this.#history, this.#now, null)
    this.#write({ content, caret: contentLength(content) })
  }

  /** Puts something in the place of what lies between two places, and the caret behind it. */
  replace(start: number, end: number, by: Content): void {
    this.#history = recordEdit(this.#history, this.#now, null)
    const content = replaceContent(this.content, { start, end, by })
    this.#write({ content, caret: start + contentLength(by) })
    this.#tell()
  }

  focus(): void {
    this.#root.focus()
  }

  dispose(): void {
    this.#leaving.abort()
  }

  #write(edition: Edition): void {
    this.#now = edition
    writeDocument(this.#root, edition.content, this.#parts.canClick)
    if (this.#root.matches(':focus')) setCaret(this.#root, edition.caret)
    // The caret at the end is to be seen when the text is higher than the field.
    if (edition.caret === contentLength(edition.content)) this.#root.scrollTop = this.#root.scrollHeight
  }

  #tell(): void {
    this.#parts.onContent(this.content)
    this.#parts.onCaret()
  }

  #selection(): { start: number; end: number } {
    return readSelection(this.#root) ?? { start: this.caret, end: this.caret }
  }

  #insert(text: string): void {
    const { start, end } = this.#selection()
    this.replace(start, end, textContent(text))
  }

  #travel(found: ReturnType<typeof undoEdit>): void {
    if (found === null) return
    this.#history = found.history
    this.#write(found.edition)
    this.#tell()
  }

  /** Takes over what the browser has done. */
  #onInput(event: Event): void {
    const isTyped = event instanceof InputEvent && /^insert.*Text$/.test(event.inputType)
    const content = readDocument(this.#root)
    const caret = readSelection(this.#root)?.end ?? contentLength(content)
    if (!isSameContent(content, this.content)) {
      this.#history = recordEdit(this.#history, this.#now, isTyped ? (event.data ?? '') : null)
    }
    this.#now = { content, caret }
    if (this.#isComposing) return this.#parts.onContent(content)
    // Some browsers leave a break behind in what is empty, and then it does not look empty.
    const isOdd = content.length === 0 && this.#root.firstChild !== null
    if (isOdd || !isPlainDocument(this.#root)) this.#write(this.#now)
    this.#tell()
  }

  #onComposed(event: Event): void {
    this.#isComposing = false
    this.#onInput(event)
  }

  #onBeforeInput(event: InputEvent): void {
    if (this.#isComposing) return
    const { inputType } = event
    if (inputType === 'insertParagraph' || inputType === 'insertLineBreak') this.#insert('\n')
    else if (inputType === 'historyUndo') this.#travel(undoEdit(this.#history, this.#now))
    else if (inputType === 'historyRedo') this.#travel(redoEdit(this.#history, this.#now))
    else if (inputType === 'deleteContentBackward' && this.#isBesideTag(-1))
      this.replace(this.caret - 1, this.caret, [])
    else if (inputType === 'deleteContentForward' && this.#isBesideTag(0))
      this.replace(this.caret, this.caret + 1, [])
    else if (!inputType.startsWith('format')) return
    event.preventDefault()
  }

  /** Browsers do not agree on how a mention is deleted. */
  #isBesideTag(offset: number): boolean {
    const { start, end } = this.#selection()
    if (start !== end) return false
    this.#now = { ...this.#now, caret: end }
    const [beside] = sliceContent(this.content, end + offset, end + offset + 1)
    return beside?.type === 'input_tag'
  }

  /** The browser's own undoing knows nothing of what we have written, so it is not asked. */
  #onKeyDown(event: KeyboardEvent): void {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return
    const key = event.key.toLowerCase()
    if (key !== 'z' && (key !== 'y' || event.metaKey)) return
    event.preventDefault()
    const travel = key === 'y' || event.shiftKey ? redoEdit : undoEdit
    this.#travel(travel(this.#history, this.#now))
  }

  /** Files are taken before this is asked. */
  #onPaste(event: ClipboardEvent): void {
    if (event.defaultPrevented) return
    event.preventDefault()
    const text = event.clipboardData?.getData('text/plain').replaceAll(/\r\n?/g, '\n') ?? ''
    if (text !== '') this.#insert(text)
  }

  #onInsertText(event: Event): void {
    if (!(event instanceof CustomEvent) || typeof event.detail !== 'string') return
    event.preventDefault()
    const before = contentText(sliceContent(this.content, 0, this.#selection().end))
    this.#insert(`${partBehind(before)}${event.detail}`)
  }

  #onSelection(): void {
    if (this.#isComposing || !this.#root.matches(':focus')) return
    const end = readSelection(this.#root)?.end
    if (end === undefined || end === this.caret) return
    this.#now = { ...this.#now, caret: end }
    this.#parts.onCaret()
  }
}
