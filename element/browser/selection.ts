import type { SelectedText } from './watch-selection.ts'

/** As `watchSelection`, which is loaded when something is selected for the first time. */
export function onSelection(root: ShadowRoot, tell: (selected: SelectedText | null) => void): () => void {
  let isOver = false
  let end = (): void => document.removeEventListener('selectionchange', begin)
  function begin(): void {
    end()
    void import('./watch-selection.ts').then(
      ({ watchSelection }) => {
        if (!isOver) end = watchSelection(root, tell)
      },
      // Nothing can be quoted then; everything else goes on.
      () => undefined,
    )
  }
  document.addEventListener('selectionchange', begin)
  return () => {
    isOver = true
    end()
  }
}
