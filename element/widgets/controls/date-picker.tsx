import type { TargetedKeyboardEvent, VNode } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { View as NamedIcon } from '../../icons/icon-view.tsx'
import type { Popup } from '../../store/widgets.ts'
import { Icon } from '../../view/icons.tsx'
import { readFlag, readText, readWord } from '../read.ts'
import type { ComponentProps, WidgetParts } from '../widget-parts.ts'
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
import type { Bounds, Day } from './calendar.ts'
import { fieldClass, fieldOf, openerName } from './field.ts'
import type { Field } from './field.ts'
import { useLivePopup } from './live-popup.ts'
import { PopupView } from './popup.tsx'
import { ClearButton } from './select.tsx'

/** A day, chosen in a calendar. What is sent is `2026-12-31`. */
export function DatePicker(props: ComponentProps): VNode {
  const { node, parts } = props
  const field = fieldOf(props)
  const { words, host, state } = parts
  const chosen = readDay(field.value)
  const bounds = { min: readDay(node['min']), max: readDay(node['max']) }
  const popup = state.popup?.field === field.key ? state.popup : null
  const text =
    chosen === undefined
      ? (readText(node['placeholder']) ?? words.chooseDate)
      : formatDay(words.locale, chosen, { dateStyle: 'medium' })
  return (
    <span className={fieldClass(props, 'select date')}>
      <button
        type="button"
        id={field.id}
        className={chosen === undefined ? 'opener unchosen' : 'opener'}
        aria-haspopup="dialog"
        aria-expanded={popup !== null}
        aria-label={openerName(field, text)}
        disabled={field.isDisabled}
        aria-disabled={field.isBlocked || undefined}
        onClick={() => {
          if (field.isBlocked) return
          const active = clampDay(chosen ?? dayOf(new Date()), bounds)
          host.popup({ field: field.key, query: dayOf(new Date()), active })
        }}
      >
        <span dir="auto">{text}</span>
      </button>
      {readFlag(node['clearable']) && chosen !== undefined && !field.isDisabled ? (
        <ClearButton field={field} label={words.clear} />
      ) : (
        <NamedIcon name="calendar" />
      )}
      {popup === null ? null : (
        <PopupView
          anchor={field.id}
          label={field.name}
          className="calendar"
          placing={{
            side: readWord(node['side'], ['top', 'bottom', 'left', 'right']),
            align: readWord(node['align'], ['start', 'center', 'end']),
          }}
          onClosed={() => host.popup(null)}
        >
          {(close) => <Calendar {...{ field, chosen, bounds, popup, parts, close }} />}
        </PopupView>
      )}
    </span>
  )
}

interface CalendarProps {
  field: Field
  chosen: Day | undefined
  bounds: Bounds
  /** `active` is the day that the keyboard is at, `query` the day that it is. */
  popup: Popup
  parts: WidgetParts
  close: () => void
}

/** One day of the month shown can be reached by Tab; the arrow keys walk from it. */
function Calendar(props: CalendarProps): VNode {
  const { field, chosen, bounds, popup, parts, close } = props
  const { words, host } = parts
  const { locale } = words
  const { active, query: today } = popup
  const grid = useRef<HTMLTableElement>(null)
  const isWalking = useRef(true)
  const weekStart = weekStartOf(locale)
  const weeks = monthWeeks(active, weekStart)
  const live = useLivePopup(popup, host)
  const go = (day: Day): void => live.change({ active: clampDay(day, bounds) })
  useLayoutEffect(() => {
    if (isWalking.current) grid.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus()
    isWalking.current = false
  }, [active])

  function choose(day: Day): void {
    if (!isWithin(day, bounds)) return
    close()
    if (day !== chosen) field.change(day)
  }

  function onKeyDown(event: TargetedKeyboardEvent<HTMLTableElement>): void {
    const isRightToLeft = getComputedStyle(event.currentTarget).direction === 'rtl'
    const { active: from } = live.read()
    const next = moveDay(from, event.key, event.shiftKey, { weekStart, isRightToLeft })
    if (next !== undefined) {
      isWalking.current = true
      go(next)
    } else if (event.key === 'Enter') choose(from)
    else return
    event.preventDefault()
  }

  return (
    <>
      <div className="calendar-head">
        <MonthButton label={words.previousMonth} month={addMonths(active, -1)} {...{ bounds, go }} isBack />
        <h3 aria-live="polite">{formatDay(locale, active, { month: 'long', year: 'numeric' })}</h3>
        <MonthButton label={words.nextMonth} month={addMonths(active, 1)} {...{ bounds, go }} />
      </div>
      <table ref={grid} role="grid" onKeyDown={onKeyDown}>
        <thead>
          <tr>
            {(weeks[0] ?? []).map((day) => (
              <th key={day} scope="col" abbr={formatDay(locale, day, { weekday: 'long' })}>
                {formatDay(locale, day, { weekday: 'narrow' })}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map((week) => (
            <tr key={week[0]}>
              {week.map((day) => (
                <td key={day} role="gridcell" aria-selected={day === chosen}>
                  <DayButton {...{ day, active, chosen, today, bounds, locale, choose }} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {isWithin(today, bounds) ? (
        <button type="button" className="calendar-today" onClick={() => choose(today)}>
          {words.today}
        </button>
      ) : null}
    </>
  )
}

interface MonthButtonProps {
  label: string
  /** A day of it. */
  month: Day
  bounds: Bounds
  go: (day: Day) => void
  isBack?: boolean
}

function MonthButton({ label, month, bounds, go, isBack = false }: MonthButtonProps): VNode {
  const isOut = !isWithin(clampDay(month, bounds), {
    min: `${month.slice(0, 8)}01`,
    max: `${month.slice(0, 8)}31`,
  })
  return (
    <button
      type="button"
      className={isBack ? 'round back' : 'round'}
      aria-label={label}
      title={label}
      aria-disabled={isOut || undefined}
      onClick={() => {
        if (!isOut) go(month)
      }}
    >
      <Icon name="chevron" />
    </button>
  )
}

interface DayButtonProps {
  day: Day
  active: Day
  chosen: Day | undefined
  today: Day
  bounds: Bounds
  locale: string
  choose: (day: Day) => void
}

function DayButton({ day, active, chosen, today, bounds, locale, choose }: DayButtonProps): VNode {
  const classes = [
    'day',
    ...(day.slice(0, 7) === active.slice(0, 7) ? [] : ['other-month']),
    ...(day === chosen ? ['chosen'] : []),
  ]
  return (
    <button
      type="button"
      className={classes.join(' ')}
      tabIndex={day === active ? 0 : -1}
      data-first={day === active || undefined}
      aria-label={formatDay(locale, day, { dateStyle: 'full' })}
      aria-current={day === today ? 'date' : undefined}
      aria-disabled={!isWithin(day, bounds) || undefined}
      onClick={() => choose(day)}
    >
      {formatDay(locale, day, { day: 'numeric' })}
    </button>
  )
}
