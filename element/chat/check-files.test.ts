import { describe, expect, it } from 'vitest'
import { englishWords } from '../words/words.ts'
import { checkFiles, pickerKinds, sizeWords } from './check-files.ts'

const file = (name: string, type: string, bytes: number): File =>
  new File([new Uint8Array(bytes)], name, { type })
const check = (files: File[], present: number, options: object) =>
  checkFiles(files, present, { options: { enabled: true, ...options }, words: englishWords })

describe('which files may go with a message', () => {
  it('[COMPOSER-2] the pattern that says most about a type has its size, and the rest 100 MiB', () => {
    const maxSize = { 'image/png': 4, 'image/*': 3, '*': 2 }
    const taken = (type: string, bytes: number, sizes: object = { maxSize }): boolean =>
      check([file('a', type, bytes)], 0, sizes).taken.length === 1
    expect([taken('image/png', 4), taken('image/png', 5)]).toEqual([true, false])
    expect([taken('image/gif', 3), taken('image/gif', 4)]).toEqual([true, false])
    expect([taken('text/plain', 2), taken('', 3)]).toEqual([true, false])
    expect([taken('a/b', 2, { maxSize: 2 }), taken('a/b', 3, { maxSize: 2 })]).toEqual([true, false])
    expect(taken('a/b', 3, { maxSize: { 'text/*': 1 } })).toBe(true)
    expect(taken('a/b', 3, { maxSize: { '': 2 } })).toBe(false)
    const huge = new Proxy(file('huge', '', 0), {
      get: (at, name) => (name === 'size' ? 100 * 2 ** 20 + 1 : Reflect.get(at, name, at)),
    })
    expect(check([huge], 0, {}).refusals).toEqual(['huge is larger than 100 MB.'])
  })

  it('[COMPOSER-2] a file is known by its type or by the end of its name', () => {
    const accept = { 'image/*': [], 'text/csv': ['.csv'], 'application/json': ['.JSON'] }
    const named = [
      file('a.CSV', '', 1),
      file('b', 'image/webp', 1),
      file('c.json', 'text/json', 1),
      file('d.svgx', 'text/plain', 1),
    ]
    const { taken, refusals } = check(named, 0, { accept })
    expect(taken.map(({ name }) => name)).toEqual(['a.CSV', 'b', 'c.json'])
    expect(refusals).toEqual(['d.svgx is of a kind that is not taken here.'])
    expect(pickerKinds({ enabled: true, accept: { ...accept, '*/*': [] } })).toBe(
      'image/*,text/csv,.csv,application/json,.JSON',
    )
    expect(pickerKinds({ enabled: true })).toBe('')
  })

  it('[COMPOSER-2] no more than ten, or than the page says, those that are there already among them', () => {
    const many = Array.from({ length: 12 }, (_, number) => file(`${number}`, '', 1))
    expect(check(many, 0, {}).taken).toHaveLength(10)
    expect(check(many, 2, { maxCount: 3 })).toMatchObject({
      taken: [{ name: '0' }],
      refusals: ['At most 3 files can go with a message.'],
    })
  })

  it('[COMPOSER-2] sizes are said as people say them', () => {
    const sizes = [0, 1, 1023, 1024, 1.5 * 2 ** 20, 3 * 2 ** 40].map((bytes) => sizeWords(bytes, 'en'))
    expect(sizes).toEqual(['0 bytes', '1 byte', '1,023 bytes', '1 kB', '1.5 MB', '3,072 GB'])
    expect(sizeWords(1.5 * 2 ** 20, 'de')).toBe('1,5 MB')
  })
})
