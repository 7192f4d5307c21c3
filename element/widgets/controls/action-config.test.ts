import { describe, expect, it } from 'vitest'
import { readAction, readCardAction, showsFor } from './action-config.ts'

describe('actions as they come', () => {
  it('[WIDGET-34] an action has a type; the rest has defaults', () => {
    expect(readAction({ type: 'go' })).toEqual({ type: 'go', payload: null, handler: 'run', shows: 'auto' })
    expect([null, undefined, 'go', {}, { type: '' }, { type: {} }].map(readAction)).toEqual(
      Array(6).fill(null),
    )
    expect(readAction({ type: 'go', payload: { a: undefined, b: [1] } })?.payload).toEqual({ b: [1] })
  })

  it('[WIDGET-33] it is done at once when it is not streamed, also as a word', () => {
    const handlers = [false, 'false', true, 'true', undefined].map(
      (streaming) => readAction({ type: 'go', streaming })?.handler,
    )
    expect(handlers).toEqual(['at-once', 'at-once', 'run', 'run', 'run'])
    expect(readAction({ type: 'go', handler: 'client', streaming: false })?.handler).toBe('client')
    expect(readAction({ type: 'go', handler: 'elsewhere' })?.handler).toBe('run')
  })

  it('[WIDGET-35] what shows that it is being done is said, or follows from what was done', () => {
    const shows = (loadingBehavior: unknown, kind: 'click' | 'submit' | 'change' | 'confirm' | 'cancel') => {
      const config = readAction({ type: 'go', loadingBehavior })
      return config && showsFor(config, kind)
    }
    expect(shows('auto', 'click')).toBe('self')
    expect(shows('auto', 'submit')).toBe('self')
    expect(shows('auto', 'change')).toBe('none')
    expect(shows(null, 'confirm')).toBe('container')
    expect(shows('odd', 'cancel')).toBe('container')
    expect(shows('none', 'click')).toBe('none')
    expect(shows('container', 'change')).toBe('container')
  })

  it('[WIDGET-34] a card’s button has a label and an action', () => {
    expect(readCardAction({ label: 'Send', action: { type: 'go' } })).toEqual({
      label: 'Send',
      action: { type: 'go' },
    })
    expect([null, { action: {} }, { label: {} }].map(readCardAction)).toEqual([null, null, null])
  })
})
