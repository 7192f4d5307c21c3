/** Widgets such as servers send, which together use every component that shows something, and every property of it. */
import type { WidgetNode } from '../../server/contracts/chatkit/wire.ts'

/** A picture of one blue pixel, in its address. */
export const pixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC'

export const messageCard: WidgetNode = {
  type: 'Card',
  size: 'md',
  status: { text: 'New in #harbour', icon: 'mail' },
  children: [
    {
      type: 'Row',
      children: [
        { type: 'Text', value: '#harbour', weight: 'semibold' },
        { type: 'Badge', label: 'Urgent', color: 'danger' },
        { type: 'Spacer' },
        { type: 'Text', value: '16:48', color: 'tertiary', size: 'sm' },
      ],
    },
    { type: 'Divider', flush: true },
    {
      type: 'Row',
      align: 'start',
      gap: 3,
      children: [
        { type: 'Image', src: pixel, size: 44, radius: 'full', alt: 'Ada' },
        {
          type: 'Col',
          gap: 1,
          children: [
            { type: 'Text', value: 'Ada Lund', weight: 'semibold' },
            {
              type: 'Markdown',
              value:
                'This week:\n\n1. The **crane** is back in service.\n2. Pier 4 waits for [its survey](https://example.org/survey).\n\nNext week we paint.',
            },
          ],
        },
      ],
    },
  ],
}

export const weatherCard: WidgetNode = {
  type: 'Card',
  size: 'sm',
  theme: 'dark',
  background: 'linear-gradient(111deg, #1769C8 0%, #258AE3 56.92%, #31A3F8 100%)',
  padding: { x: 5, y: 6 },
  children: [
    {
      type: 'Col',
      align: 'center',
      gap: 2,
      children: [
        { type: 'Icon', name: 'lucide:cloud-sun', size: '3xl', color: 'white' },
        { type: 'Title', value: '21°', size: '4xl', color: 'white' },
        {
          type: 'Text',
          value: 'Partly cloudy, a light wind from the west',
          textAlign: 'center',
          color: 'white',
        },
      ],
    },
    { type: 'Divider', color: 'rgb(255 255 255 / 30%)', size: 2, spacing: 1, flush: true },
    {
      type: 'Row',
      justify: 'between',
      children: ['Mon', 'Tue', 'Wed', 'Thu'].map((day, place) => ({
        type: 'Col',
        key: day,
        align: 'center',
        gap: 1,
        children: [
          { type: 'Caption', value: day, color: 'white' },
          { type: 'Icon', name: place % 2 === 0 ? 'light-mode' : 'lucide:cloud-rain', color: 'white' },
          { type: 'Text', value: `${20 + place}°`, size: 'sm', weight: 'medium', color: 'white' },
        ],
      })),
    },
  ],
}

export const linesList: WidgetNode = {
  type: 'ListView',
  limit: 3,
  status: { text: 'Five lines', favicon: pixel, frame: true },
  children: ['blue', 'orange', 'purple', 'green', 'red'].map((colour) => ({
    type: 'ListViewItem',
    key: colour,
    gap: 4,
    align: 'center',
    children: [
      { type: 'Box', background: `${colour}-500`, radius: 'full', size: 25 },
      { type: 'Text', value: `The ${colour} line`, size: 'sm' },
      { type: 'Spacer', minSize: 8 },
      { type: 'Icon', name: 'chevron-right', size: 'sm', color: 'secondary' },
    ],
  })),
}

const text = (value: string, more: object = {}): object => ({ type: 'Text', value, ...more })
const cell = (child: object, more: object = {}): object => ({
  type: 'Table.Cell',
  children: [child],
  ...more,
})

export const shipmentTable: WidgetNode = {
  type: 'Card',
  size: 'lg',
  children: [
    { type: 'Title', value: 'Shipments', size: 'lg' },
    {
      type: 'Table',
      children: [
        {
          type: 'Table.Row',
          header: true,
          children: [
            cell(text('Order', { size: 'sm' }), { colSize: 'md' }),
            cell(text('To', { size: 'sm' }), { width: 160 }),
            cell(text('Weight', { size: 'sm' }), { align: 'end' }),
          ],
        },
        {
          type: 'Table.Row',
          children: [
            cell(text('4711'), { vAlign: 'start' }),
            cell(text('Lisbon')),
            cell({ type: 'Badge', label: '12 kg', color: 'info' }, { align: 'end', padding: { y: 3 } }),
          ],
        },
        {
          type: 'Table.Row',
          children: [cell(text('4712'), { rowSpan: 2 }), cell(text('Oslo'), { colSpan: 2 })],
        },
        { type: 'Table.Row', children: [cell(text('Tromsø')), cell(text('31 kg'), { align: 'end' })] },
      ],
    },
  ],
}

