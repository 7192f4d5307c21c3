const letter = /\p{L}/u
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/

/**
 * The direction of a text by its first letter, or undefined where it has none. For what has more within it than text: `dir="auto"`
 * does not look into what has a direction of its own.
 */
export function directionOf(text: string): 'ltr' | 'rtl' | undefined {
  const [first] = letter.exec(text) ?? []
  if (first === undefined) return undefined
  return rightToLeft.test(first) ? 'rtl' : 'ltr'
}
