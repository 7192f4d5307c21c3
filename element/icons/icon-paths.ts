/**
 * The icons that ChatKit has names for, our own drawings: on a grid of 20, strokes of one width with round ends. Those in
 * `filledPaths` are filled instead.
 */

const circle = 'M10 3a7 7 0 1 0 0 14 7 7 0 1 0 0-14z'
const square = 'M5.5 3.5h9a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-9a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2z'
const page = 'M6 3h5.5L15.5 7v8.5A1.5 1.5 0 0 1 14 17H6a1.5 1.5 0 0 1-1.5-1.5v-11A1.5 1.5 0 0 1 6 3z'
const notebook =
  'M6.5 3H14a1.5 1.5 0 0 1 1.5 1.5v11A1.5 1.5 0 0 1 14 17H6.5A1.5 1.5 0 0 1 5 15.5v-11A1.5 1.5 0 0 1 6.5 3zM3.5 6.5h3M3.5 10h3M3.5 13.5h3'
const star = 'M10 3l2.2 4.5 4.9.7-3.6 3.4.9 4.9-4.4-2.3-4.4 2.3.9-4.9-3.6-3.4 4.9-.7z'
const spark = 'M10 3l1.6 5.4L17 10l-5.4 1.6L10 17l-1.6-5.4L3 10l5.4-1.6z'
const person = 'M10 3.5a3 3 0 1 0 0 6 3 3 0 1 0 0-6zM4 16.5c.6-2.8 3-4.5 6-4.5s5.4 1.7 6 4.5'
const pencil = 'M4 16l.8-3.2L13.5 4a1.6 1.6 0 0 1 2.4 2.3L7.2 15.2z'
const house = 'M3.5 9.5L10 3.5l6.5 6M5 8.3V16h10V8.3'
const panel =
  'M4.5 4h11A1.5 1.5 0 0 1 17 5.5v9a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 14.5v-9A1.5 1.5 0 0 1 4.5 4z'
const barLeft = 'M7.5 4v12'
const barRight = 'M12.5 4v12'
const dot = (x: number, y: number): string => `M${x} ${y}v.01`
const bead = (x: number, y: number): string => `M${x - 1.3} ${y}a1.3 1.3 0 1 0 2.6 0 1.3 1.3 0 1 0-2.6 0z`

