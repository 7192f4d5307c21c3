import { describe, expect, test } from 'vitest'
import type { WidgetNode } from '../../conversation/items.ts'
import { chooseAction, offersOf } from './issued-actions.ts'
import type { ClientAction } from './wire.ts'

const button = (id: string, task: string, more: object = {}): WidgetNode => ({
  type: 'Button',
  id,
  label: 'Complete',
  onClickAction: { type: 'task_complete', payload: { task_id: task }, ...more },
})

const card: WidgetNode = {
  type: 'Card',
  id: 'card',
  children: [
    {
      type: 'ListView',
      id: 'list',
      children: [{ type: 'ListViewItem', id: 'row', children: [button('one', 't1')] }],
    },
    button('two', 't2', { streaming: false }),
    { type: 'Button', label: 'No id', onClickAction: { type: 'plain' } },
    { type: 'Button', id: 'page', onClickAction: { type: 'open', handler: 'client' } },
    {
      type: 'Form',
      id: 'form',
      onSubmitAction: { type: 'save', payload: { id: 7 } },
      children: [
        { type: 'Input', name: 'todo.title' },
        { type: 'Textarea', name: 'note' },
        { type: 'Checkbox', name: 'urgent' },
        {
          type: 'Select',
          id: 'kind',
          name: 'kind',
          options: [{ value: 'a' }, { value: 'b', disabled: true }],
        },
        { type: 'Input', name: 'locked', disabled: true },
        { type: 'Text', value: 'x', editable: { name: 'headline' } },
      ],
    },
    {
      type: 'Select',
      id: 'sort',
      name: 'order',
      options: [{ value: 'up' }, { value: 'down' }],
      onChangeAction: { type: 'sort', payload: null },
    },
  ],
}

const choose = (sent: Partial<ClientAction>, widget = card, isWhole = false) =>
  chooseAction(offersOf(widget), { type: '', widget_id: '', ...sent }, isWhole)
const chosen = (sent: Partial<ClientAction>) => {
  const found = choose(sent)
  return found === null || found === 'several' ? found : found.action
}

describe('actions that widgets offer', () => {
  test('[RESPOND-3] a button is named by its id and what is done to it, or by its action, and does what was issued', () => {
    const issued = { type: 'task_complete', payload: { task_id: 't1' } }
    expect(chosen({ type: 'button_click', widget_id: 'one' })).toEqual(issued)
    expect(
      chosen({ type: 'button_click', widget_id: 'one', payload: { task_id: 't1', action: 'complete' } }),
    ).toEqual(issued)
    expect(chosen({ type: 'task_complete', widget_id: 'one', payload: { task_id: 't1' } })).toEqual(issued)
    expect(chosen({ type: 'task_complete', widget_id: 'card', payload: { task_id: 't1' } })).toEqual(issued)
    expect(chosen({ type: 'plain', widget_id: 'card.2' })).toEqual({ type: 'plain', payload: null })
    expect(choose({ type: 'button_click', widget_id: 'two' })).toMatchObject({ isAnsweredAtOnce: true })
    expect(
      choose({ type: 'task_complete', widget_id: 'msg_1', payload: { task_id: 't2' } }, card, true),
    ).toMatchObject({
      action: { payload: { task_id: 't2' } },
    })
  })

  test('[RESPOND-3] what no component offers, in that very form, is not chosen', () => {
    const refused: Partial<ClientAction>[] = [
      { type: 'task_delete', widget_id: 'one' },
      { type: 'button_click', widget_id: 'nowhere' },
      { type: 'task_complete', widget_id: 'nowhere', payload: { task_id: 't1' } },
      { type: 'task_complete', widget_id: 'two', payload: { task_id: 't1' } },
      { type: 'button_click', widget_id: 'card' },
      { type: 'row_click', widget_id: 'row' },
      { type: 'button_click', widget_id: 'one', payload: { task_id: 't2' } },
      { type: 'button_click', widget_id: 'one', payload: { task_id: ['t1'] } },
      { type: 'button_click', widget_id: 'one', payload: { task_id: 't1', action: 'delete' } },
      { type: 'task_complete', widget_id: 'one', payload: { task_id: 't1', action: 'complete' } },
      { type: 'button_click', widget_id: 'one', payload: { task_id: 't1', user_id: 'eve' } },
      { type: 'button_click', widget_id: 'one', payload: 't1' },
      { type: 'plain', widget_id: 'card.2', payload: { task_id: 't1' } },
      { type: 'open', widget_id: 'page' },
      { type: 'button_click', widget_id: 'page' },
      { type: 'constructor', widget_id: 'one' },
      { type: 'button_click', widget_id: 'one', payload: { constructor: 1 } },
    ]
    for (const sent of refused) expect(chosen(sent), JSON.stringify(sent)).toBeNull()
    expect(chosen({ type: 'task_complete', widget_id: 'card' })).toBe('several')
  })

  test('[RESPOND-3] of a form only its declared fields are free, within what each can have; what was issued wins', () => {
    const send = (payload: ClientAction['payload']) =>
      chosen({ type: 'form_submit', widget_id: 'form', payload })
    const values = { todo: { title: 'Milk' }, note: '', urgent: true, kind: 'a', headline: 'y' }
    expect(send({ id: 7, ...values })).toEqual({ type: 'save', payload: { ...values, id: 7 } })
    expect(send(values)).toEqual({ type: 'save', payload: { ...values, id: 7 } })
    const refused: ClientAction['payload'][] = [
      { id: 8 },
      { other: 1 },
      { todo: 'Milk' },
      { todo: { title: 'Milk', owner: 'eve' } },
      { urgent: 'yes' },
      { kind: 'b' },
      { kind: 'c' },
      { locked: 'x' },
      { note: { a: 1 } },
      { note: 'x'.repeat(20_001) },
      { order: 'up' },
    ]
    for (const payload of refused) {
      expect(send(payload), JSON.stringify(payload).slice(0, 80)).toBeNull()
    }
    expect(chosen({ type: 'select_change', widget_id: 'sort', payload: { order: 'up' } })).toEqual({
      type: 'sort',
      payload: { order: 'up' },
    })
    expect(chosen({ type: 'sort', widget_id: 'sort', payload: { order: 'sideways' } })).toBeNull()
  })

  test('[RESPOND-3] a card’s own buttons are its confirm and its cancel', () => {
    const asking: WidgetNode = {
      type: 'Card',
      id: 'ask',
      asForm: true,
      confirm: { label: 'Send', action: { type: 'send' } },
      cancel: { label: 'No', action: { type: 'drop' } },
      children: [{ type: 'Input', name: 'to' }],
    }
    expect(choose({ type: 'card_confirm', widget_id: 'ask', payload: { to: 'ada' } }, asking)).toMatchObject({
      action: { type: 'send', payload: { to: 'ada' } },
    })
    expect(choose({ type: 'card_cancel', widget_id: 'ask' }, asking)).toMatchObject({
      action: { type: 'drop' },
    })
    expect(choose({ type: 'card_click', widget_id: 'ask' }, asking)).toBeNull()
  })
})
