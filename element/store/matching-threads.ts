import type { WireThread } from '../../server/contracts/chatkit/wire.ts'
import type { HistoryState } from './state.ts'

/** Those whose titles have all the words that are looked for, in any case and with or without accents. */
export function matchingThreads({ threads, query }: HistoryState, untitled: string): readonly WireThread[] {
  const words = plain(query)
    .split(/\s+/)
    .filter((word) => word !== '')
  if (words.length === 0) return threads
  return threads.filter((thread) => {
    const title = plain(thread.title ?? untitled)
    return words.every((word) => title.includes(word))
  })
}

function plain(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase()
}
