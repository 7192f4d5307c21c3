/// <reference types="node" />
/** Every locale file is checked by machine: `npx vitest run --project quick element/words/locales.test.ts -t de-DE`. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { english } from './english.ts'
import { matchLocale, translatedLocales } from './locales.ts'
import { loadWords } from './load-words.ts'
import { placesOf } from './words.ts'
import type { Messages, PluralForms } from './words.ts'

const names = readdirSync(join(import.meta.dirname, 'locales')).map((name) => name.replace(/\.ts$/, ''))
const files = translatedLocales.filter((tag) => names.includes(tag.toLowerCase())).toSorted()

type Key = keyof Messages
const keys = Object.keys(english) as Key[]

/** What is the same word in English and in some language that is written in Latin letters. */
const sameWords: ReadonlySet<Key> = new Set<Key>([
  'chat',
  'code',
  'composerLabel',
  'conversation',
  'danger',
  'dictate',
  'formula',
  'image',
  'imageOf',
  'mention',
  'mentions',
  'model',
  'notice',
  'question',
  'source',
  'sources',
  'stop',
  'suggestions',
  'table',
  'today',
  'quote',
  'reload',
  'widget',
  'clear',
  'next',
  'send',
])
/** In one language no more than this may be the same as in English. */
const sameWordsMax = 12

const scripts: Record<string, RegExp> = {
  Jpan: /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u,
  Kore: /\p{Script=Hangul}/u,
  Hans: /\p{Script=Han}/u,
  Hant: /\p{Script=Han}/u,
}

function letterOf(script: string): RegExp {
  return scripts[script] ?? new RegExp(`\\p{Script=${script}}`, 'u')
}

/** The texts of a message by their plural form; '' for a message that has none. */
function formsOf(message: string | PluralForms): [form: string, text: string][] {
  return typeof message === 'string' ? [['', message]] : Object.entries(message)
}

/** Whether the form is for one number only, which it may then say in words. */
function isOneNumber(tag: string, form: string): boolean {
  const rules = new Intl.PluralRules(tag)
  return (
    Array.from({ length: 1_001 }, (_, number) => number).filter((number) => rules.select(number) === form)
      .length === 1
  )
}

