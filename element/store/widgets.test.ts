import { describe, expect, it } from 'vitest'
import { enteredValue, reduceWidgets, untouchedWidget, widgetStateOf } from './widgets.ts'
import type { WidgetEvent, WidgetState } from './widgets.ts'

function play(events: WidgetEvent[]): WidgetState {
  return widgetStateOf(events.reduce(reduceWidgets, {}), 'w')
}
const acting = { type: 'widget-acting', itemId: 'w', acting: { path: '/b', shows: 'self' } } as const

describe('what a widget keeps', () => {
  it('[WIDGET-38] what was entered stays until the agent gives the field something else to hold', () => {
    const { values } = play([
      { type: 'widget-entered', itemId: 'w', field: '#name', entered: { value: 'Ada', initial: '' } },
    ])
    expect(enteredValue(values, '#name', '')).toBe('Ada')
    expect(enteredValue(values, '#name', 'Grace')).toBe('Grace')
    expect(enteredValue(values, '#other', 'x')).toBe('x')
    expect(enteredValue(values, 'constructor', 'x')).toBe('x')
  })

  it('[WIDGET-38] an id that every object has by itself is an id like any other', () => {
    expect(widgetStateOf({}, 'constructor')).toBe(untouchedWidget)
    expect(widgetStateOf({}, '__proto__')).toBe(untouchedWidget)
  })

  it('[WIDGET-35] an action is being done from its beginning to its end', () => {
    expect(play([acting]).acting).toEqual([acting.acting])
    const ended = play([acting, { type: 'widget-acted', itemId: 'w', path: '/b', doneCard: null }])
    expect(ended).toEqual(untouchedWidget)
  })

  it('[WIDGET-44] a card whose main action is done is folded again, and only then', () => {
    const unfolded: WidgetEvent = { type: 'widget-unfolded', itemId: 'w', path: '' }
    const ended: WidgetEvent = { type: 'widget-acted', itemId: 'w', path: '/b', doneCard: '' }
    expect(play([unfolded, acting, ended])).toMatchObject({ done: [''], unfolded: [] })
    expect(play([unfolded, acting, { ...ended, doneCard: null }])).toMatchObject({ done: [], unfolded: [''] })
    // It was begun before the conversation was left.
    expect(reduceWidgets({}, ended)).toEqual({})
  })

  it('[WIDGET-41] what is open over a widget is opened and closed', () => {
    const popup = { field: '#a', query: '', active: 'x' }
    expect(play([{ type: 'widget-popup', itemId: 'w', popup }]).popup).toBe(popup)
    const closed: WidgetEvent = { type: 'widget-popup', itemId: 'w', popup: null }
    expect(play([{ type: 'widget-popup', itemId: 'w', popup }, closed]).popup).toBeNull()
  })
})
