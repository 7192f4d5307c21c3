/**
 * A table of messages made sayable: a text stays a text, one with places for values becomes a function of them, in the order
 * of the English text.
 */
import { english } from './english.ts'

type English = typeof english
type Key = keyof English

/** For each form that the language's numbers take. */
export type PluralForms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }

/** What a locale says, as plain data. */
export type Messages = { readonly [K in Key]: English[K] extends string ? string : PluralForms }

type Places<Text> = Text extends `${string}{${string}}${infer Rest}`
  ? [value: string | number, ...Places<Rest>]
  : []

type Said<Message> = Message extends string
  ? Places<Message> extends []
    ? string
    : (...values: Places<Message>) => string
  : (count: number) => string

export type Words = { readonly [K in Key]: Said<English[K]> } & {
  /** As a language tag. */
  readonly locale: string
  /** How the language is written; null for words that are only there for want of others, which go with the page. */
  readonly direction: 'ltr' | 'rtl' | null
}

const place = /\{(\w+)\}/g
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/

/** @param locale How dates and numbers are written, and which plural forms there are. */
export function createWords(locale: string, messages: Messages): Words {
  const plural = new Intl.PluralRules(locale)
  const number = new Intl.NumberFormat(locale)
  const isRightToLeft = rightToLeft.test(messages.send)
  // What is written in the other direction is to change nothing around it.
  const shown = (value: string | number): string => {
    if (typeof value === 'number') return number.format(value)
    return isRightToLeft || rightToLeft.test(value) ? `\u2068${value}\u2069` : value
  }

  function said(message: string | PluralForms, standard: string | PluralForms): unknown {
    if (typeof message !== 'string') {
      return (count: number) =>
        (message[plural.select(count)] ?? message.other).replace(place, () => number.format(count))
    }
    const names = typeof standard === 'string' ? placesOf(standard) : []
    if (names.length === 0) return message
    return (...values: (string | number)[]) =>
      message.replace(place, (all, name: string) => {
        const value = values[names.indexOf(name)]
        return value === undefined ? all : shown(value)
      })
  }

  const keys = Object.keys(english) as Key[]
  const entries = keys.map((key) => [key, said(messages[key], english[key])])
  // Each message became what its English text makes of it, which `Said` says to the compiler.
  const spoken = Object.fromEntries(entries) as Omit<Words, 'locale' | 'direction'>
  return { ...spoken, locale, direction: isRightToLeft ? 'rtl' : 'ltr' }
}

/** The names of the places for values, in their order. */
export function placesOf(message: string): string[] {
  return [...message.matchAll(place)].flatMap(([, name]) => name ?? [])
}

export const englishWords: Words = { ...createWords('en', english), direction: null }
