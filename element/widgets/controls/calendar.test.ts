import { describe, expect, it } from 'vitest'
import {
  addMonths,
  clampDay,
  dayOf,
  formatDay,
  isWithin,
  monthWeeks,
  moveDay,
  readDay,
  weekStartOf,
} from './calendar.ts'

const walking = { weekStart: 1, isRightToLeft: false }
const move = (day: string, key: string, isShifted = false) => moveDay(day, key, isShifted, walking)

describe('days', () => {
  it('[WIDGET-42] a date or a datetime is the day it names, and nothing else is one', () => {
    expect(readDay('2026-03-01')).toBe('2026-03-01')
    expect(readDay('2026-03-01T23:30:00-08:00')).toBe('2026-03-01')
    expect(readDay('2024-02-29 10:00')).toBe('2024-02-29')
    const none = ['2026-02-29', '2026-13-01', '2026-3-1', '01.03.2026', '', '2026-03-01x', null, 20260301]
    expect(none.map(readDay)).toEqual(none.map(() => undefined))
  })

  it('[WIDGET-42] a month is shown in six weeks that begin as the locale’s do', () => {
    const monday = monthWeeks('2026-03-14', 1)
    expect(monday).toHaveLength(6)
    expect(monday[0]?.[0]).toBe('2026-02-23')
    expect(monday.at(-1)?.at(-1)).toBe('2026-04-05')
    expect(monthWeeks('2026-03-14', 7)[0]?.[0]).toBe('2026-03-01')
    expect(monthWeeks('2026-03-14', 6)[0]?.[0]).toBe('2026-02-28')
    expect([weekStartOf('en-US'), weekStartOf('de-DE'), weekStartOf('ar-EG')]).toEqual([7, 1, 6])
    expect(weekStartOf('not a locale')).toBe(1)
  })

  it('[WIDGET-42] the keys walk by day, week, month and year', () => {
    expect(move('2026-02-28', 'ArrowRight')).toBe('2026-03-01')
    expect(move('2026-03-01', 'ArrowLeft')).toBe('2026-02-28')
    expect(move('2026-12-29', 'ArrowDown')).toBe('2027-01-05')
    expect(move('2026-03-04', 'ArrowUp')).toBe('2026-02-25')
    expect(move('2026-03-11', 'Home')).toBe('2026-03-09')
    expect(move('2026-03-11', 'End')).toBe('2026-03-15')
    expect(move('2026-01-31', 'PageDown')).toBe('2026-02-28')
    expect(move('2026-03-31', 'PageUp')).toBe('2026-02-28')
    expect(move('2024-02-29', 'PageDown', true)).toBe('2025-02-28')
    expect(move('2026-03-11', 'PageUp', true)).toBe('2025-03-11')
    expect(move('2026-03-11', 'x')).toBeUndefined()
    expect(moveDay('2026-03-11', 'ArrowRight', false, { ...walking, isRightToLeft: true })).toBe('2026-03-10')
  })

  it('[WIDGET-42] nothing leads out of the bounds, nor out of the calendar', () => {
    const bounds = { min: '2026-03-05', max: '2026-03-28' }
    expect(
      ['2026-03-04', '2026-03-05', '2026-03-28', '2026-03-29'].map((day) => isWithin(day, bounds)),
    ).toEqual([false, true, true, false])
    expect(clampDay('2026-01-01', bounds)).toBe('2026-03-05')
    expect(clampDay('2027-01-01', bounds)).toBe('2026-03-28')
    expect(move('9999-12-31', 'ArrowRight')).toBe('9999-12-31')
    expect(clampDay(addMonths('1000-01-01', -1), { min: undefined, max: undefined })).toBe('1000-01-01')
  })

  it('[WIDGET-42] a day is said as the locale says it, in the calendar it is of', () => {
    expect(formatDay('de-DE', '2026-03-14', { month: 'long', year: 'numeric' })).toBe('März 2026')
    expect(formatDay('th-TH', '2026-03-14', { year: 'numeric' })).toContain('2026')
    expect(dayOf(new Date(2026, 2, 14, 23, 59))).toBe('2026-03-14')
  })
})
