/**
 * The languages that the element speaks beside English, each in a file of its own that is loaded when somebody wants it.
 * The tags are those of ChatKit 1.9.0 (`TranslatedLocale`).
 */
import { createWords } from './words.ts'
import type { Messages, Words } from './words.ts'

/** Their files are called the same, in small letters. Of a language's several, the first is for those who name no region that we know. */
export const translatedLocales: readonly string[] = (
  'am ar bg-BG bn-BD bs-BA ca-ES cs-CZ da-DK de-DE el-GR es-ES es-419 et-EE fi-FI fr-FR fr-CA gu-IN hi-IN hr-HR hu-HU hy-AM ' +
  'id-ID is-IS it-IT ja-JP ka-GE kk kn-IN ko-KR lt lv-LV mk-MK ml mn mr-IN ms-MY my-MM nb-NO nl-NL pa pl-PL pt-BR pt-PT ro-RO ' +
  'ru-RU sk-SK sl-SI so-SO sq-AL sr-RS sv-SE sw-TZ ta-IN te-IN th-TH tl tr-TR uk-UA ur vi-VN zh-CN zh-TW zh-HK'
).split(' ')

/** Languages that are written so much alike that one's words are the other's. */
const relatives: Readonly<Record<string, string>> = { no: 'nb', nn: 'nb', fil: 'tl', yue: 'zh-Hant-HK' }

/** Where Spanish and Portuguese are spoken as in Europe; elsewhere as in Latin America, and the other way round. */
const european = {
  es: ['ES', 'AD', 'EA', 'GI', 'GQ', 'IC', 'PH'],
  pt: ['PT', 'AO', 'CH', 'CV', 'FR', 'GQ', 'GW', 'LU', 'MO', 'MZ', 'ST', 'TL'],
}

/** The first of the tags that we speak, and how; undefined if it is none of them. English is spoken, too. */
export function matchLocale(wanted: readonly string[]): { wanted: string; file: string } | undefined {
  for (const tag of wanted) {
    const file = fileFor(tag)
    if (file !== undefined) return { wanted: tag, file }
  }
  return undefined
}

function fileFor(tag: string): string | undefined {
  const locale = readLocale(tag)
  if (locale === undefined) return undefined
  const { language, region } = locale
  if (language === 'en') return 'en'
  const script = scriptOf(locale)
  const files = translatedLocales.filter((file) => {
    const own = new Intl.Locale(file)
    // Serbs read both of their scripts.
    return languageOf(file) === language && (language === 'sr' || scriptOf(own) === script)
  })
  return files.find((file) => regionOf(file) === region) ?? regionalFile(locale, files)
}

function regionalFile({ language, region }: Intl.Locale, files: string[]): string | undefined {
  if (language === 'es' && region !== undefined && !european.es.includes(region)) return 'es-419'
  if (language === 'pt' && region !== undefined && european.pt.includes(region)) return 'pt-PT'
  if (language === 'zh' && region === 'MO') return 'zh-HK'
  return files[0]
}

function readLocale(tag: string): Intl.Locale | undefined {
  const [language = '', ...rest] = tag.replaceAll('_', '-').split('-')
  const related = relatives[language.toLowerCase()]
  try {
    return new Intl.Locale(related ?? [language, ...rest].join('-'))
  } catch {
    return undefined
  }
}

/** Not as `Intl.Locale` has it, for which `tl` is `fil`. */
function languageOf(file: string): string {
  const [language = ''] = file.split('-')
  return new Intl.Locale(language).language
}

function regionOf(file: string): string | undefined {
  return new Intl.Locale(file).region
}

function scriptOf(locale: Intl.Locale): string | undefined {
  return locale.maximize().script
}

/** Resolves with the words of a file. Dates and numbers are written as in the region that was asked for. */
export async function loadLocale({ wanted, file }: { wanted: string; file: string }): Promise<Words> {
  const { messages }: { messages: Messages } = await import(`./locales/${file.toLowerCase()}.ts`)
  const asked = readLocale(wanted)
  const own = new Intl.Locale(file)
  const isSame = asked?.language === own.language && scriptOf(asked) === scriptOf(own)
  return createWords(isSame ? asked.baseName : file, messages)
}
