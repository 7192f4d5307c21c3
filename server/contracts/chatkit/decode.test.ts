import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ParleyError } from '../../conversation/errors.ts'
import { ChatKitRequest, attachmentsMax, contentPartsMax, decodeRequest, textLengthMax } from './decode.ts'

type Json = Record<string, unknown>

const input = {
  content: [
    { type: 'input_text', text: 'Hello' },
    { type: 'input_tag', id: 'tag_1', text: 'Anna', data: { any: null }, group: 'People', interactive: true },
  ],
  attachments: ['atc_1'],
  quoted_text: 'Before',
  inference_options: { tool_choice: { id: 'search' }, model: 'small' },
}
const inThread = { thread_id: 'thr_1' }
const action = { type: 'press', payload: { id: 1 } }

/** Every operation with every field. A `?` marks what may be left out or null. */
const operations: { type: string; params: Json; fields: string[] }[] = [
  {
    type: 'threads.create',
    params: { input },
    fields: [
      'input',
      'input.content',
      'input.content.0.text',
      'input.content.1.id',
      'input.content.1.text',
      'input.content.1.data',
      'input.content.1.group?',
      'input.content.1.interactive?',
      'input.attachments',
      'input.quoted_text?',
      'input.inference_options',
      'input.inference_options.tool_choice?',
      'input.inference_options.tool_choice.id',
      'input.inference_options.model?',
    ],
  },
  { type: 'threads.add_user_message', params: { ...inThread, input }, fields: ['thread_id', 'input'] },
  { type: 'threads.add_client_tool_output', params: { ...inThread, result: 1 }, fields: ['thread_id'] },
  {
    type: 'threads.add_structured_input',
    params: {
      ...inThread,
      item_id: 'sin_1',
      input: { status: 'skipped', answers: { colour: { values: ['red'], skipped: true } } },
    },
    fields: [
      'thread_id',
      'item_id',
      'input',
      'input.status?',
      'input.answers?',
      'input.answers.colour',
      'input.answers.colour.values?',
      'input.answers.colour.skipped?',
    ],
  },
  {
    type: 'threads.retry_after_item',
    params: { ...inThread, item_id: 'msg_1' },
    fields: ['thread_id', 'item_id'],
  },
  ...['threads.custom_action', 'threads.sync_custom_action'].map((type) => ({
    type,
    params: { ...inThread, item_id: 'msg_1', action },
    fields: ['thread_id', 'item_id?', 'action', 'action.type'],
  })),
  { type: 'threads.get_by_id', params: inThread, fields: ['thread_id'] },
  {
    type: 'threads.list',
    params: { limit: 5, order: 'asc', after: 'thr_0' },
    fields: ['limit?', 'order?', 'after?'],
  },
  {
    type: 'threads.update',
    params: { ...inThread, title: 'A title' },
    fields: ['thread_id', 'title'],
  },
  { type: 'threads.delete', params: inThread, fields: ['thread_id'] },
  {
    type: 'items.list',
    params: { ...inThread, limit: 5, order: 'asc', after: 'msg_0' },
    fields: ['thread_id', 'limit?', 'order?', 'after?'],
  },
  {
    type: 'items.feedback',
    params: { ...inThread, item_ids: ['msg_1'], kind: 'positive' },
    fields: ['thread_id', 'item_ids', 'item_ids.0', 'kind'],
  },
  {
    type: 'attachments.create',
    params: { name: 'cat.png', size: 3, mime_type: 'image/png' },
    fields: ['name', 'size', 'mime_type'],
  },
  { type: 'attachments.delete', params: { attachment_id: 'atc_1' }, fields: ['attachment_id'] },
  {
    type: 'input.transcribe',
    params: { audio_base64: 'AAAA', mime_type: 'audio/webm' },
    fields: ['audio_base64', 'mime_type'],
  },
  {
    type: 'parley.resume',
    params: { ...inThread, run_id: 'run_1', after: 3 },
    fields: ['thread_id', 'run_id', 'after?'],
  },
  { type: 'parley.cancel', params: { ...inThread, run_id: 'run_1' }, fields: ['thread_id', 'run_id'] },
]