export const strokePaths: Readonly<Record<string, string>> = {
  // ChatKit's icons
  agent:
    'M6 6.5h8a2 2 0 0 1 2 2V14a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V8.5a2 2 0 0 1 2-2zM10 6.5V3.5M7.5 10.5v1M12.5 10.5v1M2 10v3M18 10v3',
  analytics: 'M3.5 3.5v11a2 2 0 0 0 2 2h11M6.5 12.5l3-3.5 2.5 2 4-5',
  atom: 'M10 10v.01M10 6.5c4 0 7.5 1.5 7.5 3.5S14 13.5 10 13.5 2.5 12 2.5 10 6 6.5 10 6.5zM7 8.25c2-3.5 5-5.7 6.7-4.7s1.3 4.7-.7 8.2-5 5.7-6.7 4.7S5 11.75 7 8.25zM13 8.25c2 3.5 2.4 7.2.7 8.2s-4.7-1.2-6.7-4.7-2.4-7.2-.7-8.2 4.7 1.2 6.7 4.7z',
  batch: 'M10 3l7 3.5-7 3.5-7-3.5zM3 10l7 3.5 7-3.5M3 13.5L10 17l7-3.5',
  bolt: 'M11 2.5L4.5 11.5H10l-1 6 6.5-9H10z',
  'book-open':
    'M10 5.5C8.5 4 5.5 3.7 3 4v11c2.5-.3 5.5 0 7 1.5 1.5-1.5 4.5-1.8 7-1.5V4c-2.5-.3-5.5 0-7 1.5zM10 5.5v11',
  'book-closed':
    'M6 3h9.5v14H6.2A1.7 1.7 0 0 1 4.5 15.3V4.5A1.5 1.5 0 0 1 6 3zM4.5 15.3a1.7 1.7 0 0 1 1.7-1.7h9.3M8 6.5h4.5',
  'book-clock':
    'M9 17H6.2a1.7 1.7 0 0 1-1.7-1.7V4.5A1.5 1.5 0 0 1 6 3h9.5v5M4.5 15.3a1.7 1.7 0 0 1 1.7-1.7H8M14 10.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 1 0 0-7zM14 12.5V14l1 .8',
  bug: 'M10 6.5c2.5 0 4 1.8 4 4.5s-1.5 5.5-4 5.5S6 13.7 6 11s1.5-4.5 4-4.5zM7.3 7.3a2.8 2.8 0 1 1 5.4 0M10 10v6.5M6 11H3M14 11h3M6.7 8L4 6M13.3 8L16 6M6.8 14L4 16.5M13.2 14l2.8 2.5',
  calendar:
    'M5 4.5h10A1.5 1.5 0 0 1 16.5 6v9a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 15V6A1.5 1.5 0 0 1 5 4.5zM3.5 8.5h13M7 3v3M13 3v3',
  chart: 'M4.5 16.5v-6M10 16.5v-13M15.5 16.5v-9',
  check: 'M4.5 10.5l3.5 3.5 7.5-8',
  'check-circle': `${circle}M7 10.3l2.2 2.2 4-4.5`,
  'chevron-left': 'M12.5 5l-5 5 5 5',
  'chevron-right': 'M7.5 5l5 5-5 5',
  'circle-question': `${circle}M8 8.2a2 2 0 1 1 2.8 1.8c-.5.3-.8.6-.8 1.2${dot(10, 13.6)}`,
  clock: `${circle}M10 6v4l2.5 2`,
  compass: `${circle}M13 7l-1.7 4.3L7 13l1.7-4.3z`,
  confetti: `M3.5 16.5l3.5-9 5.5 5.5zM11 7.5c-.3-1.5.3-3 1.5-3.5M12.5 9c1.5-1.5 3-1.8 4.5-1.5M13.5 12c1-.3 2-.1 2.7.5${dot(8, 4)}${dot(16, 4)}${dot(16.5, 15.5)}`,
  cube: 'M10 2.8l6.2 3.6v7.2L10 17.2l-6.2-3.6V6.4zM3.8 6.4L10 10l6.2-3.6M10 10v7.2',
  desktop:
    'M4.5 4h11A1.5 1.5 0 0 1 17 5.5v6.5a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 12V5.5A1.5 1.5 0 0 1 4.5 4zM10 13.5v3M7 16.5h6',
  document: `${page}M11.5 3v4h4M7.5 10.5h5M7.5 13.5h5`,
  'empty-circle': circle,
  'external-link':
    'M11.5 3.5h5v5M16.5 3.5L9.5 10.5M14 11.5V15a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 15V7.5A1.5 1.5 0 0 1 5 6h3.5',
  globe: `${circle}M3 10h14M10 3c2 1.9 3 4.3 3 7s-1 5.1-3 7M10 3c-2 1.9-3 4.3-3 7s1 5.1 3 7`,
  keys: 'M7 9.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 1 0 0-7zM9.5 10.5l6.5-7M12.5 7.3l2 2M14.5 5.2l1.7 1.7',
  lab: 'M8 3v5L3.8 15a1.3 1.3 0 0 0 1.2 2h10a1.3 1.3 0 0 0 1.2-2L12 8V3M6.8 3h6.4M6 12h8',
  images: `M7.5 3.5h8A1.5 1.5 0 0 1 17 5v7a1.5 1.5 0 0 1-1.5 1.5h-8A1.5 1.5 0 0 1 6 12V5a1.5 1.5 0 0 1 1.5-1.5zM6 11.5l3.5-3.5 2.5 2.5 2-1.7 3 2.7M13 16.5H4.5A1.5 1.5 0 0 1 3 15V7${dot(13.3, 6.4)}`,
  info: `${circle}M10 9.5v4${dot(10, 6.6)}`,
  lifesaver: `${circle}M10 7.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 1 0 0-5.6zM5 5l3 3M12 12l3 3M15 5l-3 3M8 12l-3 3`,
  lightbulb: 'M8 14.5h4M8.5 17h3M10 2.8a5 5 0 0 0-3 9c.7.6 1 1.4 1 2.7h4c0-1.3.3-2.1 1-2.7a5 5 0 0 0-3-9z',
  mail: 'M4.5 4.5h11A1.5 1.5 0 0 1 17 6v8a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 14V6a1.5 1.5 0 0 1 1.5-1.5zM3.5 6l6.5 5 6.5-5',
  'map-pin':
    'M10 17.5c3.7-3.5 5.5-6.3 5.5-8.7a5.5 5.5 0 0 0-11 0c0 2.4 1.8 5.2 5.5 8.7zM10 6.8a2 2 0 1 0 0 4 2 2 0 1 0 0-4z',
  maps: 'M3 5.5L7.5 3.5l5 2L17 3.5v11l-4.5 2-5-2-4.5 2zM7.5 3.5v11M12.5 5.5v11',
  mobile: `M7 2.5h6A1.5 1.5 0 0 1 14.5 4v12a1.5 1.5 0 0 1-1.5 1.5H7A1.5 1.5 0 0 1 5.5 16V4A1.5 1.5 0 0 1 7 2.5zM9 15h2`,
  name: 'M3 5h14v10H3zM6 12.5l2-5 2 5M6.7 11h2.6M12 8.5h2.5M12 11.5h2.5',
  notebook,
  'notebook-pencil':
    'M8.5 17h-2A1.5 1.5 0 0 1 5 15.5v-11A1.5 1.5 0 0 1 6.5 3H14a1.5 1.5 0 0 1 1.5 1.5V7M3.5 6.5h3M3.5 10h3M3.5 13.5h3M10.5 17l.6-2.3 4.8-4.8a1.2 1.2 0 0 1 1.7 1.7L12.8 16.4z',
  'page-blank': `${page}M11.5 3v4h4`,
  phone:
    'M6.8 3.5l1.7 3.7-1.7 1.5a9 9 0 0 0 4.5 4.5l1.5-1.7 3.7 1.7v2.3a1.5 1.5 0 0 1-1.6 1.5A12 12 0 0 1 3 5.1 1.5 1.5 0 0 1 4.5 3.5z',
  play: 'M6 4.2v11.6a.6.6 0 0 0 .9.5l9-5.8a.6.6 0 0 0 0-1l-9-5.8a.6.6 0 0 0-.9.5z',
  plus: 'M10 4v12M4 10h12',
  profile: `${circle}M10 6.5a2.3 2.3 0 1 0 0 4.6 2.3 2.3 0 1 0 0-4.6zM5.5 15.3c.8-1.7 2.5-2.6 4.5-2.6s3.7.9 4.5 2.6`,
  'profile-card':
    'M4.5 4.5h11A1.5 1.5 0 0 1 17 6v8a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 14V6a1.5 1.5 0 0 1 1.5-1.5zM7.3 7.3a1.5 1.5 0 1 0 0 3 1.5 1.5 0 1 0 0-3zM5 13.2c.4-1 1.3-1.5 2.3-1.5s1.9.5 2.3 1.5M12 8.5h2.5M12 11.5h2.5',
  reload: 'M16.5 10a6.5 6.5 0 1 1-2.2-4.9L16.5 7M16.5 3.5V7H13',
  star,
  search: 'M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 1 0 0-11zM13 13l3.7 3.7',
  sparkle: spark,
  'sparkle-double':
    'M8 5l1.3 4.2L13.5 10.5l-4.2 1.3L8 16l-1.3-4.2L2.5 10.5l4.2-1.3zM15 2.5l.7 2.3 2.3.7-2.3.7-.7 2.3-.7-2.3-2.3-.7 2.3-.7z',
  'square-code': `${square}M8 7.5L5.8 10 8 12.5M12 7.5l2.2 2.5-2.2 2.5`,
  'square-image': `${square}M3.5 13l4-4 4 4 2-1.8 3 2.8${dot(13, 7)}`,
  'square-text': `${square}M6.5 7.5h7M6.5 10.5h7M6.5 13.5h4`,
  suitcase:
    'M4.5 6.5h11A1.5 1.5 0 0 1 17 8v7a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 15V8a1.5 1.5 0 0 1 1.5-1.5zM7 6.5V5a1.5 1.5 0 0 1 1.5-1.5h3A1.5 1.5 0 0 1 13 5v1.5M3 11h14',
  'settings-slider':
    'M3.5 6.5h7M15 6.5h1.5M12.7 4.5a2 2 0 1 0 0 4 2 2 0 1 0 0-4zM3.5 13.5H5M9.5 13.5h7M7.3 11.5a2 2 0 1 0 0 4 2 2 0 1 0 0-4z',
  user: person,
  wreath:
    'M8 16.5c-3.3-.8-5-3.2-5-6.3C3 7.7 4 5.5 6 4M12 16.5c3.3-.8 5-3.2 5-6.3 0-2.5-1-4.7-3-6.2M3 10.2c1.5-.3 2.5.3 3 1.5M17 10.2c-1.5-.3-2.5.3-3 1.5M4 6.5c1.4 0 2.3.8 2.6 2M16 6.5c-1.4 0-2.3.8-2.6 2M5 14c1.1-.9 2.3-1 3.3-.2M15 14c-1.1-.9-2.3-1-3.3-.2',
  write: pencil,
  'write-alt':
    'M10 4H5.5A1.5 1.5 0 0 0 4 5.5v9A1.5 1.5 0 0 0 5.5 16h9a1.5 1.5 0 0 0 1.5-1.5V10M8 12l.6-2.5L15 3.3a1.3 1.3 0 0 1 1.8 1.9l-6.3 6.3z',
  'write-alt2': `${pencil}M11 16.5h5.5`,

  // The header's
  'sidebar-left': panel + barLeft,
  'sidebar-right': panel + barRight,
  'sidebar-open-left': `${panel}${barLeft}M11 7.5l2.5 2.5-2.5 2.5`,
  'sidebar-open-right': `${panel}${barRight}M9 7.5L6.5 10 9 12.5`,
  'sidebar-open-left-alt': `${panel}M5.8 6.8v6.4`,
  'sidebar-open-right-alt': `${panel}M14.2 6.8v6.4`,
  'sidebar-floating-left': `${panel}M6 7h2.5v6H6z`,
  'sidebar-floating-right': `${panel}M14 7h-2.5v6H14z`,
  'sidebar-floating-open-left': `${panel}M6 7h2.5v6H6zM11.5 8l2 2-2 2`,
  'sidebar-floating-open-right': `${panel}M14 7h-2.5v6H14zM8.5 8l-2 2 2 2`,
  'sidebar-collapse-left': `${panel}${barLeft}M13.5 7.5L11 10l2.5 2.5`,
  'sidebar-collapse-right': `${panel}${barRight}M6.5 7.5L9 10l-2.5 2.5`,
  'collapse-left': 'M4 4v12M16.5 10h-9M11 6.5L7.5 10l3.5 3.5',
  'collapse-right': 'M16 4v12M3.5 10h9M9 6.5l3.5 3.5L9 13.5',
  'open-left': 'M16 4v12M12.5 10h-9M7 6.5L3.5 10 7 13.5',
  'open-right': 'M4 4v12M7.5 10h9M13 6.5l3.5 3.5-3.5 3.5',
  'double-chevron-left': 'M10 5l-5 5 5 5M15.5 5l-5 5 5 5',
  'double-chevron-right': 'M4.5 5l5 5-5 5M10 5l5 5-5 5',
  home: `${house}M8.3 16v-4.5h3.4V16`,
  'home-alt': house,
  'back-small': 'M14.5 10h-9M9 6.5L5.5 10 9 13.5',
  'back-large': 'M16.5 10h-13M9 4.5L3.5 10 9 15.5',
  'expand-large': 'M11.5 3.5h5v5M16.5 3.5l-5.5 5.5M8.5 16.5h-5v-5M3.5 16.5L9 11',
  'collapse-large': 'M16 9h-5V4M11 9l5.5-5.5M4 11h5v5M9 11l-5.5 5.5',
  'expand-small': 'M11 5h4v4M9 15H5v-4M15 5l-3.5 3.5M5 15l3.5-3.5',
  'collapse-small': 'M15 9h-4V5M5 11h4v4M11 9l3.5-3.5M9 11l-3.5 3.5',
  'chat-temporary':
    'M8.5 3.3a7 7 0 0 1 3 0M14.5 4.7a7 7 0 0 1 1.9 2.3M17 10a7 7 0 0 1-.6 2.9M14.8 15.2a7 7 0 0 1-2.3 1.3M9 17a7 7 0 0 1-2.5-.8L3 17l.9-3.4M3.1 11.3a7 7 0 0 1 .4-3.8M5.2 5.2',
  'settings-cog':
    'M10 7.3a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 1 0 0-5.4zM8.6 2.8h2.8l.5 2.1 1.4.8 2-.6 1.4 2.4-1.5 1.5v2l1.5 1.5-1.4 2.4-2-.6-1.4.8-.5 2.1H8.6l-.5-2.1-1.4-.8-2 .6-1.4-2.4L4.8 11V9L3.3 7.5l1.4-2.4 2 .6 1.4-.8z',
  grid: 'M4 4h4.5v4.5H4zM11.5 4H16v4.5h-4.5zM4 11.5h4.5V16H4zM11.5 11.5H16V16h-4.5z',
  'dots-horizontal-circle': `${circle}${dot(7, 10)}${dot(10, 10)}${dot(13, 10)}`,
  'dots-vertical-circle': `${circle}${dot(10, 7)}${dot(10, 10)}${dot(10, 13)}`,
  menu: 'M3.5 7h13M3.5 13h8',
  'menu-inverted': 'M3.5 7h8M3.5 13h13',
  hamburger: 'M3.5 5.5h13M3.5 10h13M3.5 14.5h13',
  history: 'M3.5 10a6.5 6.5 0 1 0 2.2-4.9L3.5 7M3.5 3.5V7H7M10 6.5V10l2.5 2',
  compose: 'M10 4H5.5A1.5 1.5 0 0 0 4 5.5v9A1.5 1.5 0 0 0 5.5 16h9a1.5 1.5 0 0 0 1.5-1.5V10M9 11l7.2-7.2',
  share: 'M10 12.5v-9M6.5 6.5L10 3l3.5 3.5M5 9.5H4.5V16a1 1 0 0 0 1 1h9a1 1 0 0 0 1-1V9.5H15',
  'light-mode':
    'M10 6.8a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 1 0 0-6.4zM10 2.5v1.5M10 16v1.5M2.5 10H4M16 10h1.5M4.7 4.7l1 1M14.3 14.3l1 1M15.3 4.7l-1 1M5.7 14.3l-1 1',
  'dark-mode': 'M16.5 11.7A6.8 6.8 0 0 1 8.3 3.5a6.8 6.8 0 1 0 8.2 8.2z',
  close: 'M5 5l10 10M15 5L5 15',

  // What widgets often ask Lucide for and ChatKit has no name for
  'arrow-right': 'M4 10h12M10.5 4.5L16 10l-5.5 5.5',
  'arrow-left': 'M16 10H4M9.5 4.5L4 10l5.5 5.5',
  'arrow-up': 'M10 16V4M4.5 9.5L10 4l5.5 5.5',
  'arrow-down': 'M10 4v12M4.5 10.5L10 16l5.5-5.5',
  'chevron-up': 'M5 12.5l5-5 5 5',
  'chevron-down': 'M5 7.5l5 5 5-5',
  minus: 'M4 10h12',
  trash: 'M4 6h12M8 6V4h4v2M6 6l.7 10h6.6L14 6M8.5 9v4M11.5 9v4',
  warning: `M10 3.5L2.5 16.5h15zM10 8.5v3.5${dot(10, 14.3)}`,
  copy: 'M7.5 7.5h8v8h-8zM4.5 12.5v-8h8',
  heart: 'M10 16.5C5.5 13.3 3 10.7 3 7.8a3.7 3.7 0 0 1 7-1.7 3.7 3.7 0 0 1 7 1.7c0 2.9-2.5 5.5-7 8.7z',
  bell: 'M10 3a4.5 4.5 0 0 0-4.5 4.5c0 4-1.5 5-2 6.5h13c-.5-1.5-2-2.5-2-6.5A4.5 4.5 0 0 0 10 3zM8.3 16.5a1.8 1.8 0 0 0 3.4 0',
  folder:
    'M3 6a1.5 1.5 0 0 1 1.5-1.5h3.3L9.8 6.5h5.7A1.5 1.5 0 0 1 17 8v6a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 14z',
  download: 'M10 3.5V12M6.5 8.5L10 12l3.5-3.5M3.5 14v1.5a1 1 0 0 0 1 1h11a1 1 0 0 0 1-1V14',
  upload: 'M10 12V3.5M6.5 7L10 3.5 13.5 7M3.5 14v1.5a1 1 0 0 0 1 1h11a1 1 0 0 0 1-1V14',
  lock: 'M5.5 9h9A1.5 1.5 0 0 1 16 10.5V15a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 4 15v-4.5A1.5 1.5 0 0 1 5.5 9zM6.8 9V6.7a3.2 3.2 0 0 1 6.4 0V9',
  cart: `M2.5 3.5h2l2 9h8l1.8-6.5H5${dot(7.5, 16)}${dot(13.5, 16)}`,
  'credit-card':
    'M4.5 4.5h11A1.5 1.5 0 0 1 17 6v8a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 14V6a1.5 1.5 0 0 1 1.5-1.5zM3 8.5h14M6 12.5h2.5',
  truck:
    'M2.5 5h9v9h-9zM11.5 8h3.3l2.7 3v3h-6zM6 13a1.7 1.7 0 1 0 0 3.4A1.7 1.7 0 1 0 6 13zM14.3 13a1.7 1.7 0 1 0 0 3.4 1.7 1.7 0 1 0 0-3.4z',
  package: 'M10 2.8l6.2 3.6v7.2L10 17.2l-6.2-3.6V6.4zM3.8 6.4L10 10l6.2-3.6M10 10v7.2M7 4.6l6.2 3.6',
  cloud: 'M6.5 15.5a3.7 3.7 0 0 1-.5-7.4 4.6 4.6 0 0 1 8.8 1.4h.2a3 3 0 0 1 0 6z',
  'cloud-rain':
    'M6.5 12.5a3.5 3.5 0 0 1-.4-7 4.5 4.5 0 0 1 8.6 1.4h.3a2.8 2.8 0 0 1 .5 5.5M7 14.5l-.8 2M10.5 14.5l-.8 2M14 14.5l-.8 2',
  'cloud-snow': `M6.5 12.5a3.5 3.5 0 0 1-.4-7 4.5 4.5 0 0 1 8.6 1.4h.3a2.8 2.8 0 0 1 .5 5.5${dot(7, 14.5)}${dot(10, 16.5)}${dot(13, 14.5)}`,
  'cloud-sun':
    'M8 16a3 3 0 0 1-.3-6 3.8 3.8 0 0 1 7.2 1.2h.3a2.4 2.4 0 0 1 0 4.8zM4 10.5a3.5 3.5 0 1 1 6-3.6M7.5 1.8v1M2.5 4.5l.7.5M12.5 3.5l-.7.7M1.5 9h1',
  wind: 'M2.5 8h8.7a2.2 2.2 0 1 0-2.1-2.9M2.5 11.5h12a2 2 0 1 1-1.9 2.7M2.5 15h6',
  droplet: 'M10 3c3.3 3.7 5 6.2 5 8.5a5 5 0 0 1-10 0C5 9.2 6.7 6.7 10 3z',
  flame:
    'M10 2.5c.5 2.5 4.5 4.5 4.5 9a4.5 4.5 0 0 1-9 0c0-1.7.8-3 1.8-4 .2 1.2.8 2 1.7 2.3C8.5 7.5 8.8 4.5 10 2.5z',
  users:
    'M7.5 4a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 1 0 0-5.4zM2.5 16c.5-2.5 2.5-4 5-4s4.5 1.5 5 4M13 4.5a2.6 2.6 0 0 1 0 4.8M14.5 12.5c1.6.5 2.7 1.8 3 3.5',
  'thumbs-up':
    'M3.5 9h2.8v7.5H3.5zM6.3 9.5L9.5 3c1.3 0 2 .8 2 2v3h3.8a1.4 1.4 0 0 1 1.4 1.7l-1.2 5.5a1.6 1.6 0 0 1-1.6 1.3H6.3',
  'thumbs-down':
    'M3.5 11h2.8V3.5H3.5zM6.3 10.5L9.5 17c1.3 0 2-.8 2-2v-3h3.8a1.4 1.4 0 0 0 1.4-1.7l-1.2-5.5a1.6 1.6 0 0 0-1.6-1.3H6.3',
  paperclip:
    'M15.5 9.5l-5.8 5.8a3.5 3.5 0 0 1-5-5l6-6a2.3 2.3 0 0 1 3.3 3.3l-5.9 5.9a1.1 1.1 0 0 1-1.6-1.6l5.3-5.3',
  tag: `M3.5 3.5h6l7 7-6 6-7-7z${dot(6.8, 6.8)}`,
  filter: 'M3.5 4.5h13L11.5 11v5l-3-1.5V11z',
  link: 'M8.5 11.5a3 3 0 0 0 4.3 0l2.8-2.8a3 3 0 0 0-4.3-4.3L10 5.7M11.5 8.5a3 3 0 0 0-4.3 0l-2.8 2.8a3 3 0 0 0 4.3 4.3L10 14.3',
  eye: 'M2.5 10c1.7-3.3 4.3-5 7.5-5s5.8 1.7 7.5 5c-1.7 3.3-4.3 5-7.5 5s-5.8-1.7-7.5-5zM10 7.7a2.3 2.3 0 1 0 0 4.6 2.3 2.3 0 1 0 0-4.6z',
  send: 'M17 3L9 11M17 3l-5 14-3-6-6-3z',
  plane:
    'M10 2.5c.8 0 1.3.8 1.3 2v3.3l6 3.7v1.7l-6-1.9v3.2l1.9 1.5v1.3L10 16.5l-3.2.8V16l1.9-1.5v-3.2l-6 1.9v-1.7l6-3.7V4.5c0-1.2.5-2 1.3-2z',
  car: 'M3.5 14V10.5L5.3 6a1.5 1.5 0 0 1 1.4-1h6.6a1.5 1.5 0 0 1 1.4 1l1.8 4.5V14zM3.5 10.5h13M5 14v1.7M15 14v1.7M6 12.3h1M13 12.3h1',
  gift: 'M4 9h12v7.5H4zM3 6h14v3H3zM10 6v10.5M10 6C8.5 6 6 5.7 6 4.2 6 3.3 6.7 3 7.3 3 9 3 10 6 10 6zM10 6c1.5 0 4-.3 4-1.8 0-.9-.7-1.2-1.3-1.2C11 3 10 6 10 6z',
  trophy:
    'M6 3.5h8V9a4 4 0 0 1-8 0zM6 5H3.5c0 2.5.9 4 2.7 4.3M14 5h2.5c0 2.5-.9 4-2.7 4.3M10 13v3.5M7 16.5h6',
  music: 'M7.5 14.5V5l8-1.5V13M7.5 14.5a2 2 0 1 1-4 0 2 2 0 0 1 4 0zM15.5 13a2 2 0 1 1-4 0 2 2 0 0 1 4 0z',
  camera:
    'M4.5 6h2.3l1.2-2h4l1.2 2h2.3A1.5 1.5 0 0 1 17 7.5v7a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 14.5v-7A1.5 1.5 0 0 1 4.5 6zM10 8a2.8 2.8 0 1 0 0 5.6A2.8 2.8 0 1 0 10 8z',
  mic: 'M10 3a2.3 2.3 0 0 1 2.3 2.3v4.4a2.3 2.3 0 0 1-4.6 0V5.3A2.3 2.3 0 0 1 10 3zM5 9.5a5 5 0 0 0 10 0M10 14.5V17',
  pause: 'M7 4.5v11M13 4.5v11',
  'trending-up': 'M3 14l5-5 3 3 6-6M12.5 6H17v4.5',
  'trending-down': 'M3 6l5 5 3-3 6 6M12.5 14H17V9.5',
  'pie-chart': 'M10 3a7 7 0 1 0 7 7h-7zM13 3.5A7 7 0 0 1 16.5 7H13z',
  code: 'M7 6l-4 4 4 4M13 6l4 4-4 4M11.3 4.5l-2.6 11',
  terminal: `${square}M6.5 8l2.5 2-2.5 2M10.5 12.5h3.5`,
  database:
    'M4 5.5C4 4.1 6.7 3 10 3s6 1.1 6 2.5S13.3 8 10 8 4 6.9 4 5.5zM4 5.5v9C4 15.9 6.7 17 10 17s6-1.1 6-2.5v-9M4 10c0 1.4 2.7 2.5 6 2.5s6-1.1 6-2.5',
  shield: 'M10 2.8l6 2.2v4.5c0 3.7-2.3 6.3-6 7.7-3.7-1.4-6-4-6-7.7V5z',
  flag: 'M5 17V3.5M5 4h9.5l-2 3.5 2 3.5H5',
  bookmark: 'M6 3h8a1 1 0 0 1 1 1v13l-5-3.5L5 17V4a1 1 0 0 1 1-1z',
  coffee: 'M4 8h9.5v5a3 3 0 0 1-3 3H7a3 3 0 0 1-3-3zM13.5 9H15a2 2 0 0 1 0 4h-1.5M6.5 3v2M9 2.5v2.5M11.5 3v2',
  utensils: 'M6 3v14M3.5 3v4a2.5 2.5 0 0 0 5 0V3M14 17v-5h-2V6.5c0-2 .8-3.5 2-3.5z',
  bed: 'M3 16V5M3 13.5h14M17 16v-4.5A2.5 2.5 0 0 0 14.5 9H9v4.5M6 8.5a1.5 1.5 0 1 0 0 3 1.5 1.5 0 1 0 0-3z',
  x: 'M5 5l10 10M15 5L5 15',
  'circle-x': `${circle}M7.5 7.5l5 5M12.5 7.5l-5 5`,
  'circle-alert': `${circle}M10 6.5v4${dot(10, 13.4)}`,
}

