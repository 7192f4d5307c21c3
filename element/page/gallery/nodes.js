/** The components of widgets, in short. */
export const text = (value, fields = {}) => ({ type: 'Text', value, ...fields })
export const row = (children, fields = {}) => ({ type: 'Row', gap: 2, align: 'center', children, ...fields })
export const col = (children, fields = {}) => ({ type: 'Col', gap: 2, children, ...fields })
export const card = (children, fields = {}) => ({ type: 'Card', size: 'md', children, ...fields })
export const button = (label, fields = {}) => ({
  type: 'Button',
  label,
  onClickAction: { type: 'press' },
  ...fields,
})
export const badge = (label, color, fields = {}) => ({ type: 'Badge', label, color, ...fields })
export const icon = (name, fields = {}) => ({ type: 'Icon', name, ...fields })
export const cell = (value, fields = {}) => ({ type: 'Table.Cell', children: [text(value)], ...fields })
export const line = (values, fields = {}) => ({
  type: 'Table.Row',
  children: values.map((value, place) => cell(value, place === 0 ? {} : { align: 'end' })),
  ...fields,
})
export const label = (value, fieldName) => ({ type: 'Label', value, fieldName })
