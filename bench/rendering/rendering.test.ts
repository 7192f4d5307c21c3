import { Lexer } from 'marked'
import { describe, expect, it } from 'vitest'
import { lastWords, makeAnswer, makeThread } from './answer.ts'
import { contestants } from './build-pages.ts'
import { renderingTable } from './rendering-table.ts'
import type { RenderingSample } from './rendering.ts'

describe('what is rendered', () => {
  it('[BENCH-12] an answer has all that answers are made of, its length, and an end that stands nowhere else', () => {
    const text = makeAnswer(20_000)
    expect(text.length).toBeGreaterThan(20_000)
    expect(text.length).toBeLessThan(23_000)
    expect(text.indexOf(lastWords)).toBe(text.length - lastWords.length)
    const types = new Set(new Lexer().lex(text).map(({ type }) => type))
    expect([...types].toSorted()).toEqual([
      'blockquote',
      'code',
      'heading',
      'list',
      'paragraph',
      'space',
      'table',
    ])
    expect(
      makeThread(10)
        .map(({ role }) => role)
        .join(' '),
    ).toBe('user assistant '.repeat(5).trim())
  })

  it('[BENCH-12] every figure stands beside the element’s, as so many times it', () => {
    const sample = (
      contestant: RenderingSample['contestant'],
      scriptMilliseconds: number,
    ): RenderingSample => ({
      scenario: 'answer',
      contestant,
      repetition: 1,
      openMilliseconds: 0,
      milliseconds: 1000,
      scriptMilliseconds,
      layoutMilliseconds: 1,
      taskMilliseconds: 1,
      frameMedian: 16.7,
      frame99: 20,
      frameMax: 30,
      heapMegabytes: 5,
      nodes: 100,
    })
    const table = renderingTable(
      contestants.map((contestant, place) => sample(contestant, 100 * (place + 1))),
    )
    const line = table.split('\n').find((each) => each.includes('script, ms'))
    expect(line?.trim().split(/ {2,}/)).toEqual(['script, ms', '100', '200 (2.0×)', '300 (3.0×)'])
    expect(table).not.toContain('open, ms')
  })
})
