import { expect, test } from 'vitest'
import { createSpeech } from './create-speech.ts'
import { englishWords } from './words.ts'
import type { Words } from './words.ts'

test('[LOCALE-3] of several locales the one that was asked for last is spoken, whichever arrives last', async () => {
  const arrive = new Map<string | undefined, (words: Words) => void>()
  let changes = 0
  const speech = createSpeech(
    () => (changes += 1),
    (locale) => new Promise((resolve) => arrive.set(locale, resolve)),
  )
  speech.follow('de')
  speech.follow('fr')
  speech.follow('fr')
  expect([arrive.size, speech.isSettled(), speech.words().locale]).toEqual([2, false, 'en'])
  arrive.get('fr')?.({ ...englishWords, locale: 'fr' })
  await Promise.resolve()
  arrive.get('de')?.({ ...englishWords, locale: 'de' })
  await Promise.resolve()
  expect([changes, speech.isSettled(), speech.words().locale]).toEqual([1, true, 'fr'])
})