const each = (values: readonly string[], make: (value: string) => object): object => ({
  type: 'Row',
  wrap: 'wrap',
  gap: 2,
  children: values.map((value) => ({ key: value, ...make(value) })),
})

const badgeColours = ['secondary', 'success', 'danger', 'warning', 'info', 'discovery']

/** All sizes, colours and variants, next to each other. */
export const typeSheet: WidgetNode = {
  type: 'Card',
  size: 'full',
  border: { size: 2, color: 'strong', style: 'dashed' },
  background: 'surface-secondary',
  children: [
    each(['sm', 'md', 'lg', 'xl', '2xl', '3xl', '4xl', '5xl'], (size) => ({
      type: 'Title',
      value: size,
      size,
    })),
    each(['xs', 'sm', 'md', 'lg', 'xl'], (size) => ({ type: 'Text', value: `Text ${size}`, size })),
    each(['sm', 'md', 'lg'], (size) => ({ type: 'Caption', value: `Caption ${size}`, size })),
    each(['normal', 'medium', 'semibold', 'bold'], (weight) => ({ type: 'Text', value: weight, weight })),
    each(
      ['prose', 'primary', 'emphasis', 'secondary', 'tertiary', 'success', 'warning', 'danger'],
      (color) => ({ type: 'Text', value: color, color }),
    ),
    text('A shade', { color: { light: 'purple-600', dark: 'purple-300' } }),
    text('Of its own', { color: { light: '#c2410c', dark: '#fdba74' } }),
    text('Leaning, struck out and in two colours', {
      italic: true,
      lineThrough: true,
      color: { light: '#0369a1', dark: '#7dd3fc' },
    }),
    text('One line that is cut where its box ends, because it is far too long for it', {
      truncate: true,
      width: 220,
    }),
    text('Two lines at most, and no more of it than that, however much there is to say about it all', {
      maxLines: 2,
      width: '14rem',
    }),
    text('', { minLines: 2 }),
    text('Centred', { textAlign: 'center' }),
    ...['soft', 'solid', 'outline'].map((variant) =>
      each(badgeColours, (color) => ({ type: 'Badge', label: color, color, variant })),
    ),
    each(['sm', 'md', 'lg'], (size) => ({ type: 'Badge', label: size, size, pill: false })),
    each(['xs', 'sm', 'md', 'lg', 'xl', '2xl', '3xl'], (size) => ({ type: 'Icon', name: 'sparkle', size })),
  ],
}

/** Boxes, pictures and lines. */
export const layoutSheet: WidgetNode = {
  type: 'Basic',
  gap: 4,
  padding: 2,
  align: 'stretch',
  justify: 'start',
  direction: 'col',
  theme: 'light',
  children: [
    {
      type: 'Card',
      padding: 3,
      children: [
        {
          type: 'Image',
          src: pixel,
          flush: true,
          height: 90,
          fit: 'fill',
          position: 'top left',
          alt: 'A blue field',
        },
        {
          type: 'Row',
          gap: '0.75rem',
          children: [
            {
              type: 'Image',
              src: pixel,
              width: 64,
              aspectRatio: '16/9',
              frame: true,
              radius: 'lg',
              fit: 'cover',
            },
            { type: 'Image', src: 'https://elsewhere.example/tracker.png', size: 48, alt: 'Elsewhere' },
            { type: 'Col', flex: 1, children: [text('Beside'), { type: 'Caption', value: 'and below' }] },
          ],
        },
      ],
    },
    {
      type: 'Box',
      direction: 'row',
      gap: 2,
      padding: '4px 8px',
      margin: { top: 2 },
      radius: 'xl',
      border: { bottom: { size: 3, color: 'green-600' }, x: 1 },
      background: { light: 'yellow-100', dark: 'gray-800' },
      minHeight: 60,
      maxWidth: '100%',
      align: 'end',
      wrap: 'wrap',
      children: [
        text('Left'),
        { type: 'Divider' },
        text('Right'),
        { type: 'Transition', children: text('Soft') },
      ],
    },
    {
      type: 'Box',
      size: 80,
      radius: '100%',
      background: { light: 'linear-gradient(red, orange)', dark: 'radial-gradient(circle, blue, navy)' },
    },
  ],
}

export const sampleWidgets: readonly WidgetNode[] = [
  messageCard,
  weatherCard,
  linesList,
  shipmentTable,
  typeSheet,
  layoutSheet,
]
