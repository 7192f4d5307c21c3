import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { createBookDocument } from './book-document.ts'
import type { BookDocument, BookWriter } from './books.ts'
import { readFrontMatter } from './front-matter.ts'
import { ingestFolder } from './ingest.ts'
import { splitDocument } from './passages.ts'

const keys = ['title', 'chapter']

describe('front matter', () => {
  test('[INGEST-1] plain and quoted texts of known keys are read, all else of other programs is passed over', () => {
    const text = `---
title: "A \\"quoted\\" title: with a colon"
chapter: '04-it''s' # not a comment inside
tags: [a, b]
sidebar:
  - title: nested
keywords:
- one
# a comment
---

# Text
`
    expect(() => readFrontMatter(text, keys)).toThrow('Line 3')
    const { values, text: rest } = readFrontMatter(text.replace(' # not a comment inside', ''), keys)
    expect([...values]).toEqual([
      ['title', 'A "quoted" title: with a colon'],
      ['chapter', "04-it's"],
    ])
    expect(rest).toBe('\n# Text\n')
    expect(readFrontMatter('---\r\ntitle: Plain words # why\r\n---\r\nText', keys)).toEqual({
      values: new Map([['title', 'Plain words']]),
      text: 'Text',
    })
  })

  test('[INGEST-1] what is not understood of a known key, or of the lines, is refused with its line', () => {
    for (const [wrong, reason] of [
      ['title: [a, b]', 'Line 2'],
      ['title: {a: b}', 'Line 2'],
      ['title: |\n  block', 'Line 2'],
      ['title: &anchor x', 'Line 2'],
      ['title: !!js/function x', 'Line 2'],
      ['title:', 'Line 2'],
      ['title: a: b', 'Line 2'],
      ['title: "open', 'Line 2'],
      ['title: a\ntitle: b', 'a second time'],
      ['other: x\nno key at all', 'Line 3'],
      [`title: ${'x'.repeat(400)}`, 'valueLengthMax'],
    ] as const) {
      expect(() => readFrontMatter(`---\n${wrong}\n---\n`, keys), wrong).toThrow(reason)
    }
  })

  test('[INGEST-1] a ruler at the beginning is none, and nothing is looked for without end', () => {
    const ruler = '---\n\nText without an end of it.\n'
    expect(readFrontMatter(ruler, keys)).toEqual({ values: new Map(), text: ruler })
    const endless = `---\n${'a: b\n'.repeat(200)}---\n`
    expect(readFrontMatter(endless, keys).values.size).toBe(0)
    expect(readFrontMatter('Text\n---\ntitle: x\n---\n', keys).values.size).toBe(0)
  })
})

describe('a document', () => {
  const of = (path: string, text = '# A\n\nText.\n', baseUrl: string | null = null): BookDocument =>
    createBookDocument({ path, text }, baseUrl)

  test('[INGEST-2] chapter and lesson are the first two steps of its path, unless its front matter says otherwise', () => {
    const places = [
      ['04-python/01-intro.md', '04-python', '01-intro'],
      ['chapter-04-python/lesson-01-intro.md', '04-python', '01-intro'],
      ['04-python/01-intro/more/deep.md', '04-python', '01-intro'],
      ['04-python/01-intro/README.md', '04-python', '01-intro'],
      ['04-python/index.md', '04-python', null],
      ['preface.md', null, null],
      ['README.md', null, null],
    ] as const
    for (const [path, chapter, lesson] of places) expect(of(path), path).toMatchObject({ chapter, lesson })
    const told = of('a/b.md', '---\ntitle: T\nchapter: 04-python\nlesson: "01-intro"\n---\nText\n')
    expect(told).toMatchObject({ chapter: '04-python', lesson: '01-intro', title: 'T', page: 'a/b' })
    expect(of('04-python/README.md').page).toBe('04-python')
  })

  test('[INGEST-2] its passages have a trail of headings and an address, where there is one', () => {
    const text = '# Guide\n\n## Use *it*\n\nLike so.\n'
    expect(of('a b/c.md', text, 'https://example.org/docs/').passages).toEqual([
      { heading: 'Use it', url: 'https://example.org/docs/a%20b/c#use-it', text: 'Like so.' },
    ])
    expect(of('a/c.md', text).passages).toMatchObject([{ url: null }])
    const own = of('a/c.md', `---\nurl: https://example.org/x\n---\n${text}`, 'https://example.com')
    expect(own.passages).toMatchObject([{ url: 'https://example.org/x#use-it' }])
    expect(() => of('a.md', '---\nurl: javascript:alert(1)\n---\n')).toThrow('https://')
  })

  test('[INGEST-2] a ruler behind the front matter hides nothing, and NUL is replaced', () => {
    const document = of('a.md', '---\ntitle: T\n---\n---\nhid\0den\n\n---\n\nend\n')
    expect(document.passages.map(({ text }) => text).join('\n')).toMatch(/hid\uFFFDden[^]*end/)
  })

  test('[KNOW-2] a line without an end is cut behind a word, and nothing of it is lost', () => {
    const line = Array.from({ length: 20_000 }, (_, index) => `word${index}`).join(' ')
    const passages = splitDocument({ path: 'a.md', text: `${line}\n\n${'😀'.repeat(6_000)}` })
    for (const { text } of passages) expect(text.length).toBeLessThanOrEqual(4_100)
    const all = passages.map(({ text }) => text).join(' ')
    for (const word of ['word0', 'word9999 word10000', 'word19999']) expect(all).toContain(word)
    expect(all.match(/😀/gu)).toHaveLength(6_000)
  })
})