function problemsWith(tag: string, messages: Messages): string[] {
  const categories = new Intl.PluralRules(tag).resolvedOptions().pluralCategories.toSorted()
  const script = new Intl.Locale(tag).maximize().script ?? 'Latn'
  const isLatin = script === 'Latn'
  const letter = letterOf(script)
  const same = keys.filter((key) => JSON.stringify(messages[key]) === JSON.stringify(english[key]))
  const problems = keys.flatMap((key) => {
    const message: string | PluralForms = messages[key]
    const standard: string | PluralForms = english[key]
    const forms = formsOf(message)
    const found: string[] = []
    if (typeof message !== typeof standard) return [`${key}: one is a text, the other has plural forms`]
    if (typeof message !== 'string') {
      const own = forms.map(([form]) => form).toSorted()
      if (own.join() !== categories.join()) found.push(`has ${own.join()} and must have ${categories.join()}`)
    }
    const places = placesOf(typeof standard === 'string' ? standard : standard.other).toSorted()
    for (const [form, text] of forms) {
      const where = form === '' ? '' : `${form}: `
      const own = placesOf(text).toSorted()
      const saysItself = own.length === 0 && form !== '' && isOneNumber(tag, form)
      if (own.join() !== places.join() && !saysItself) found.push(`${where}has the places ${own.join()}`)
      const plain = text.replaceAll(/\{\w+\}/g, '')
      if (/[{}]/.test(plain)) found.push(`${where}has a brace that belongs to no place`)
      if (text.trim() === '' || text !== text.trim()) found.push(`${where}is empty or has spaces around it`)
      if (/[<>]|&\w+;|&#/.test(text)) found.push(`${where}looks like HTML`)
      if (!letter.test(plain)) found.push(`${where}has no letter of ${script}`)
      const foreign = (plain.match(/\p{L}/gu) ?? []).filter((own) => !letter.test(own) && /\p{L}/u.test(own))
      const isMostlyForeign = foreign.length > plain.length / 2
      if (isLatin ? foreign.length > 0 : isMostlyForeign)
        found.push(`${where}is written in other letters: ${text}`)
    }
    if (same.includes(key) && !(isLatin && sameWords.has(key))) found.push('is left in English')
    return found.map((problem) => `${key}: ${problem}`)
  })
  if (same.length > sameWordsMax) problems.push(`${same.length} messages are as in English`)
  const strange = Object.keys(messages).filter((key) => !Object.hasOwn(english, key))
  return [...problems, ...strange.map((key) => `${key}: there is no such message`)]
}

describe('the words in other languages', () => {
  it.each(files)('[LOCALE-2] %s says everything, in its own words, script and plural forms', async (tag) => {
    const { messages }: { messages: Messages } = await import(`./locales/${tag.toLowerCase()}.ts`)
    expect(problemsWith(tag, messages)).toEqual([])
  })

  it('[LOCALE-2] every file is one of the locales, and what is wrong with one is noticed', () => {
    const known = new Set(translatedLocales.map((tag) => tag.toLowerCase()))
    expect(names.filter((name) => !known.has(name))).toEqual([])
    expect(problemsWith('de-DE', english).filter((problem) => problem.startsWith('send: '))).toEqual([])
    expect(problemsWith('de-DE', english)).toContain('greeting: is left in English')
    const wrong: Messages = {
      ...english,
      skip: '',
      save: '<b>Speichern</b>',
      remove: 'Удалить',
      steps: { other: 'x' },
    }
    expect(problemsWith('de-DE', wrong)).toEqual(
      expect.arrayContaining([
        'skip: is empty or has spaces around it',
        'save: looks like HTML',
        'remove: is written in other letters: Удалить',
        'steps: has other and must have one,other',
        'steps: other: has the places ',
      ]),
    )
  })
})

describe('which locale it is', () => {
  it.each([
    [['de-DE'], 'de-DE'],
    [['de'], 'de-DE'],
    [['de_AT'], 'de-DE'],
    [['DE-ch'], 'de-DE'],
    [['fr-BE'], 'fr-FR'],
    [['fr-CA'], 'fr-CA'],
    [['es'], 'es-ES'],
    [['es-MX'], 'es-419'],
    [['es-US'], 'es-419'],
    [['es-419'], 'es-419'],
    [['es-PH'], 'es-ES'],
    [['pt'], 'pt-BR'],
    [['pt-AO'], 'pt-PT'],
    [['zh'], 'zh-CN'],
    [['zh-Hans-HK'], 'zh-CN'],
    [['zh-SG'], 'zh-CN'],
    [['zh-Hant'], 'zh-TW'],
    [['zh-Hant-HK'], 'zh-HK'],
    [['zh-MO'], 'zh-HK'],
    [['yue'], 'zh-HK'],
    [['no'], 'nb-NO'],
    [['nn-NO'], 'nb-NO'],
    [['fil-PH'], 'tl'],
    [['tl'], 'tl'],
    [['sr-Latn-RS'], 'sr-RS'],
    [['ar-EG'], 'ar'],
    [['pa-Guru-IN'], 'pa'],
    [['pa-Arab-PK'], undefined],
    [['tlh'], undefined],
    [['he'], undefined],
    [['not a tag', 'x', ''], undefined],
    [['he', 'en-GB', 'de'], 'en'],
    [['gsw', 'de-CH'], 'de-DE'],
  ])('[LOCALE-1] %j is spoken as %s', (wanted, file) => {
    expect(matchLocale(wanted)?.file).toBe(file)
  })

  it('[LOCALE-1] each of ChatKit’s 63 tags and their short forms is itself', () => {
    expect(translatedLocales.length).toBe(63)
    for (const tag of translatedLocales) expect(matchLocale([tag])?.file).toBe(tag)
    const languages = new Set(translatedLocales.map((tag) => tag.split('-')[0] ?? ''))
    for (const language of languages) expect(matchLocale([language])?.file.split('-')[0]).toBe(language)
  })

  it('[LOCALE-1] the page’s locale decides alone, and without it the first of the person’s languages that we speak', async () => {
    const asked = await loadWords('de-AT', ['fr'])
    expect([asked.send, asked.locale, asked.direction]).toEqual(['Senden', 'de-AT', 'ltr'])
    const unknown = await loadWords('tlh', ['de'])
    expect([unknown.send, unknown.direction]).toEqual(['Send', null])
    const persons = await loadWords(undefined, ['he', 'ar-EG', 'de'])
    expect([persons.send, persons.locale, persons.direction]).toEqual(['إرسال', 'ar-EG', 'rtl'])
  })

  it('[LOCALE-1] English is spoken as in the region that is asked for, and is there without loading', async () => {
    expect((await loadWords('en-GB', [])).locale).toBe('en-GB')
    expect((await loadWords('en-GB', [])).direction).toBe('ltr')
    expect((await loadWords(undefined, ['en-US'])).direction).toBe(null)
    expect((await loadWords('en-!', [])).send).toBe('Send')
    expect((await loadWords(undefined, [])).send).toBe('Send')
  })

  it('[LOCALE-2] what stands in a place is kept apart from text of the other direction, and numbers are the locale’s', async () => {
    const arabic = await loadWords('ar-EG', [])
    expect(arabic.uploading('a.txt')).toBe('جارٍ رفع \u2068a.txt\u2069')
    expect(arabic.sources(2)).toBe('مصدران')
    expect(arabic.sources(3)).toBe('٣ مصادر')
    expect((await loadWords('de', [])).questionOf(1, 2)).toBe('Frage 1 von 2')
  })
})
