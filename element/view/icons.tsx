import type { VNode } from 'preact'

/** Drawn on a grid of 20, one stroke each; decoration only: what a button does is said by its label. */
const paths = {
  send: 'M10 16V4.5M5 9.5l5-5 5 5',
  stop: 'M6 6h8v8H6z',
  history: 'M3.5 10a6.5 6.5 0 1 0 2.2-4.9L3.5 7M3.5 3.5V7H7M10 6.5V10l2.5 2',
  compose: 'M10 4H5.5A1.5 1.5 0 0 0 4 5.5v9A1.5 1.5 0 0 0 5.5 16h9a1.5 1.5 0 0 0 1.5-1.5V10M9 11l7.2-7.2',
  close: 'M5 5l10 10M15 5L5 15',
  copy: 'M7.5 7.5h8v8h-8zM4.5 12.5v-8h8',
  check: 'M4.5 10.5l3.5 3.5 7.5-8',
  down: 'M10 4v11.5M5 10.5l5 5 5-5',
  retry: 'M16.5 10a6.5 6.5 0 1 1-2.2-4.9L16.5 7M16.5 3.5V7H13',
  rename: 'M4 16l.8-3.2L13.5 4a1.6 1.6 0 0 1 2.4 2.3L7.2 15.2z',
  remove: 'M4 6h12M8 6V4h4v2M6 6l.7 10h6.6L14 6M8.5 9v4M11.5 9v4',
  warning: 'M10 3.5L2.5 16.5h15zM10 8.5v3.5M10 14.3v.1',
  chevron: 'M7.5 5l5 5-5 5',
  spark: 'M10 3l1.6 5.4L17 10l-5.4 1.6L10 17l-1.6-5.4L3 10l5.4-1.6z',
} as const

export type IconName = keyof typeof paths

export function Icon({ name }: { name: IconName }): VNode {
  return (
    <svg className={`icon icon-${name}`} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  )
}
