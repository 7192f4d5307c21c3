/** Which words the element speaks. English is part of it; every other language is loaded from beside it. */
import { english } from './english.ts'
import { createWords, englishWords } from './words.ts'
import type { Words } from './words.ts'

/**
 * Resolves with the words of the locale, or else of the first of the person's languages that we speak; English where we speak
 * none of them, or where the words cannot be had. Never rejects.
 *
 * @param locale The option of the page: it alone decides. Without it the person's languages do.
 */
export async function loadWords(
  locale: string | undefined,
  languages: readonly string[] = globalThis.navigator?.languages ?? [],
): Promise<Words> {
  const wanted = locale === undefined ? languages : [locale]
  const [first] = wanted
  if (first === undefined) return englishWords
  if (/^en\b/i.test(first)) return englishFor(first, locale)
  try {
    const { matchLocale, loadLocale } = await import('./locales.ts')
    const match = matchLocale(wanted)
    if (match === undefined) return englishWords
    return match.file === 'en' ? englishFor(match.wanted, locale) : await loadLocale(match)
  } catch {
    return englishWords
  }
}

function englishFor(tag: string, locale: string | undefined): Words {
  try {
    const words = createWords(tag.replaceAll('_', '-'), english)
    // A person's English says nothing about how the page around is laid out.
    return locale === undefined ? { ...words, direction: null } : words
  } catch {
    return englishWords
  }
}
