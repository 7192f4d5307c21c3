import { describe, expect, it } from 'vitest'
import type { Attachment, UserContent } from '../../server/contracts/chatkit/wire.ts'
import { composedMessage, provisionalItem } from '../chat/outgoing.ts'
import { composerValueEvent, pageMessage } from '../chat/page-messages.ts'
import {
  changeDraft,
  emptyComposer,
  isSendable,
  joinedContent,
  reduceComposer,
  takeBack,
  textContent,
  uploadedAttachment,
} from './composer.ts'
import type { ComposerEvent, ComposerState, DraftAttachment } from './composer.ts'

const attachment: Attachment = { type: 'file', id: 'atc_1', name: 'a.txt', mime_type: 'text/plain' }
const tag: UserContent = { type: 'input_tag', id: 'ada', text: 'Ada', data: {}, interactive: false }
const text = (said: string): UserContent => ({ type: 'input_text', text: said })
const uploading: DraftAttachment = {
  ...uploadedAttachment(attachment),
  key: 'k1',
  phase: 'uploading',
  attachment: null,
}
const play = (events: ComposerEvent[], from: ComposerState = emptyComposer): ComposerState =>
  events.reduce(reduceComposer, from)
const write = (said: string): ComposerEvent => ({
  type: 'composer-set',
  value: { content: textContent(said) },
})
const sent = (composer: ComposerState) =>
  provisionalItem('local:1', composedMessage(composer), new Date('2026-01-01'))

describe('what a message is made of', () => {
  it('[COMPOSER-14] is sent whole: text and mentions, files, quotation, tool and model', () => {
    const composer = play([
      { type: 'composer-set', value: { content: [text('  Ask '), tag, text('! \n')], quote: 'Said.' } },
      { type: 'attachments-added', attachments: [uploadedAttachment(attachment)] },
      { type: 'composer-set', value: { toolId: 'search', modelId: 'gone' } },
    ])
    const options = {
      tools: [{ id: 'search', label: 'Search', icon: 'globe' }],
      models: [
        { id: 'off', label: 'Off', disabled: true },
        { id: 'on', label: 'On' },
      ],
    }
    expect(composedMessage(composer, options)).toEqual({
      content: [text('Ask '), tag, text('!')],
      attachments: [attachment],
      quotedText: 'Said.',
      inferenceOptions: { tool_choice: { id: 'search' }, model: 'on' },
    })
    expect(composedMessage(composer).inferenceOptions).toEqual({})
  })

  it('[COMPOSER-14] what a page writes may leave out what it does not need, and only what it names is set', () => {
    const content = [
      { type: 'input_tag' as const, id: 'ada', text: 'Ada', data: { at: new Date(0), no: undefined } },
    ]
    const full = { ...tag, data: { at: '1970-01-01T00:00:00.000Z' } }
    expect(pageMessage({ content }).content).toEqual([full])
    expect(pageMessage({ text: ' Hello ' })).toMatchObject({ content: [text('Hello')], quotedText: '' })
    const before = play([
      write('Text'),
      { type: 'composer-set', value: { quote: 'Said.', toolId: 'search' } },
    ])
    const after = play([composerValueEvent({ text: 'Other', selectedToolId: null })], before)
    expect(after).toMatchObject({ toolId: null, draft: { content: [text('Other')], quote: 'Said.' } })
    expect(play([composerValueEvent({ reply: '' })], before).draft.quote).toBe(null)
  })

  it('[COMPOSER-3] is no message while a file is on its way or has failed, or when there is nothing in it', () => {
    const going = play([write('Text'), { type: 'attachments-added', attachments: [uploading] }])
    const change = (changed: Partial<DraftAttachment>): ComposerState =>
      play([{ type: 'attachment-changed', key: 'k1', change: changed }], going)
    expect(isSendable(going.draft)).toBe(false)
    expect(isSendable(change({ phase: 'failed' }).draft)).toBe(false)
    expect(isSendable(change({ phase: 'uploaded', attachment }).draft)).toBe(true)
    expect(isSendable(play([write(' \n')]).draft)).toBe(false)
    // It waits for its files, until somebody changes it or one of them fails.
    const waiting = play([{ type: 'composer-waiting' }], going)
    const isWaiting = (event: ComposerEvent): boolean => play([event], waiting).isWaiting
    const changed = (change: Partial<DraftAttachment>): ComposerEvent => ({
      type: 'attachment-changed',
      key: 'k1',
      change,
    })
    expect(isWaiting(changed({ phase: 'uploaded', attachment }))).toBe(true)
    expect(isWaiting(changed({ phase: 'failed' }))).toBe(false)
    expect(isWaiting(write('Other text'))).toBe(false)
    expect(isWaiting({ type: 'attachment-removed', key: 'k1' })).toBe(false)
    expect(changeDraft(waiting, null, 'thr_1').isWaiting).toBe(false)
    expect(play([{ type: 'composer-waiting' }], emptyComposer).isWaiting).toBe(false)
    expect(
      isSendable(play([{ type: 'attachments-added', attachments: [uploadedAttachment(attachment)] }]).draft),
    ).toBe(true)
  })

  it('[COMPOSER-11] texts side by side are one, and empty ones are none', () => {
    expect(joinedContent([text('a'), text(''), text('b'), tag, text('')])).toEqual([text('ab'), tag])
  })
})

