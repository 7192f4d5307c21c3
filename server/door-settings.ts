/** The settings of all doors: pages of which other sites may ask there, and may show our pages inside of theirs. */
import { parseOrigins } from './setting.ts'
import type { Setting } from './setting.ts'

export interface DoorSettings {
  allowedOrigins: readonly string[]
  frameOrigins: readonly string[]
}

const origins = {
  default: [],
  allowed: 'origins, such as https://shop.example.org, with commas between them',
  parse: parseOrigins,
  show: (value: readonly string[]): string => (value.length === 0 ? '-' : value.join(', ')),
}

export const doorTable: { [Name in keyof DoorSettings]: Setting<DoorSettings[Name]> } = {
  allowedOrigins: { ...origins, variables: ['PARLEY_ALLOWED_ORIGINS'] },
  frameOrigins: { ...origins, variables: ['PARLEY_FRAME_ORIGINS'] },
}
