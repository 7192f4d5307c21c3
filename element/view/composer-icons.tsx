import type { VNode } from 'preact'

/** Those that only the composer's own controls need, drawn like the ones in `icons.tsx`. */
const paths = {
  plus: 'M10 4v12M4 10h12',
  attach:
    'M15.8 9.3l-5.9 5.9a3.7 3.7 0 0 1-5.2-5.2l6.2-6.2a2.5 2.5 0 0 1 3.5 3.5l-6.2 6.2a1.2 1.2 0 0 1-1.7-1.7l5.6-5.6',
  mention: 'M13 10a3 3 0 1 1-6 0 3 3 0 0 1 6 0zM13 7v3.7a1.9 1.9 0 0 0 3.8 0V10a6.8 6.8 0 1 0-2.7 5.4',
  microphone:
    'M10 3a2.3 2.3 0 0 1 2.3 2.3v4.2a2.3 2.3 0 0 1-4.6 0V5.3A2.3 2.3 0 0 1 10 3zM5 9.5a5 5 0 0 0 10 0M10 14.5V17',
  file: 'M6 3h5l4 4v10H6zM11 3v4h4',
  reply: 'M8 5L4 9l4 4M4 9h7a5 5 0 0 1 5 5v1',
  open: 'M5.5 8l4.5 4.5L14.5 8',
} as const

export type ComposerIconName = keyof typeof paths

export function ComposerIcon({ name }: { name: ComposerIconName }): VNode {
  return (
    <svg className="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  )
}
