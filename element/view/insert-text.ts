/** What an input that is no text field is told to take in; it then prevents the default. */
export const insertTextEvent = 'parley-insert-text'

/**
 * Puts text into the composer, where the caret is or was, parted from the word before it, and leaves the caret behind it. It can
 * be undone like what is typed.
 */
export function insertText(near: Element, text: string): void {
  const root = near.getRootNode()
  const input = root instanceof ShadowRoot ? root.querySelector<HTMLElement>('#composer') : null
  if (input === null) return
  input.focus()
  const event = new CustomEvent(insertTextEvent, { detail: text, cancelable: true })
  if (!input.dispatchEvent(event) || !(input instanceof HTMLTextAreaElement)) return
  const apart = `${partBehind(input.value.slice(0, input.selectionStart))}${text}`
  // The newer way, `setRangeText`, cannot be undone.
  if (document.execCommand('insertText', false, apart)) return
  input.setRangeText(apart, input.selectionStart, input.selectionEnd, 'end')
  input.dispatchEvent(new InputEvent('input', { bubbles: true }))
}

/** What parts a text from one that comes behind it. */
export function partBehind(before: string): string {
  return before === '' || /\s$/.test(before) ? '' : ' '
}
