/**
 * The settings of all doors: pages of which other sites may ask there, and may show our pages inside of theirs; and how much one
 * may at the doors whose requests each process counts by itself, because they are many. 0 is no limit.
 */
import { parseOrigins, whole } from './setting.ts'
import type { Setting } from './setting.ts'

export interface DoorSettings {
  allowedOrigins: readonly string[]
  frameOrigins: readonly string[]
  /** At `/chatkit`, of a user. */
  chatkitPerMinute: number
  /** At `/chatkit`, of an address: a class or an office may be behind one. */
  chatkitAddressPerMinute: number
  /** Files, sent or announced, of a user. */
  uploadsPerMinute: number
  /** At `/files`, of an address: a page with pictures asks for each of them. */
  filesAddressPerMinute: number
}

const origins = {
  default: [],
  allowed: 'origins, such as https://shop.example.org, with commas between them',
  parse: parseOrigins,
  show: (value: readonly string[]): string => (value.length === 0 ? '-' : value.join(', ')),
}

const perMinute = whole(0, 1_000_000)

export const doorTable: { [Name in keyof DoorSettings]: Setting<DoorSettings[Name]> } = {
  allowedOrigins: { ...origins, variables: ['PARLEY_ALLOWED_ORIGINS'] },
  frameOrigins: { ...origins, variables: ['PARLEY_FRAME_ORIGINS'] },
  chatkitPerMinute: { ...perMinute, variables: ['PARLEY_CHATKIT_PER_MINUTE'], default: 300 },
  chatkitAddressPerMinute: {
    ...perMinute,
    variables: ['PARLEY_CHATKIT_ADDRESS_PER_MINUTE'],
    default: 1_200,
  },
  uploadsPerMinute: { ...perMinute, variables: ['PARLEY_UPLOADS_PER_MINUTE'], default: 60 },
  filesAddressPerMinute: {
    ...perMinute,
    variables: ['PARLEY_FILES_ADDRESS_PER_MINUTE'],
    default: 3_000,
  },
}
