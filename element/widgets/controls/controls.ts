import type { WidgetComponent } from '../widget-parts.ts'
import { Button } from './button.tsx'
import { Chart } from './chart.tsx'
import { Checkbox, RadioGroup } from './choices.tsx'
import { DatePicker } from './date-picker.tsx'
import { Form } from './form.tsx'
import { EditableText, Input, Label, Textarea } from './inputs.tsx'
import { Select } from './select.tsx'

/**
 * Forms, fields, buttons and charts by the type of their nodes. `Text.editable` is no type on the wire: it draws a `Text`
 * whose `editable` is an object.
 */
export const controls: Readonly<Record<string, WidgetComponent>> = {
  Form,
  Button,
  Input,
  Textarea,
  Select,
  DatePicker,
  Checkbox,
  RadioGroup,
  Label,
  Chart,
  'Text.editable': EditableText,
}
