/** Widgets, each as an agent would send it: every component, and the ways in which it can look. */
import { fields, form } from './controls.js'
import { picture, question, widget } from './items.js'
import { badge, button, card, col, icon, line, row, text } from './nodes.js'

const journey = card(
  [
    row([
      icon('map-pin', { size: 'lg', color: { light: '#a8231b', dark: '#ffa59c' } }),
      col(
        [
          { type: 'Title', value: 'Lisbon', size: 'md' },
          { type: 'Caption', value: 'Three days in May' },
        ],
        { gap: 0 },
      ),
      { type: 'Spacer' },
      badge('Booked', 'success'),
    ]),
    { type: 'Divider', flush: true },
    row([text('Flight'), { type: 'Spacer' }, text('TP 573', { weight: 'semibold' })]),
    row([text('Hotel'), { type: 'Spacer' }, text('Casa do Rio', { weight: 'semibold' })]),
    row([text('In all', { color: 'secondary' }), { type: 'Spacer' }, text('€ 412.00', { weight: 'bold' })]),
  ],
  {
    status: { text: 'Travel agency', icon: 'suitcase' },
    confirm: { label: 'Book it', action: { type: 'book' } },
    cancel: { label: 'Not now', action: { type: 'decline' } },
  },
)

const typography = card([
  { type: 'Title', value: 'Title 2xl', size: '2xl' },
  { type: 'Title', value: 'Title lg', size: 'lg' },
  { type: 'Title', value: 'Title sm', size: 'sm' },
  text('Text lg, medium', { size: 'lg', weight: 'medium' }),
  text('Text as it is'),
  text('Text sm, italic', { size: 'sm', italic: true }),
  text('Text that was wrong', { lineThrough: true }),
  text('In the middle', { textAlign: 'center' }),
  text('Secondary', { color: 'secondary' }),
  text('With a colour for each scheme', { color: { light: '#6b3fb0', dark: '#cdb0ff' } }),
  text('One line that is longer than the place for it and therefore ends before its end', { truncate: true }),
  { type: 'Caption', value: 'Caption lg', size: 'lg' },
  { type: 'Caption', value: 'Caption sm', size: 'sm' },
  {
    type: 'Markdown',
    value: 'Markdown with **bold**, `code` and a [link](https://example.com).\n\n- one\n- two',
  },
])

const colors = ['secondary', 'success', 'danger', 'warning', 'info', 'discovery']
const badges = card([
  row(
    colors.map((color) => badge(color, color)),
    { wrap: 'wrap' },
  ),
  row(
    colors.map((color) => badge(color, color, { variant: 'solid' })),
    { wrap: 'wrap' },
  ),
  row(
    colors.map((color) => badge(color, color, { variant: 'outline', pill: true })),
    { wrap: 'wrap' },
  ),
  row([
    badge('small', 'info', { size: 'sm' }),
    badge('middle', 'info', { size: 'md' }),
    badge('large', 'info', { size: 'lg' }),
  ]),
])

const icons = card([
  row(
    [
      'agent',
      'analytics',
      'bolt',
      'book-open',
      'calendar',
      'chart',
      'check-circle',
      'compass',
      'cube',
      'document',
      'globe',
      'images',
    ].map((name) => icon(name, { size: 'lg' })),
    { wrap: 'wrap' },
  ),
  row(
    [
      'lifesaver',
      'lightbulb',
      'mail',
      'map-pin',
      'notebook',
      'phone',
      'play',
      'search',
      'sparkle',
      'star',
      'user',
      'write',
    ].map((name) => icon(name, { size: 'lg' })),
    { wrap: 'wrap' },
  ),
  row(['xs', 'sm', 'md', 'lg', 'xl', '2xl', '3xl'].map((size) => icon('star', { size }))),
])

const buttons = card([
  row([button('Primary', { style: 'primary' }), button('Secondary', { style: 'secondary' })]),
  row(
    ['solid', 'soft', 'outline', 'ghost'].map((variant) => button(variant, { variant, color: 'info' })),
    { wrap: 'wrap' },
  ),
  row(
    ['success', 'caution', 'warning', 'danger', 'discovery'].map((color) =>
      button(color, { color, variant: 'soft' }),
    ),
    { wrap: 'wrap' },
  ),
  row([
    button('With icons', { iconStart: 'calendar', iconEnd: 'chevron-right' }),
    button(undefined, { iconStart: 'star', uniform: true, label: 'Star' }),
  ]),
  row(
    ['xs', 'sm', 'md', 'lg', 'xl'].map((size) => button(size, { size })),
    { wrap: 'wrap' },
  ),
  button('Across', { block: true, style: 'primary' }),
  button('Not possible', { disabled: true }),
])