export const filledPaths: Readonly<Record<string, string>> = {
  'check-circle-filled':
    'M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 1 0 0-15zM13.9 8.3l-4.5 5.1a.8.8 0 0 1-1.15.03L6 11.2a.8.8 0 0 1 1.13-1.13l1.64 1.64 3.93-4.46a.8.8 0 0 1 1.2 1.05z',
  'star-filled': star,
  'dots-horizontal': bead(5, 10) + bead(10, 10) + bead(15, 10),
  'dots-vertical': bead(10, 5) + bead(10, 10) + bead(10, 15),
  dot: 'M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 1 0 0-7z',
}

/** What stands for an icon that has no drawing here. */
export const neutralPath = 'M10 5.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 1 0 0-9z'

/** Lucide's names for things that are drawn here under another. */
export const lucideNames: Readonly<Record<string, string>> = {
  'alarm-clock': 'clock',
  'badge-check': 'check-circle',
  'bar-chart': 'chart',
  'bar-chart-2': 'chart',
  'bar-chart-3': 'chart',
  book: 'book-closed',
  'book-text': 'book-closed',
  bot: 'agent',
  box: 'cube',
  braces: 'square-code',
  briefcase: 'suitcase',
  'briefcase-business': 'suitcase',
  'calendar-days': 'calendar',
  'calendar-check': 'calendar',
  'calendar-clock': 'calendar',
  'chart-bar': 'chart',
  'chart-column': 'chart',
  'chart-line': 'analytics',
  'chart-no-axes-column': 'chart',
  'chart-pie': 'pie-chart',
  'check-check': 'check',
  'check-circle-2': 'check-circle',
  'chevrons-left': 'double-chevron-left',
  'chevrons-right': 'double-chevron-right',
  circle: 'empty-circle',
  'circle-check': 'check-circle',
  'circle-check-big': 'check-circle',
  'circle-help': 'circle-question',
  'circle-question-mark': 'circle-question',
  'circle-user': 'profile',
  'circle-user-round': 'profile',
  'clock-3': 'clock',
  'clock-4': 'clock',
  cloudy: 'cloud',
  cog: 'settings-cog',
  contact: 'profile-card',
  droplets: 'droplet',
  edit: 'write-alt',
  'edit-2': 'write',
  'edit-3': 'write-alt2',
  ellipsis: 'dots-horizontal',
  'ellipsis-vertical': 'dots-vertical',
  file: 'page-blank',
  'file-text': 'document',
  files: 'copy',
  'flask-conical': 'lab',
  'flask-round': 'lab',
  funnel: 'filter',
  'gallery-horizontal': 'images',
  'gallery-horizontal-end': 'images',
  'gallery-vertical-end': 'images',
  'globe-2': 'globe',
  'help-circle': 'circle-question',
  house: 'home',
  'id-card': 'profile-card',
  image: 'square-image',
  key: 'keys',
  'key-round': 'keys',
  laptop: 'desktop',
  'laptop-minimal': 'desktop',
  'layout-grid': 'grid',
  layers: 'batch',
  laurel: 'wreath',
  'life-buoy': 'lifesaver',
  'line-chart': 'analytics',
  'link-2': 'link',
  list: 'hamburger',
  'lock-keyhole': 'lock',
  'log-out': 'open-right',
  map: 'maps',
  'maximize-2': 'expand-large',
  medal: 'trophy',
  'message-circle-dashed': 'chat-temporary',
  'mic-2': 'mic',
  'minimize-2': 'collapse-large',
  monitor: 'desktop',
  moon: 'dark-mode',
  'more-horizontal': 'dots-horizontal',
  'more-vertical': 'dots-vertical',
  navigation: 'compass',
  'notebook-pen': 'notebook-pencil',
  'panel-left': 'sidebar-left',
  'panel-left-close': 'sidebar-collapse-left',
  'panel-left-open': 'sidebar-open-left',
  'panel-right': 'sidebar-right',
  'panel-right-close': 'sidebar-collapse-right',
  'panel-right-open': 'sidebar-open-right',
  'party-popper': 'confetti',
  pen: 'write',
  'pen-line': 'write-alt2',
  pencil: 'write',
  'pencil-line': 'write-alt2',
  'phone-call': 'phone',
  'plane-takeoff': 'plane',
  'refresh-ccw': 'reload',
  'refresh-cw': 'reload',
  'rotate-ccw': 'history',
  'rotate-cw': 'reload',
  settings: 'settings-cog',
  'settings-2': 'settings-slider',
  'share-2': 'share',
  'shield-check': 'shield',
  'shopping-bag': 'suitcase',
  'shopping-cart': 'cart',
  'sliders-horizontal': 'settings-slider',
  smartphone: 'mobile',
  sparkles: 'sparkle-double',
  sparkle: 'sparkle',
  'square-pen': 'write-alt',
  'square-terminal': 'terminal',
  sun: 'light-mode',
  tags: 'tag',
  'trash-2': 'trash',
  'triangle-alert': 'warning',
  'alert-triangle': 'warning',
  'alert-circle': 'circle-alert',
  'x-circle': 'circle-x',
  'user-round': 'user',
  'users-round': 'users',
  'utensils-crossed': 'utensils',
  waves: 'wind',
  zap: 'bolt',
}
