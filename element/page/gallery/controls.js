/** Forms and their fields. */
import { button, card, col, label, row } from './nodes.js'

export const form = card(
  [
    { type: 'Title', value: 'Your journey', size: 'sm' },
    col([label('Name', 'name'), { type: 'Input', name: 'name', defaultValue: 'Ana', required: true }], {
      gap: 1,
    }),
    col(
      [
        label('E-mail', 'email'),
        { type: 'Input', name: 'email', inputType: 'email', placeholder: 'ana@example.com', variant: 'soft' },
      ],
      { gap: 1 },
    ),
    row(
      [
        col([label('From', 'from'), { type: 'DatePicker', name: 'from', defaultValue: '2026-05-04' }], {
          gap: 1,
          flex: 1,
        }),
        col(
          [
            label('Class', 'class'),
            {
              type: 'Select',
              name: 'class',
              defaultValue: 'second',
              options: [
                { value: 'first', label: 'First' },
                { value: 'second', label: 'Second' },
              ],
            },
          ],
          { gap: 1, flex: 1 },
        ),
      ],
      { align: 'start' },
    ),
    col(
      [
        label('Pace', 'pace'),
        {
          type: 'RadioGroup',
          name: 'pace',
          ariaLabel: 'Pace',
          defaultValue: 'slow',
          options: [
            { value: 'slow', label: 'Slow' },
            { value: 'quick', label: 'Quick' },
            { value: 'none', label: 'Asleep', disabled: true },
          ],
        },
      ],
      { gap: 1 },
    ),
    col(
      [
        label('Wishes', 'wishes'),
        { type: 'Textarea', name: 'wishes', rows: 2, placeholder: 'What should not be missed?' },
      ],
      { gap: 1 },
    ),
    { type: 'Checkbox', name: 'news', label: 'Tell me about strikes', defaultChecked: true },
    { type: 'Checkbox', name: 'ads', label: 'Tell me about offers', disabled: true },
    button('Look for journeys', { submit: true, style: 'primary', block: true }),
  ],
  { asForm: true },
)

export const fields = card([
  ...['sm', 'md', 'lg'].map((size) => ({
    type: 'Input',
    name: `size-${size}`,
    placeholder: `Input ${size}`,
    size,
  })),
  { type: 'Input', name: 'pill', placeholder: 'Pill', pill: true },
  { type: 'Input', name: 'off', defaultValue: 'Not possible', disabled: true },
  row([
    {
      type: 'Select',
      name: 'empty',
      placeholder: 'Choose a place',
      options: [{ value: 'a', label: 'Alfama' }],
      variant: 'outline',
    },
    {
      type: 'Select',
      name: 'clear',
      defaultValue: 'a',
      clearable: true,
      options: [{ value: 'a', label: 'Alfama' }],
    },
  ]),
  { type: 'DatePicker', name: 'when', placeholder: 'When?', clearable: true },
  {
    type: 'RadioGroup',
    name: 'across',
    ariaLabel: 'Across',
    direction: 'row',
    options: [
      { value: 'yes', label: 'Yes' },
      { value: 'no', label: 'No' },
    ],
  },
])