const boxes = card([
  row([
    {
      type: 'Box',
      background: '#f6c88f',
      padding: 3,
      radius: 'md',
      children: [text('Box', { color: '#1d1f21' })],
    },
    { type: 'Box', border: 1, padding: 3, radius: 'xl', flex: 1, children: [text('With a border')] },
    {
      type: 'Box',
      background: { light: '#e7f2ef', dark: '#1c352f' },
      padding: { x: 4, y: 2 },
      radius: 'full',
      children: [text('Full')],
    },
  ]),
  { type: 'Divider', spacing: 2 },
  row([text('start'), { type: 'Spacer' }, text('end')]),
  row(
    ['one', 'two', 'three'].map((each) => ({
      type: 'Box',
      padding: 2,
      border: { size: 1, style: 'dashed' },
      flex: 1,
      children: [text(each, { textAlign: 'center' })],
    })),
  ),
  { type: 'Transition', children: text('What changes, changes gently', { key: 'a' }) },
])

const images = card([
  { type: 'Image', src: picture, alt: 'A sun over the sea', aspectRatio: 1.6, radius: 'lg', frame: true },
  row([
    { type: 'Image', src: picture, alt: 'The same, round', size: 64, radius: 'full' },
    {
      type: 'Image',
      src: picture,
      alt: 'The same, whole',
      width: 96,
      height: 64,
      fit: 'contain',
      frame: true,
    },
  ]),
])

const table = card([
  {
    type: 'Table',
    children: [
      line(['Line', 'Minutes', 'Price'], { header: true }),
      line(['28 to Graça', '4', '3.10']),
      line(['15 to Belém', '9', '3.10']),
      line(['Ferry to Cacilhas', '12', '1.40']),
    ],
  },
])

const chart = (series, fields = {}) =>
  card([
    { type: 'Title', value: 'Visitors', size: 'sm' },
    {
      type: 'Chart',
      height: 180,
      xAxis: 'month',
      showYAxis: true,
      data: [
        { month: 'Jan', castle: 42, museum: 24 },
        { month: 'Feb', castle: 38, museum: 31 },
        { month: 'Mar', castle: 61, museum: 35 },
        { month: 'Apr', castle: 84, museum: 44 },
        { month: 'May', castle: 97, museum: 58 },
      ],
      series,
      ...fields,
    },
  ])

const barChart = chart([
  { type: 'bar', dataKey: 'castle', label: 'Castle', color: 'blue' },
  { type: 'bar', dataKey: 'museum', label: 'Museum', color: 'orange' },
])
const lineChart = chart([
  { type: 'line', dataKey: 'castle', label: 'Castle', color: 'purple' },
  { type: 'area', dataKey: 'museum', label: 'Museum', color: 'green' },
])

const list = {
  type: 'ListView',
  limit: 3,
  status: { text: 'Places nearby', icon: 'map-pin' },
  children: ['Castle', 'Tiles museum', 'Tower of Belém', 'Tram museum', 'Botanical garden'].map(
    (name, place) => ({
      type: 'ListViewItem',
      key: name,
      gap: 3,
      onClickAction: { type: 'open', payload: { name } },
      children: [
        {
          type: 'Box',
          background: { light: '#e7f2ef', dark: '#1c352f' },
          radius: 'md',
          padding: 2,
          children: [icon('map-pin')],
        },
        col([text(name, { weight: 'semibold' }), { type: 'Caption', value: `${(place + 1) * 300} m` }], {
          gap: 0,
        }),
      ],
    }),
  ),
}

const shapes = {
  type: 'Basic',
  direction: 'col',
  gap: 3,
  children: [
    text('Basic: nothing around it'),
    card([text('A small card')], { size: 'sm' }),
    card([text('Folded'), text('What is seen once it is unfolded')], {
      collapsed: true,
      status: { text: 'A folded card' },
    }),
    card([text('Dark, whatever is around it'), button('Press')], { theme: 'dark' }),
    card([text('On a ground of its own', { color: '#1d1f21' })], { background: '#f6c88f' }),
  ],
}

const unknown = card([
  text('What a newer server sends:'),
  {
    type: 'Hologram',
    value: 'A component that this version does not know',
    children: [text('keeps what is in it')],
  },
])

/** A sample for each of the widgets. */
const sample = (name, title, root, own = {}) => ({
  name,
  title,
  script: { items: [question('Show me.'), widget(root)] },
  ready: '.widget',
  size: 'high',
  ...own,
})

/** @type {import('./states.js').Sample[]} */
export const widgets = [
  sample('widget-card', 'Card', journey, { size: undefined }),
  sample('widget-text', 'Text, Title, Caption, Markdown', typography),
  sample('widget-badges', 'Badge', badges, { size: undefined }),
  sample('widget-icons', 'Icon', icons, { size: 'low' }),
  sample('widget-buttons', 'Button', buttons),
  sample('widget-boxes', 'Box, Row, Col, Spacer, Divider, Transition', boxes, { size: undefined }),
  sample('widget-images', 'Image', images),
  sample('widget-table', 'Table', table, { size: undefined }),
  sample('widget-bars', 'Chart: bars', barChart, { size: undefined }),
  sample('widget-lines', 'Chart: lines and areas', lineChart, { size: undefined }),
  sample('widget-list', 'ListView', list, { size: undefined }),
  sample('widget-form', 'Form', form),
  sample('widget-fields', 'Fields', fields),
  sample('widget-shapes', 'Basic, and the ways of a card', shapes),
  sample('widget-unknown', 'What is not known', unknown, { size: 'low' }),
]
