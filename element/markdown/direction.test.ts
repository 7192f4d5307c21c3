import { expect, it } from 'vitest'
import { directionOf } from './direction.ts'

it('[MARKDOWN-19] what has more within it than text goes by its first letter', () => {
  expect(directionOf('> Shoes matter')).toBe('ltr')
  expect(directionOf('> 12. الأحذية first')).toBe('rtl')
  expect(directionOf('**שלום** hello')).toBe('rtl')
  expect(directionOf('1 | 2')).toBe(undefined)
})