describe('a folder', () => {
  const folders: string[] = []
  afterEach(async () => {
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true })
  })

  async function createFolder(files: Record<string, string | Uint8Array>): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'parley-book-'))
    folders.push(folder)
    for (const [path, contents] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), contents)
    }
    return folder
  }

  function createShelf() {
    const documents = new Map<string, BookDocument>()
    const writer: BookWriter = {
      async replaceDocument(_tenantId, _book, document) {
        const known = documents.get(document.path)?.checksum === document.checksum
        documents.set(document.path, document)
        return known ? 'unchanged' : 'written'
      },
      async keepOnly(_tenantId, _book, paths) {
        const gone = [...documents.keys()].filter((path) => !paths.includes(path))
        for (const path of gone) documents.delete(path)
        return gone.length
      },
    }
    return { documents, writer }
  }

  const book = { tenantId: 'default', book: 'book' }

  test('[INGEST-3] only what changed is written, what is gone is removed, and each file is told of', async () => {
    const folder = await createFolder({
      'b/2.md': '# Two\n\nText.',
      'a/1.md': '# One\n\nText.\n\n## More\n\nText.',
      '.git/x.md': 'hidden',
      'node_modules/x.md': 'not ours',
      'c.txt': 'no Markdown',
    })
    await symlink('/etc', join(folder, 'link'))
    const { documents, writer } = createShelf()
    const told: string[] = []
    const options = {
      ...book,
      folder,
      writer,
      onProgress: ({ done, total, path }: { done: number; total: number; path: string }) =>
        told.push(`${done}/${total} ${path}`),
    }
    expect(await ingestFolder(options)).toEqual({ written: 2, unchanged: 0, removed: 0, passages: 3 })
    expect(told).toEqual(['1/2 a/1.md', '2/2 b/2.md'])
    expect(await ingestFolder(options)).toEqual({ written: 0, unchanged: 2, removed: 0, passages: 0 })
    await writeFile(join(folder, 'a/1.md'), '# One\n\nOther text.')
    await rm(join(folder, 'b/2.md'))
    expect(await ingestFolder(options)).toEqual({ written: 1, unchanged: 0, removed: 1, passages: 1 })
    expect(await ingestFolder({ ...options, baseUrl: 'https://example.org' })).toMatchObject({ written: 1 })
    expect([...documents.keys()]).toEqual(['a/1.md'])
  })

  test('[INGEST-4] when anything is wrong, all of it is said and nothing is written', async () => {
    const folder = await createFolder({
      'a.md': '# A\n\nText.',
      'b.md': '---\ntitle: [x]\n---\n',
      'c.md': new Uint8Array([0x23, 0x20, 0xff, 0xfe]),
      'd.md': 'x'.repeat(200),
    })
    const { documents, writer } = createShelf()
    const failing = ingestFolder({ ...book, folder, writer, limits: { fileBytesMax: 100 } })
    await expect(failing).rejects.toThrow(
      /Nothing was written:\nb\.md: Line 2 .*\nc\.md: It is not UTF-8\.\nd\.md: .*fileBytesMax/s,
    )
    expect(documents.size).toBe(0)
  })

  test('[INGEST-4] a folder has limits, and each is named', async () => {
    const folder = await createFolder({ 'a/b/c.md': 'text', 'd.md': 'text', 'e.md': 'text' })
    const { writer } = createShelf()
    for (const limits of [{ filesMax: 2 }, { bookBytesMax: 10 }, { depthMax: 1 }]) {
      const [name = ''] = Object.keys(limits)
      await expect(ingestFolder({ ...book, folder, writer, limits }), name).rejects.toThrow(name)
    }
    const empty = await createFolder({ 'a.txt': 'text' })
    await expect(ingestFolder({ ...book, folder: empty, writer })).rejects.toThrow('no Markdown')
    await expect(ingestFolder({ ...book, book: '../x', folder, writer })).rejects.toThrow('name')
  })
})