const fields = operations.flatMap(({ type, params, fields: paths }) =>
  paths.map((path) => ({ type, params, path: path.replace('?', ''), isOptional: path.endsWith('?') })),
)

/** The params with another value at the path; `undefined` leaves the field out. */
function changed(params: Json, path: string, value: unknown): Json {
  const copy = structuredClone(params)
  const keys = path.split('.')
  const last = keys.pop() ?? ''
  const parent = keys.reduce<Json>((object, key) => object[key] as Json, copy)
  if (value === undefined) Reflect.deleteProperty(parent, last)
  else parent[last] = value
  return copy
}

function refusal(body: unknown): { param: string | undefined; message: string } {
  try {
    decodeRequest(body)
  } catch (error) {
    if (error instanceof ParleyError && error.code === 'invalid_request') return error
    throw error
  }
  throw new Error('It was accepted.')
}

describe('what is asked', () => {
  it('[DOCS-1] the document names every operation, with the shapes that are checked', () => {
    const { $defs } = z.toJSONSchema(ChatKitRequest, { io: 'input', unrepresentable: 'any' })
    const named = ($defs?.['ChatKitRequest']?.anyOf ?? []).map((each) => {
      const { type, params } = (each as { properties: Record<string, { const?: string }> }).properties
      return { type: type?.const, params }
    })
    expect(new Set(named.map(({ type }) => type))).toEqual(new Set(operations.map(({ type }) => type)))
    expect(named.find(({ type }) => type === 'threads.update')?.params).toMatchObject({
      properties: { thread_id: { maxLength: 200 }, title: { maxLength: 500 } },
      required: ['thread_id', 'title'],
    })
    for (const { type, params } of operations) {
      expect(ChatKitRequest.safeParse({ type, params }).success, type).toBe(true)
    }
  })

  it.each(operations)('[CHATKIT-2] $type is understood with all its fields', ({ type, params }) => {
    expect(decodeRequest({ type, params, metadata: { page: 1 } }).metadata).toEqual({ page: 1 })
    expect(() => decodeRequest({ type, params })).not.toThrow()
  })

  it.each(fields)('[CHATKIT-2] $type names params.$path when it is wrong', ({ type, params, path }) => {
    const { param, message } = refusal({ type, params: changed(params, path, Number.NaN) })
    expect(param).toBe(`params.${path}`)
    expect(message).toContain(`params.${path}: `)
  })

  it.each(fields.filter(({ isOptional, path }) => !isOptional && !path.endsWith('.0')))(
    '[CHATKIT-2] $type names params.$path when it is missing or null',
    ({ type, params, path }) => {
      if (path === 'input.answers.colour') return
      expect(refusal({ type, params: changed(params, path, undefined) }).param).toBe(`params.${path}`)
      expect(refusal({ type, params: changed(params, path, null) }).param).toBe(`params.${path}`)
    },
  )

  it.each(fields.filter(({ isOptional }) => isOptional))(
    '[CHATKIT-3] $type takes an explicit null in params.$path for a field left out',
    ({ type, params, path }) => {
      const left = decodeRequest({ type, params: changed(params, path, undefined) })
      expect(decodeRequest({ type, params: changed(params, path, null) })).toEqual(left)
      expect(left).not.toEqual(decodeRequest({ type, params }))
    },
  )

  it('[CHATKIT-3] explicit nulls for metadata and an action’s payload', () => {
    expect(decodeRequest({ type: 'threads.list', params: {}, metadata: null }).metadata).toEqual({})
    const pressed = { ...inThread, item_id: null, action: { type: 'press', payload: null } }
    expect(decodeRequest({ type: 'threads.custom_action', params: pressed })).toMatchObject({
      intent: { itemId: null, action: { type: 'press', payload: null } },
    })
  })

  it('[CHATKIT-2] a part of a message of an unknown type is named by its place', () => {
    const content = [...input.content, { type: 'input_video', text: 'x' }]
    const { param } = refusal({ type: 'threads.create', params: { input: { ...input, content } } })
    expect(param).toBe('params.input.content.2.type')
  })

  it('[CHATKIT-2] unknown fields are dropped', () => {
    const plain = decodeRequest({ type: 'threads.get_by_id', params: inThread })
    expect(decodeRequest({ type: 'threads.get_by_id', params: { ...inThread, more: 1 }, more: 1 })).toEqual(
      plain,
    )
  })

  it('[CHATKIT-2] the envelope and the operation', () => {
    expect(refusal(null)).toMatchObject({ param: '', message: expect.stringMatching(/^The body: /) })
    expect(refusal([])).toMatchObject({ param: '' })
    expect(refusal({ params: {} }).param).toBe('type')
    expect(refusal({ type: 'threads.list' }).param).toBe('params')
    expect(refusal({ type: 'threads.list', params: [] }).param).toBe('params')
    expect(refusal({ type: 'threads.list', params: {}, metadata: [] }).param).toBe('metadata')
    for (const type of ['threads.explode', 'constructor', '__proto__', 'toString', '']) {
      expect(refusal({ type, params: {} })).toMatchObject({ param: 'type' })
    }
  })

  it('[CHATKIT-2] an error quotes little of what it complains of, and never half a character', () => {
    const long = `${'x'.repeat(79)}🙂`.repeat(5_000)
    const answers = { [long]: { values: [] } }
    const params = { ...inThread, item_id: 'sin_1', input: { answers } }
    for (const body of [
      { type: long, params: {} },
      { type: 'threads.add_structured_input', params },
    ]) {
      const { message, param = '' } = refusal(body)
      expect(message.length + param.length).toBeLessThan(500)
      expect((message + param).isWellFormed()).toBe(true)
    }
  })

  it('[CHATKIT-2] texts and lists have their limits', () => {
    const limits: [Json, string][] = [
      [{ content: [{ type: 'input_text', text: 'x'.repeat(textLengthMax + 1) }] }, 'content.0.text'],
      [{ content: Array.from({ length: contentPartsMax + 1 }, () => input.content[0]) }, 'content'],
      [{ attachments: Array.from({ length: attachmentsMax + 1 }, () => 'atc_1') }, 'attachments'],
      [{ content: [], attachments: [] }, 'content'],
      [{ quoted_text: 'x'.repeat(textLengthMax + 1) }, 'quoted_text'],
    ]
    for (const [change, path] of limits) {
      const params = { input: { ...input, ...change } }
      expect(refusal({ type: 'threads.create', params }).param).toBe(`params.input.${path}`)
    }
  })

  it('[CHATKIT-2] NUL and lone surrogates do not come in', () => {
    const content = [{ type: 'input_text', text: 'a\0b\ud800c' }]
    expect(decodeRequest({ type: 'threads.create', params: { input: { ...input, content } } })).toMatchObject(
      {
        intent: { message: { content: [{ text: 'a\ufffdb\ufffdc' }] } },
      },
    )
  })

  it.each([
    [undefined, 20],
    [null, 20],
    [0, 20],
    [1, 1],
    [100, 100],
    [101, 100],
    [2 ** 40, 100],
  ])('[CHATKIT-3] a page’s limit of %s is %i', (limit, expected) => {
    for (const type of ['threads.list', 'items.list']) {
      expect(decodeRequest({ type, params: { ...inThread, limit } })).toMatchObject({
        page: { limit: expected, order: 'desc' },
      })
    }
  })

  it.each([-1, 1.5, '20', true])('[CHATKIT-2] a page’s limit of %s is refused', (limit) => {
    expect(refusal({ type: 'threads.list', params: { limit } }).param).toBe('params.limit')
    expect(refusal({ type: 'items.list', params: { ...inThread, limit } }).param).toBe('params.limit')
    expect(refusal({ type: 'parley.resume', params: { ...inThread, run_id: 'r', after: -1 } }).param).toBe(
      'params.after',
    )
  })
})
