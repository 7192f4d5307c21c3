import { describe, expect, test } from 'vitest'
import type { Item } from '../conversation/items.ts'
import { deriveTicket } from './derive.ts'

const from = (type: 'user' | 'assistant', text: string): Item => ({
  id: `${type} ${text}`,
  thread_id: 'thr',
  created_at: '2026-01-01T00:00:00.000Z',
  ...(type === 'user'
    ? {
        type: 'user_message',
        content: [{ type: 'input_text', text }],
        attachments: [],
        inference_options: {},
      }
    : { type: 'assistant_message', content: [{ type: 'output_text', text, annotations: [] }] }),
})
const said = (...texts: string[]) => texts.map((text) => from('user', text))
const derive = (...texts: string[]) => deriveTicket({}, said(...texts))

describe('a ticket’s words', () => {
  test.each([
    ['I was charged twice on my last invoice', 'Billing', 'high'],
    ['Please refund the payment from March.', 'Billing', 'medium'],
    ['I am locked out of my account, the password reset does nothing', 'Account Issue', 'high'],
    ['The app crashes with an error when I save', 'Bug Report', 'high'],
    ['It would be great to have a dark theme. Just an idea!', 'Feature Request', 'low'],
    ['How do I connect the webhook to our API?', 'Technical Support', 'medium'],
    ['Production is down, this is urgent', 'Technical Support', 'urgent'],
    ['Somebody hacked my account', 'Account Issue', 'urgent'],
    ['Hello there', 'Technical Support', 'medium'],
    ['There is a typo on the pricing page, not urgent at all', 'Billing', 'low'],
    ['The export fails. It isn’t critical.', 'Bug Report', 'low'],
    ['', 'Technical Support', 'medium'],
  ] as const)('[TICKET-1] %s', (text, category, priority) => {
    expect(derive(text)).toMatchObject({ category, priority })
  })

  test('[TICKET-1] what an assistant says makes nothing urgent, and what the client says counts as it is', () => {
    const items = [...said('The page is slow'), from('assistant', 'Is it urgent? Was your invoice wrong?')]
    expect(deriveTicket({}, items)).toMatchObject({ category: 'Technical Support', priority: 'medium' })
    const given = { title: 'Mine', category: 'Billing', priority: 'urgent' } as const
    expect(deriveTicket({ title: 'A title' }, items, given)).toEqual(given)
  })

  test('[TICKET-2] the title is the conversation’s, or the first sentence that says something, in one clean line', () => {
    expect(deriveTicket({ title: 'Export fails' }, said('hello')).title).toBe('Export fails')
    expect(derive('?!', 'My export fails since Monday. It says 500.\nPlease help').title).toBe(
      'My export fails since Monday.',
    )
    expect(derive('one\u202Etwo\0\tthree').title).toBe('one two� three')
    expect(derive().title).toBe('Support request')
    expect(derive('🙂').title).toBe('Support request')
    const long = derive('word '.repeat(60)).title
    expect(long.length).toBeLessThanOrEqual(80)
    expect(long.endsWith('word…')).toBe(true)
    expect(derive('x'.repeat(5_000)).title).toHaveLength(80)
    expect(derive(`${'x'.repeat(78)}🙂${'y'.repeat(90)}`).title.isWellFormed()).toBe(true)
    expect(deriveTicket({ title: 't'.repeat(400) }, []).title).toHaveLength(200)
  })
})
