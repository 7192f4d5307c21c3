import { describe, expect, test } from 'vitest'
import { readBorder, readFlex, readLength, readRadius, readRatio, readSpace, readSpacing } from './sizes.ts'
import { blockStyle, boxStyle, textStyle } from './styles.ts'

describe('sizes from the wire', () => {
  test('[WIDGET-12] a number is px for a size and four of them for a distance, both in rem', () => {
    expect(readLength(24)).toBe('1.5rem')
    expect(readLength(0)).toBe('0rem')
    expect(readSpace(3)).toBe('0.75rem')
    expect(readSpace(2.5)).toBe('0.625rem')
    expect(readLength('24')).toBe('1.5rem')
  })

  test.each([
    '12px',
    '1.5rem',
    '.5em',
    '100%',
    '50vh',
    'auto',
    'min-content',
    'calc(100% - 2rem)',
    'clamp(1rem, 5vw, 3rem)',
  ])('[WIDGET-12] %s is a size', (size) => {
    expect(readLength(size)).toBe(size)
  })

  test.each([
    -1,
    '-4px',
    NaN,
    Infinity,
    '1e9px',
    '99999999px',
    'var(--side)',
    'calc(var(--side) * 2)',
    'calc(env(safe-area-inset-top))',
    'attr(width)',
    'url(x)',
    'calc(1px); position: fixed',
    '1px\\9',
    'expression(1)',
    `calc(${'1px + '.repeat(100)}1px)`,
    true,
    null,
    {},
    [12],
  ])('[WIDGET-12] %j is no size', (size) => {
    expect(readLength(size)).toBeUndefined()
    expect(readSpace(size)).toBeUndefined()
  })

  test('[WIDGET-12] what is too large is as large as can be', () => {
    expect(readLength(1e12)).toBe('256rem')
    expect(readSpace(1e12)).toBe('32rem')
    expect(readBorder(1e12, () => 'red')).toEqual({ border: '32px solid red' })
  })

  test('[WIDGET-12] spacing is for all sides, as CSS writes them, or side by side, where a side wins over its pair', () => {
    expect(readSpacing('padding', 4)).toEqual({ padding: '1rem' })
    expect(readSpacing('margin', '0 auto 1rem')).toEqual({ margin: '0 auto 1rem' })
    expect(readSpacing('padding', { x: 2, left: 0, top: '3px' })).toEqual({
      paddingBlockStart: '3px',
      paddingInlineStart: '0rem',
      paddingInlineEnd: '0.5rem',
    })
    expect(readSpacing('margin', { top: -8 })).toEqual({})
    expect(readSpacing('margin', '1px -8px')).toEqual({})
    expect(readSpacing('margin', null)).toEqual({})
  })

  test('[WIDGET-12] borders: a number, one with colour and style, or side by side', () => {
    const colour = (value: unknown): string => (typeof value === 'string' ? value : 'grey')
    expect(readBorder(1, colour)).toEqual({ border: '1px solid grey' })
    expect(readBorder({ size: 2, color: 'red', style: 'dotted' }, colour)).toEqual({
      border: '2px dotted red',
    })
    expect(readBorder({ size: 2, style: 'url(x)' }, colour)).toEqual({ border: '2px solid grey' })
    expect(readBorder({ bottom: { size: 3 }, x: 1 }, colour)).toEqual({
      borderBlockEnd: '3px solid grey',
      borderInlineStart: '1px solid grey',
      borderInlineEnd: '1px solid grey',
    })
    expect(readBorder({ top: 'thick' }, colour)).toEqual({})
  })

  test('[WIDGET-12] corners, proportions and growing', () => {
    expect(readRadius('none')).toBe('0')
    expect(readRadius('full')).toBe('624rem')
    expect(readRadius('toString')).toBeUndefined()
    expect(readRatio('16/9')).toBe('16/9')
    expect(readRatio(1.5)).toBe('1.5')
    expect(readRatio('16/9; x')).toBeUndefined()
    expect(readFlex(1)).toBe('1')
    expect(readFlex('1 1 0%')).toBe('1 1 0%')
    expect(readFlex('1 1 url(x)')).toBeUndefined()
  })
})

describe('groups of properties', () => {
  test('[WIDGET-11] sizes set both sides, and what says more wins', () => {
    expect(blockStyle({ type: 'Box', size: 16, height: 32, maxSize: '50%', aspectRatio: 1 })).toEqual({
      inlineSize: '1rem',
      blockSize: '2rem',
      maxInlineSize: '50%',
      maxBlockSize: '50%',
      aspectRatio: '1',
    })
  })

  test('[WIDGET-11] a box has a layout', () => {
    const node = { type: 'Box', align: 'start', justify: 'between', wrap: 'wrap', flex: 2, gap: 1 }
    expect(boxStyle(node)).toEqual({
      alignItems: 'flex-start',
      justifyContent: 'space-between',
      flexWrap: 'wrap',
      flex: '2',
      gap: '0.25rem',
    })
  })

  test('[WIDGET-11] text has a look', () => {
    const node = {
      type: 'Text',
      weight: 'semibold',
      textAlign: 'end',
      maxLines: 2.7,
      minLines: 1,
      color: 'danger',
    }
    expect(textStyle(node)).toEqual({
      fontWeight: '600',
      textAlign: 'end',
      WebkitLineClamp: '2',
      minBlockSize: '1lh',
      color: 'var(--danger)',
    })
  })

  test('[WIDGET-14] null and values of the wrong type are as if they were not there', () => {
    const names = [
      'width',
      'height',
      'size',
      'align',
      'justify',
      'wrap',
      'flex',
      'gap',
      'padding',
      'margin',
      'border',
    ]
    for (const wrong of [null, true, [], { x: { y: 1 } }, 'constructor']) {
      const node = {
        type: 'Box',
        ...Object.fromEntries(names.map((name) => [name, wrong])),
        background: null,
        radius: 7,
      }
      expect(boxStyle(node)).toEqual({})
    }
    expect(
      textStyle({ type: 'Text', weight: 900, maxLines: '3', minLines: -1, color: 12, textAlign: 'left' }),
    ).toEqual({})
  })
})
