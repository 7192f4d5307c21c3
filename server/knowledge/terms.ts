/** Words of a text as a search compares them: small, without endings, without the words that say nothing. */

const stopWords = new Set(
  `a about all also am an and any are as at be because been but by can could did do does done for from get give had happen happens has have
  he her him his how i if in into is it its just know let me more most my no not now of on or our out please she should show so
  some tell than that the their them then there these they this those to too up us use was we were what when where which who why
  will with would you your explain say thing work`.split(/\s+/),
)

export function termsOf(text: string): string[] {
  const words =
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  return words.filter((word) => !stopWords.has(word)).map(stem)
}

/** A light stemmer for English: it only has to bring a word's common forms together, not to find a true stem. */
export function stem(word: string): string {
  if (word.length <= 3 || !/^[a-z]+$/.test(word)) return word
  const singular = withoutPlural(word)
  const bare = withoutEnding(singular)
  return bare.length > 3 && bare.endsWith('e') ? bare.slice(0, -1) : bare
}

function withoutPlural(word: string): string {
  if (word.endsWith('ies') && word.length > 4) return `${word.slice(0, -3)}y`
  if (/(?:s|x|z|ch|sh)es$/.test(word)) return word.slice(0, -2)
  return /[^siu]s$/.test(word) ? word.slice(0, -1) : word
}

function withoutEnding(word: string): string {
  const long = /^(.{4,})(?:ation|ator|ate)$/.exec(word)?.[1]
  if (long !== undefined) return long
  const short = /^(.*[aeiouy].*)(?:ing|ed)$/.exec(word)?.[1]
  if (short === undefined || short.length < 3) return word
  return /([^aeiouls])\1$/.test(short) ? short.slice(0, -1) : withoutEnding(short)
}
