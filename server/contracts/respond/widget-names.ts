/** What contract D calls ChatKit's components and their properties. Whatever is not here keeps its name. */

const types = [
  'Card',
  'ListView',
  'ListViewItem',
  'Basic',
  'Box',
  'Row',
  'Col',
  'Form',
  'Spacer',
  'Divider',
  'Transition',
  'Text',
  'Title',
  'Caption',
  'Markdown',
  'Badge',
  'Icon',
  'Image',
  'Button',
  'Table',
  'Table.Row',
  'Table.Cell',
  'Chart',
  'Input',
  'Textarea',
  'Select',
  'DatePicker',
  'Checkbox',
  'RadioGroup',
  'Label',
]
const byLowerCase = new Map(types.map((type) => [type.toLowerCase(), type]))

/** `isInList`: directly in a list view, whose rows are what ChatKit calls `ListViewItem`. */
export function respondType(type: string, isInList: boolean): string {
  if (type === 'Title') return 'headline'
  return isInList && type === 'ListViewItem' ? 'row' : type.toLowerCase()
}

export function chatKitType(type: string, isInList: boolean): string {
  if (type === 'headline') return 'Title'
  return isInList && type === 'row' ? 'ListViewItem' : (byLowerCase.get(type) ?? type)
}

const text = new Map([['value', 'text']])
const change = new Map([['onChangeAction', 'action']])
const names = new Map<string, ReadonlyMap<string, string>>([
  ['Text', text],
  ['Title', text],
  ['Caption', text],
  ['Markdown', text],
  ['Label', text],
  ['Badge', new Map([['label', 'text']])],
  [
    'Button',
    new Map([
      ['label', 'text'],
      ['onClickAction', 'action'],
    ]),
  ],
  ['ListViewItem', new Map([['onClickAction', 'action']])],
  ['Form', new Map([['onSubmitAction', 'action']])],
  ['Select', change],
  ['DatePicker', change],
  ['Checkbox', change],
  ['RadioGroup', change],
])
const none: ReadonlyMap<string, string> = new Map()

/** Of a ChatKit type's properties: ChatKit's name to D's. */
export function propNames(type: string): ReadonlyMap<string, string> {
  return names.get(type) ?? none
}
