import { describe, expect, it } from 'vitest'
import { numberSources } from '../markdown/markers.ts'
import { reducePreview } from '../store/preview.ts'
import { groupSources, sourceDate, sourceEntity, sourceOrigin } from './read-source.ts'
import type { Source } from './read-source.ts'

const url = (title: string, group?: string): Source => ({
  type: 'url',
  title,
  url: `https://www.example.org/${title}`,
  ...(group === undefined ? {} : { group }),
})
const annotations = (...sources: Source[]) =>
  sources.map((source) => ({ type: 'annotation' as const, source }))

describe('sources', () => {
  it('[MARKDOWN-17] stand in groups in the order of their first', () => {
    const sources = numberSources(
      annotations(url('a', 'One'), url('b'), url('c', 'Two'), url('d', 'One'), url('e')),
    )
    expect(
      groupSources(sources).map(({ name, sources: own }) => [name, own.map(({ number }) => number)]),
    ).toEqual([
      ['One', [1, 4]],
      [null, [2, 5]],
      ['Two', [3]],
    ])
  })

  it('[MARKDOWN-17] say where they are from and of when they are', () => {
    expect(sourceOrigin(url('a'))).toBe('example.org')
    expect(sourceOrigin({ type: 'url', title: 'a', url: 'nonsense' })).toBeUndefined()
    expect(sourceOrigin({ type: 'url', title: 'a', url: 'https://x.example', attribution: 'The X' })).toBe(
      'The X',
    )
    expect(sourceOrigin({ type: 'file', title: 'Report', filename: 'report.pdf' })).toBe('report.pdf')
    expect(sourceOrigin({ type: 'file', title: 'report.pdf', filename: 'report.pdf' })).toBeUndefined()
    expect(sourceDate('2026-03-04T12:00:00Z', 'en')).toBe('Mar 4, 2026')
    expect(sourceDate('last spring', 'en')).toBe('last spring')
  })

  it('[MARKDOWN-18] an entity is given to the page as the page knows entities', () => {
    const entity = sourceEntity({
      type: 'entity',
      id: '7',
      title: 'Order 7',
      interactive: true,
      icon: 'cube',
      data: { state: 'sent', items: 2 },
    })
    expect(entity).toEqual({
      id: '7',
      title: 'Order 7',
      interactive: true,
      icon: 'cube',
      data: { state: 'sent', items: '2' },
    })
  })

  it('[MARKDOWN-18] a preview that comes too late, or with nothing, is not shown', () => {
    const entity = { id: '7', title: 'Order 7' }
    const asked = reducePreview(null, { type: 'preview-asked', place: 'a', entity })
    const widget = { type: 'Basic' }
    expect(reducePreview(asked, { type: 'preview-arrived', place: 'a', widget })?.widget).toBe(widget)
    expect(reducePreview(asked, { type: 'preview-arrived', place: 'b', widget })).toBe(asked)
    expect(reducePreview(asked, { type: 'preview-arrived', place: 'a', widget: null })).toBeNull()
    expect(reducePreview(null, { type: 'preview-arrived', place: 'a', widget })).toBeNull()
    expect(reducePreview(asked, { type: 'preview-closed' })).toBeNull()
  })
})
