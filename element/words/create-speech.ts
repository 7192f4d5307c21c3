/** The words of one element, which may change while it lives. */
import { loadWords } from './load-words.ts'
import { englishWords } from './words.ts'
import type { Words } from './words.ts'

export interface Speech {
  words(): Words
  /** Whether the words are those that were asked for last. */
  isSettled(): boolean
  /** Asks for a locale, as the option `locale` has it. Costs nothing while it stays the same; the one asked for last counts. */
  follow(locale: string | undefined): void
  /** What is still on its way is not waited for. */
  stop(): void
}

/** @param onChange Called when there are other words. */
export function createSpeech(onChange: () => void, load: typeof loadWords = loadWords): Speech {
  let words = englishWords
  let asked: { locale: string | undefined } | undefined
  let isSettled = false
  return {
    words: () => words,
    isSettled: () => isSettled,
    follow(locale) {
      if (asked !== undefined && asked.locale === locale) return
      const request = { locale }
      asked = request
      isSettled = false
      void load(locale).then((loaded) => {
        if (asked !== request) return
        words = loaded
        isSettled = true
        onChange()
      })
    },
    stop() {
      asked = undefined
    },
  }
}
