import type { ComponentChildren, TargetedKeyboardEvent, VNode } from 'preact'
import { useId, useRef } from 'preact/hooks'
import { Icon } from './icons.tsx'

export interface MenuItem {
  key: string
  label: string
  description?: string
  picture?: ComponentChildren
  /** For those of which one is chosen. */
  isChosen?: boolean
  isDisabled?: boolean
  onChoose: () => void
}

export interface MenuProps {
  className: string
  label: string
  items: readonly MenuItem[]
  /** Whether it lies at the end of its line, and so grows towards the beginning. */
  atEnd?: boolean
  /** Whether one of the items is always chosen. */
  isRadio?: boolean
  /** What the button shows. */
  children: ComponentChildren
}

/** A button with a menu above it. The menu is the browser's own popover: it closes on Escape, or when something else is pressed. */
export function Menu({ className, label, items, atEnd, isRadio, children }: MenuProps): VNode {
  const id = useId()
  const button = useRef<HTMLButtonElement>(null)
  const menu = useRef<HTMLDivElement>(null)
  /** What is open is known by the browser; here it only has to be said. */
  const say = (isOpen: boolean): void => button.current?.setAttribute('aria-expanded', String(isOpen))

  function onToggle(isOpen: boolean): void {
    say(isOpen)
    if (!isOpen || !menu.current || !button.current) return
    place(menu.current, button.current, atEnd === true)
    const chosen = menu.current.querySelector<HTMLElement>('[aria-checked="true"]')
    ;(chosen ?? menu.current.querySelector<HTMLElement>('button'))?.focus()
  }

  return (
    <>
      <button
        ref={button}
        type="button"
        className={className}
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={false}
        popovertarget={id}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return
          event.preventDefault()
          menu.current?.showPopover()
        }}
      >
        {children}
      </button>
      <div
        ref={menu}
        id={id}
        popover="auto"
        role="menu"
        aria-label={label}
        className="menu"
        onBeforeToggle={(event) => {
          // At once, so that what is chosen may take the keyboard somewhere else.
          if (event.newState === 'closed' && menu.current?.matches(':focus-within')) button.current?.focus()
        }}
        onToggle={(event) => onToggle(event.newState === 'open')}
        onKeyDown={(event) => onMenuKey(event, menu.current)}
      >
        {items.map((item) => (
          <button
            key={item.key}
            type="button"
            role={roleOf(item, isRadio === true)}
            className="menu-item"
            tabIndex={-1}
            aria-disabled={item.isDisabled === true}
            {...(item.isChosen === undefined ? {} : { 'aria-checked': item.isChosen })}
            onClick={() => {
              if (item.isDisabled === true) return
              menu.current?.hidePopover()
              item.onChoose()
            }}
          >
            {item.picture}
            <span className="menu-text">
              <span dir="auto">{item.label}</span>
              {item.description === undefined ? null : (
                <span className="menu-description" dir="auto">
                  {item.description}
                </span>
              )}
            </span>
            {item.isChosen === true ? <Icon name="check" /> : null}
          </button>
        ))}
      </div>
    </>
  )
}

function roleOf({ isChosen }: MenuItem, isRadio: boolean): 'menuitem' | 'menuitemradio' | 'menuitemcheckbox' {
  if (isChosen === undefined) return 'menuitem'
  return isRadio ? 'menuitemradio' : 'menuitemcheckbox'
}

function onMenuKey(event: TargetedKeyboardEvent<HTMLElement>, menu: HTMLElement | null): void {
  const items = [...(menu?.querySelectorAll<HTMLElement>('.menu-item') ?? [])]
  const now = items.findIndex((item) => item.matches(':focus'))
  const next = nextItem(event.key, now, items)
  if (event.key === 'Tab') menu?.hidePopover()
  if (next === undefined) return
  event.preventDefault()
  next.focus()
}

function nextItem(key: string, now: number, items: readonly HTMLElement[]): HTMLElement | undefined {
  if (key === 'ArrowDown') return items[(now + 1) % items.length]
  if (key === 'ArrowUp') return items.at(now <= 0 ? -1 : now - 1)
  if (key === 'Home') return items[0]
  if (key === 'End') return items.at(-1)
  if (key.length !== 1 || key === ' ') return undefined
  const letter = key.toLocaleLowerCase()
  const fromNow = [...items.slice(now + 1), ...items.slice(0, now + 1)]
  return fromNow.find((item) => item.innerText.trim().toLocaleLowerCase().startsWith(letter))
}

const gapPixels = 8

/** Above its button, or below where there is more room, and never out of sight. Popovers lie on top of the page, not in it. */
function place(menu: HTMLElement, button: HTMLElement, atEnd: boolean): void {
  const anchor = button.getBoundingClientRect()
  const { width } = menu.getBoundingClientRect()
  const { clientWidth, clientHeight } = document.documentElement
  const isAbove = anchor.top > clientHeight - anchor.bottom
  const isRightToLeft = getComputedStyle(button).direction === 'rtl'
  const left = atEnd === isRightToLeft ? anchor.left : anchor.right - width
  menu.style.left = `${Math.max(gapPixels, Math.min(left, clientWidth - width - gapPixels))}px`
  menu.style.top = isAbove ? 'auto' : `${anchor.bottom + gapPixels}px`
  menu.style.bottom = isAbove ? `${clientHeight - anchor.top + gapPixels}px` : 'auto'
  menu.style.maxHeight = `${(isAbove ? anchor.top : clientHeight - anchor.bottom) - 2 * gapPixels}px`
}
