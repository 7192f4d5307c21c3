import type { UserContent } from '../../server/contracts/chatkit/wire.ts'

/** A message and where its caret stood. */
export interface Edition {
  content: readonly UserContent[]
  caret: number
}

/** What can be undone, the newest last, and what can be done again. */
export interface EditHistory {
  undo: readonly Edition[]
  redo: readonly Edition[]
  /** Whether the newest change was a letter, so that the next one belongs to the same word. */
  isTyping: boolean
}

const editionsMax = 200

export const noHistory: EditHistory = { undo: [], redo: [], isTyping: false }

/** Notes how it was before a change. Letters in a row are one change, up to the end of their word. */
export function recordEdit(history: EditHistory, before: Edition, typed: string | null): EditHistory {
  const isTyping = typed !== null && !/\s/.test(typed)
  if (isTyping && history.isTyping) return { ...history, redo: [] }
  return { undo: [...history.undo, before].slice(-editionsMax), redo: [], isTyping }
}

/** The edition to go back to, and the history from there. */
export function undoEdit(
  history: EditHistory,
  now: Edition,
): { edition: Edition; history: EditHistory } | null {
  const edition = history.undo.at(-1)
  if (edition === undefined) return null
  return {
    edition,
    history: { undo: history.undo.slice(0, -1), redo: [...history.redo, now], isTyping: false },
  }
}

export function redoEdit(
  history: EditHistory,
  now: Edition,
): { edition: Edition; history: EditHistory } | null {
  const edition = history.redo.at(-1)
  if (edition === undefined) return null
  return {
    edition,
    history: { undo: [...history.undo, now], redo: history.redo.slice(0, -1), isTyping: false },
  }
}
