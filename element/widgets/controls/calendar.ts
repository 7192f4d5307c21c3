/**
 * Days as `2026-12-31`, and how one walks among them. Pure, and in no time zone: what a person chooses is a day, and a date that
 * comes with a time of day is the day that it names.
 */

/** `YYYY-MM-DD`. */
export type Day = string

const isoDay = /^(\d{4})-(\d{2})-(\d{2})(?=$|[T ])/
const firstDay = '1000-01-01'
const lastDay = '9999-12-31'
const weekLength = 7
/** Always as many, so that a calendar never changes its height. */
const weeksShown = 6

/** The day of an ISO date or datetime; undefined for what names none. */
export function readDay(value: unknown): Day | undefined {
  const found = typeof value === 'string' ? isoDay.exec(value.trim()) : null
  if (found === null) return undefined
  const day = found[0]
  return toDay(toDate(day)) === day ? day : undefined
}

/** The day that it is here. */
export function dayOf(date: Date): Day {
  return toDay(new Date(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate())))
}

function addDays(day: Day, days: number): Day {
  const date = toDate(day)
  date.setUTCDate(date.getUTCDate() + days)
  return toDay(date)
}

/** The same day of another month, or that month's last. */
export function addMonths(day: Day, months: number): Day {
  const date = toDate(day)
  const dayOfMonth = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() + months)
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  date.setUTCDate(Math.min(dayOfMonth, last))
  return toDay(date)
}

export interface Bounds {
  min: Day | undefined
  max: Day | undefined
}

export function isWithin(day: Day, { min, max }: Bounds): boolean {
  return (min === undefined || day >= min) && (max === undefined || day <= max)
}

export function clampDay(day: Day, { min, max }: Bounds): Day {
  const least = min ?? firstDay
  const most = max ?? lastDay
  if (day < least) return least
  return day > most ? most : day
}

/** The weeks that show the month of a day, from the first day of the week on. `weekStart`: 1 Monday to 7 Sunday. */
export function monthWeeks(day: Day, weekStart: number): Day[][] {
  const first = `${day.slice(0, 8)}01`
  const start = addDays(first, -daysInto(first, weekStart))
  return Array.from({ length: weeksShown }, (_, week) =>
    Array.from({ length: weekLength }, (__, place) => addDays(start, week * weekLength + place)),
  )
}

function daysInto(day: Day, weekStart: number): number {
  return (toDate(day).getUTCDay() - weekStart + weekLength) % weekLength
}

export interface Walking {
  weekStart: number
  isRightToLeft: boolean
}

/** The day that a key leads to; undefined for a key that leads nowhere. */
export function moveDay(
  day: Day,
  key: string,
  isShifted: boolean,
  { weekStart, isRightToLeft }: Walking,
): Day | undefined {
  const forward = isRightToLeft ? -1 : 1
  switch (key) {
    case 'ArrowRight':
      return addDays(day, forward)
    case 'ArrowLeft':
      return addDays(day, -forward)
    case 'ArrowDown':
      return addDays(day, weekLength)
    case 'ArrowUp':
      return addDays(day, -weekLength)
    case 'Home':
      return addDays(day, -daysInto(day, weekStart))
    case 'End':
      return addDays(day, weekLength - 1 - daysInto(day, weekStart))
    case 'PageDown':
      return addMonths(day, isShifted ? 12 : 1)
    case 'PageUp':
      return addMonths(day, isShifted ? -12 : -1)
    default:
      return undefined
  }
}

/** On which day the locale's weeks begin: 1 Monday to 7 Sunday. Monday, where the browser does not know. */
export function weekStartOf(locale: string): number {
  try {
    const { weekInfo, getWeekInfo } = new Intl.Locale(locale) as Intl.Locale & WeekInfo
    return (getWeekInfo?.call(new Intl.Locale(locale)) ?? weekInfo)?.firstDay ?? 1
  } catch {
    return 1
  }
}

/** Browsers have one or the other, and TypeScript neither. */
interface WeekInfo {
  weekInfo?: { firstDay: number }
  getWeekInfo?(): { firstDay: number }
}

/** How the locale says a day, in the calendar that the days are of. */
export function formatDay(locale: string, day: Day, options: Intl.DateTimeFormatOptions): string {
  const date = toDate(day)
  return new Intl.DateTimeFormat(locale, { calendar: 'gregory', timeZone: 'UTC', ...options }).format(date)
}

function toDate(day: Day): Date {
  return new Date(`${day}T00:00:00Z`)
}

function toDay(date: Date): Day {
  if (Number.isNaN(date.getTime())) return ''
  const day = date.toISOString()
  // Years beyond four digits have a sign.
  if (day.startsWith('-')) return firstDay
  return day.startsWith('+') ? lastDay : day.slice(0, 10)
}