describe('drafts', () => {
  it('[COMPOSER-5] each conversation keeps its own, and files go on being uploaded in it', () => {
    const begun = play([write('Here'), { type: 'attachments-added', attachments: [uploading] }])
    const there = changeDraft(begun, 'thr_1', 'thr_2')
    expect(there.draft.content).toEqual([])
    const uploaded = play(
      [write('There'), { type: 'attachment-changed', key: 'k1', change: { phase: 'uploaded', attachment } }],
      there,
    )
    const back = changeDraft(uploaded, 'thr_2', 'thr_1')
    expect(back.draft).toMatchObject({ content: [text('Here')], attachments: [{ phase: 'uploaded' }] })
    expect(changeDraft(back, 'thr_1', 'thr_2').draft.content).toEqual([text('There')])
    // Nothing is kept of what is empty.
    expect(changeDraft(emptyComposer, 'thr_1', null).kept).toEqual({})
  })

  it('[COMPOSER-5] a message that is refused comes back whole, before what was written meanwhile', () => {
    const composer = play([
      { type: 'composer-set', value: { content: [text('Ask '), tag], quote: 'Said.', toolId: null } },
      { type: 'attachments-added', attachments: [uploadedAttachment(attachment)] },
    ])
    const item = { ...sent(composer), inference_options: { tool_choice: { id: 'search' } } }
    const cleared = play([{ type: 'composer-sent', keepTool: false }], composer)
    expect(cleared.draft).toEqual(emptyComposer.draft)
    expect(takeBack(cleared, item)).toEqual({ ...composer, toolId: 'search' })
    expect(takeBack(play([write('More')], cleared), item).draft.content).toEqual([
      text('Ask '),
      tag,
      text('\nMore'),
    ])
  })

  it('[COMPOSER-5] a message that is written anew puts the draft aside until it is sent or given up', () => {
    const old = { content: textContent('Old'), quote: null, attachments: [] }
    const editing = play([write('New'), { type: 'composer-editing', itemId: 'msg_1', draft: old }])
    expect(editing.draft).toEqual(old)
    const twice = play([{ type: 'composer-editing', itemId: 'msg_2', draft: old }], editing)
    expect(play([{ type: 'composer-editing-ended' }], twice).draft.content).toEqual([text('New')])
    expect(changeDraft(editing, 'thr_1', null).kept).toMatchObject({ thr_1: { content: [text('New')] } })
    const done = play([{ type: 'composer-sent', keepTool: false }], editing)
    expect(done).toMatchObject({ editing: null, draft: { content: [text('New')] } })
  })

  it('[COMPOSER-6] the tool goes with the message unless it is to stay', () => {
    const chosen = play([{ type: 'composer-set', value: { toolId: 'search', modelId: 'small' } }])
    expect(play([{ type: 'composer-sent', keepTool: false }], chosen)).toMatchObject({
      toolId: null,
      modelId: 'small',
    })
    expect(play([{ type: 'composer-sent', keepTool: true }], chosen).toolId).toBe('search')
  })
})
