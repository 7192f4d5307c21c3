import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { UserContent } from '../../server/contracts/chatkit/wire.ts'
import { contentText, joinedContent } from './composer.ts'
import { matchesQuery, nextActive, commandEntry, entityEntry, groupedEntries } from './composer-menu.ts'
import { noHistory, recordEdit, redoEdit, undoEdit } from './edit-history.ts'
import { contentLength, isSameContent, replaceContent, sliceContent, triggerAt } from './rich-text.ts'

const tag = (id: string): UserContent => ({ type: 'input_tag', id, text: id, data: {}, interactive: false })
const text = (said: string): UserContent => ({ type: 'input_text', text: said })
const contents = fc
  .array(fc.oneof(fc.string().map(text), fc.constantFrom('ada', 'alan').map(tag)), { maxLength: 6 })
  .map(joinedContent)

describe('rich text', () => {
  it('[COMPOSER-11] a piece that is cut out and put back changes nothing', () => {
    fc.assert(
      fc.property(contents, fc.nat(), fc.nat(), (content, one, other) => {
        const length = contentLength(content)
        const [start = 0, end = 0] = [one % (length + 1), other % (length + 1)].toSorted((a, b) => a - b)
        const piece = sliceContent(content, start, end)
        expect(contentLength(piece)).toBe(end - start)
        const without = replaceContent(content, { start, end, by: [] })
        expect(contentLength(without)).toBe(length - (end - start))
        expect(isSameContent(replaceContent(without, { start, end: start, by: piece }), content)).toBe(true)
      }),
    )
  })

  it.each([
    ['@', 1, { sign: '@', start: 0, query: '' }],
    ['Ask @ad', 7, { sign: '@', start: 4, query: 'ad' }],
    ['Ask @ada lo', 11, { sign: '@', start: 4, query: 'ada lo' }],
    ['Ask @ada', 5, { sign: '@', start: 4, query: '' }],
    ['line\n/do', 8, { sign: '/', start: 5, query: 'do' }],
    ['me@example', 10, null],
    ['and/or', 6, null],
    ['a / b', 5, null],
    ['@ a', 3, null],
    ['@a\nb', 4, null],
  ])('[COMPOSER-9] [COMPOSER-10] what is typed in %j up to place %i', (said, caret, expected) => {
    expect(triggerAt([text(said)], caret, '@/')).toEqual(expected)
  })

  it('[COMPOSER-9] right behind a mention nothing begins, and only signs that the page knows count', () => {
    expect(triggerAt([tag('ada'), text('@b')], 3, '@')).toBe(null)
    expect(triggerAt([tag('ada'), text(' @b')], 4, '@')).toEqual({ sign: '@', start: 2, query: 'b' })
    expect(triggerAt([text('@b')], 2, '/')).toBe(null)
    expect(triggerAt([tag('ada')], 1, '@/')).toBe(null)
  })
})

describe('the menu', () => {
  it('[COMPOSER-10] entries are found by the beginnings of their words and of their group’s', () => {
    const entry = commandEntry({ id: 'x', label: 'Search the web', group: 'Tools' })
    for (const query of ['', 'sea', 'WEB', 'tools sea', 'the-we'])
      expect(matchesQuery(entry, query)).toBe(true)
    for (const query of ['earch', 'web x']) expect(matchesQuery(entry, query)).toBe(false)
  })

  it('[COMPOSER-9] groups stand together, and the keyboard goes round them past what cannot be chosen', () => {
    const entries = groupedEntries([
      entityEntry({ id: '1', title: '1', group: 'A' }),
      { ...entityEntry({ id: '2', title: '2', group: 'B' }), disabled: true },
      entityEntry({ id: '3', title: '3', group: 'A' }),
    ])
    expect(entries.map(({ label }) => label)).toEqual(['1', '3', '2'])
    expect(nextActive(entries, -1, 1)).toBe(0)
    expect(nextActive(entries, 1, 1)).toBe(0)
    expect(nextActive(entries, 0, -1)).toBe(1)
    expect(nextActive([], -1, 1)).toBe(-1)
  })
})

describe('undoing', () => {
  it('[COMPOSER-11] goes back word by word, forth again, and no further than to the beginning', () => {
    let now = { content: [] as UserContent[], caret: 0 }
    let history = noHistory
    for (const letter of 'to be') {
      history = recordEdit(history, now, letter)
      now = { content: [text(contentText(now.content) + letter)], caret: now.caret + 1 }
    }
    const seen: string[] = []
    for (let found = undoEdit(history, now); found !== null; found = undoEdit(history, now)) {
      ;({ history } = found)
      now = { content: [...found.edition.content], caret: found.edition.caret }
      seen.push(contentText(now.content))
    }
    expect(seen).toEqual(['to ', 'to', ''])
    for (let found = redoEdit(history, now); found !== null; found = redoEdit(history, now)) {
      ;({ history } = found)
      now = { content: [...found.edition.content], caret: found.edition.caret }
    }
    expect(contentText(now.content)).toBe('to be')
  })
})
