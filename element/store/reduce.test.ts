import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StreamEvent, WireItem, WireThread } from '../../server/contracts/chatkit/wire.ts'
import { contentText, textContent } from './composer.ts'
import type { ChatEvent, PhaseEvent, RunFrame } from './events.ts'
import { answerText } from './items.ts'
import { phaseTable } from './phases.ts'
import { reduce } from './reduce.ts'
import { createRun, createState, isBusy } from './state.ts'
import type { ChatState, Phase, Snapshot } from './state.ts'

const thread: WireThread = {
  id: 'thr_1',
  created_at: '2026-01-01T00:00:00Z',
  status: { type: 'active' },
  metadata: {},
  items: { data: [], has_more: false },
}
const base = { thread_id: 'thr_1', created_at: '2026-01-01T00:00:00Z' }

function question(id: string, text: string = 'Why?'): WireItem {
  const content = [{ type: 'input_text' as const, text }]
  return { ...base, id, type: 'user_message', content, attachments: [], inference_options: {} }
}
function answer(id: string, text: string): WireItem {
  return { ...base, id, type: 'assistant_message', content: [{ type: 'output_text', text, annotations: [] }] }
}
function delta(item_id: string, text: string): StreamEvent {
  const update = { type: 'assistant_message.content_part.text_delta', content_index: 0, delta: text } as const
  return { type: 'thread.item.updated', item_id, update }
}
function log(events: StreamEvent[]): RunFrame[] {
  return events.map((event, place) => ({ seq: place + 1, event }))
}
function snapshot(parts: Partial<Snapshot> = {}): Snapshot {
  return { thread, items: [], cursor: undefined, run: null, ...parts }
}
function play(events: ChatEvent[], from: ChatState = createState()): ChatState {
  return events.reduce(reduce, from)
}

const written = (state: ChatState): string => contentText(state.composer.draft.content)
const send: ChatEvent = { type: 'send', item: question('local:1') }
const accepted: ChatEvent = { type: 'accepted', threadId: 'thr_1', runId: 'run_1' }
const wholeLog = log([
  { type: 'thread.created', thread },
  { type: 'thread.item.done', item: question('msg_1') },
  { type: 'stream_options', stream_options: { allow_cancel: true } },
  { type: 'thread.item.added', item: answer('msg_2', '') },
  delta('msg_2', 'One. '),
  delta('msg_2', 'Two. '),
  delta('msg_2', 'Three.'),
  { type: 'thread.item.done', item: answer('msg_2', 'One. Two. Three.') },
  { type: 'parley.run_ended', status: 'completed' },
])

describe('the phases', () => {
  const phases = Object.keys(phaseTable) as Phase[]
  const events: Record<PhaseEvent['type'], PhaseEvent> = {
    'new-chat': { type: 'new-chat' },
    open: { type: 'open', threadId: 'thr_2' },
    opened: { type: 'opened', snapshot: snapshot() },
    'open-failed': { type: 'open-failed', threadId: 'thr_1', message: 'gone' },
    send: { type: 'send', item: question('local:1') },
    retry: { type: 'retry', itemId: 'msg_1' },
    answer: { type: 'answer', itemId: 'msg_1', input: { status: 'skipped', answers: {} } },
    continue: { type: 'continue' },
    act: { type: 'act' },
    accepted: { type: 'accepted', threadId: 'thr_1', runId: 'run_1' },
    refused: { type: 'refused', message: 'no' },
    frames: { type: 'frames', frames: log([{ type: 'parley.run_ended', status: 'completed' }]) },
    cut: { type: 'cut' },
    reconnected: { type: 'reconnected' },
    stop: { type: 'stop' },
    'stop-failed': { type: 'stop-failed', message: 'no' },
    lost: { type: 'lost', message: 'gone' },
  }
  const anywhere = { 'new-chat': 'start', open: 'opening' } as const
  const expected: Record<Phase, Partial<Record<PhaseEvent['type'], Phase>>> = {
    start: { ...anywhere, send: 'sending' },
    opening: { ...anywhere, opened: 'ready', 'open-failed': 'unopened' },
    unopened: anywhere,
    ready: {
      ...anywhere,
      opened: 'ready',
      send: 'sending',
      retry: 'sending',
      continue: 'sending',
      act: 'sending',
    },
    sending: { ...anywhere, accepted: 'streaming', refused: 'ready' },
    streaming: { ...anywhere, frames: 'ready', cut: 'reconnecting', stop: 'stopping', lost: 'ready' },
    reconnecting: {
      ...anywhere,
      opened: 'ready',
      frames: 'ready',
      reconnected: 'streaming',
      stop: 'stopping',
      lost: 'ready',
    },
    stopping: { ...anywhere, opened: 'ready', frames: 'ready', 'stop-failed': 'streaming', lost: 'ready' },
  }

  function stateIn(phase: Phase): ChatState {
    const run = createRun('run_1')
    const running = ['streaming', 'reconnecting', 'stopping'].includes(phase)
    const open = phase !== 'start'
    return {
      ...createState(),
      phase,
      threadId: open ? 'thr_1' : null,
      items: open ? [question('msg_1')] : [],
      run: running ? run : null,
    }
  }

  it.each(phases)(
    '[ELEMENT-21] in the phase %s every event leads where the table says, or changes nothing',
    (phase) => {
      for (const event of Object.values(events)) {
        const state = stateIn(phase)
        const next = reduce(state, event)
        const to = expected[phase][event.type]
        if (to === undefined) expect(next, event.type).toBe(state)
        else expect(next.phase, event.type).toBe(to)
      }
    },
  )

  it('[ELEMENT-21] whatever happens in whatever order, a run is there exactly while one is followed', () => {
    const some = fc.constantFrom<ChatEvent>(...Object.values(events), send, {
      type: 'frames',
      frames: wholeLog.slice(0, 5),
    })
    fc.assert(
      fc.property(fc.array(some, { maxLength: 30 }), (sequence) => {
        const state = play(sequence)
        expect(state.run !== null).toBe(isBusy(state) && state.phase !== 'sending')
      }),
    )
  })
})

describe('following a run', () => {
  it('[ELEMENT-3] events that come again are ignored: any overlap gives the same conversation', () => {
    const straight = play([send, accepted, { type: 'frames', frames: wholeLog }])
    expect(straight.items.map((item) => item.id)).toEqual(['msg_1', 'msg_2'])
    const cut = fc.nat(wholeLog.length)
    fc.assert(
      fc.property(fc.array(fc.tuple(cut, cut), { maxLength: 8 }), (pieces) => {
        let state = play([send, accepted])
        let reached = 0
        for (const [one, other] of [...pieces, [0, wholeLog.length] as const]) {
          // A resumed stream may begin before what has been seen, but never behind it.
          const from = Math.min(one, other, reached)
          const to = Math.max(one, other)
          state = play(
            [{ type: 'cut' }, { type: 'reconnected' }, { type: 'frames', frames: wholeLog.slice(from, to) }],
            state,
          )
          reached = Math.max(reached, to)
          // Also before the finished item covers what had come twice.
          const frames = wholeLog.slice(0, reached)
          expect(state.items).toEqual(play([send, accepted, { type: 'frames', frames }]).items)
        }
        expect(state.items).toEqual(straight.items)
        expect(state.phase).toBe('ready')
      }),
    )
  })

  it('[ELEMENT-2] replaying a whole log over a thread that is loaded already changes nothing', () => {
    const items = [question('msg_1'), answer('msg_2', 'One. Two. Three.')]
    const run = { id: 'run_1', status: 'running', last_seq: 8 } as const
    const opened: ChatEvent = { type: 'opened', snapshot: snapshot({ items, run }) }
    const state = play([{ type: 'open', threadId: 'thr_1' }, opened, { type: 'frames', frames: wholeLog }])
    expect(state.items).toEqual(items)
    expect(state.phase).toBe('ready')
  })

  it('[ELEMENT-14] what had been told before a reload is not told again', () => {
    const run = { id: 'run_1', status: 'running', last_seq: 6 } as const
    const opened: ChatEvent = { type: 'opened', snapshot: snapshot({ items: [question('msg_1')], run }) }
    const state = play([
      { type: 'open', threadId: 'thr_1' },
      opened,
      { type: 'frames', frames: wholeLog.slice(0, 6) },
      { type: 'frames', frames: wholeLog.slice(6) },
    ])
    expect(state.spoken.lines.map(({ text }) => text)).toEqual(['Three.'])
  })

  it('[ELEMENT-14] a widget is told once, when it is whole', () => {
    const widget = {
      id: 'wig_1',
      thread_id: 'thr_1',
      created_at: '2026-01-01T00:00:00Z',
      type: 'widget' as const,
      widget: {
        type: 'Card',
        children: [
          { type: 'Title', value: 'Tea' },
          { type: 'Text', value: 'Green, hot' },
        ],
      },
    }
    const frames = log([
      { type: 'thread.item.added', item: widget },
      { type: 'thread.item.done', item: widget },
    ])
    const before = play([send, accepted, { type: 'frames', frames: frames.slice(0, 1) }])
    expect(before.spoken.lines).toEqual([])
    const state = play([send, accepted, { type: 'frames', frames }])
    expect(state.spoken.lines.map(({ text }) => text)).toEqual(['Tea\nGreen, hot'])
  })

  it.each(['[', '[](', '.', '.)'])('[ELEMENT-14] an answer of 100 KB of %s is told as it stands', (sign) => {
    const text = sign.repeat(100_000 / sign.length)
    const frames = log([
      { type: 'thread.item.added', item: answer('msg_2', text) },
      delta('msg_2', sign),
      { type: 'thread.item.done', item: answer('msg_2', `[One](two) ${text}`) },
    ])
    const state = play([send, accepted, { type: 'frames', frames }])
    expect(state.spoken.lines.map((line) => line.text)).toEqual([`One ${text}`])
  })

  it('[ELEMENT-5] an answer that was stopped before its first word leaves nothing behind', () => {
    const frames = log([
      { type: 'thread.item.done', item: question('msg_1') },
      { type: 'thread.item.added', item: answer('msg_2', '') },
      { type: 'parley.run_ended', status: 'cancelled' },
    ])
    const state = play([send, accepted, { type: 'stop' }, { type: 'frames', frames }])
    expect(state.items.map((item) => item.id)).toEqual(['msg_1'])
    expect(state.outcome).toMatchObject({ kind: 'cancelled', allowRetry: true })
  })

  it('[ELEMENT-8] a message that is refused comes back, but not over something else that has been typed', () => {
    const refused: ChatEvent = { type: 'refused', message: 'no' }
    expect(play([send, refused])).toMatchObject({ phase: 'start', items: [], problem: 'no' })
    expect(written(play([send, refused]))).toBe('Why?')
    const more: ChatEvent = { type: 'composer-set', value: { content: textContent('else') } }
    expect(written(play([send, more, refused]))).toBe('Why?\nelse')
  })

  it('[ELEMENT-8] a message that is on its way when its conversation is left waits there; one that has arrived does not', () => {
    const opened: ChatEvent[] = [
      { type: 'open', threadId: 'thr_1' },
      { type: 'opened', snapshot: snapshot() },
    ]
    const away: ChatEvent = { type: 'open', threadId: 'thr_2' }
    const left = play([...opened, send, away])
    expect(written(left)).toBe('')
    expect(written(play(opened, left))).toBe('Why?')
    expect(written(play([...opened, send, accepted, away, ...opened]))).toBe('')
    expect(written(play([send, { type: 'new-chat' }]))).toBe('Why?')
    const draft = { content: textContent('Anew'), quote: null, attachments: [] }
    const editing: ChatEvent = { type: 'composer-editing', itemId: 'msg_1', draft }
    expect(written(play([...opened, send, editing, away, ...opened]))).toBe('Why?')
  })

  it('[ELEMENT-8] a message that is refused leaves the outcome of the answer before it, with its way on', () => {
    const failed = log([
      { type: 'error', code: 'custom', message: 'broke', allow_retry: true },
      { type: 'parley.run_ended', status: 'failed' },
    ])
    const before = play([send, accepted, { type: 'frames', frames: failed }])
    expect(before.outcome).toMatchObject({ kind: 'failed', message: 'broke' })
    expect(play([send, { type: 'refused', message: 'no' }], before).outcome).toEqual(before.outcome)
  })

  it('[ELEMENT-7] a run whose failure said that it cannot be given again stays so, until another one ended', () => {
    const frames = log([
      { type: 'error', code: 'custom', message: 'broke', allow_retry: false },
      { type: 'parley.run_ended', status: 'failed' },
    ])
    const before = play([send, accepted, { type: 'frames', frames }])
    const look = (id: string): ChatState => {
      const run = { id, status: 'failed' as const, last_seq: 2, error: 'broke' }
      return play([{ type: 'opened', snapshot: snapshot({ run }) }], before)
    }
    expect(look('run_1').outcome).toBe(before.outcome)
    expect(look('run_1').outcome).toMatchObject({ kind: 'failed', allowRetry: false })
    expect(look('run_2').outcome).toEqual({ kind: 'failed', message: 'broke', allowRetry: true })
  })

  it('[ELEMENT-10] annotations are inserted where their index says', () => {
    const annotate = (annotation_index: number, title: string): StreamEvent => ({
      type: 'thread.item.updated',
      item_id: 'msg_2',
      update: {
        type: 'assistant_message.content_part.annotation_added',
        content_index: 0,
        annotation_index,
        annotation: { type: 'annotation', source: { type: 'file', title, filename: title }, index: 1 },
      },
    })
    const frames = log([
      { type: 'thread.item.added', item: answer('msg_2', 'text') },
      annotate(0, 'b'),
      annotate(0, 'a'),
      annotate(9, 'c'),
    ])
    const item = play([send, accepted, { type: 'frames', frames }]).items.at(-1)
    const titles =
      item?.type === 'assistant_message' ? item.content[0]?.annotations.map(({ source }) => source.title) : []
    expect(titles).toEqual(['a', 'b', 'c'])
  })
})

describe('loading', () => {
  const items = (from: number, to: number): WireItem[] =>
    Array.from({ length: to - from + 1 }, (_, place) => answer(`msg_${from + place}`, `${from + place}`))
  const open: ChatEvent = { type: 'open', threadId: 'thr_1' }

  it('[ELEMENT-9] earlier pages come before what is loaded, and the cursor is the server’s', () => {
    const state = play([
      open,
      { type: 'opened', snapshot: snapshot({ items: items(21, 40), cursor: 'hidden_20' }) },
      { type: 'earlier-asked' },
      {
        type: 'earlier-arrived',
        threadId: 'thr_1',
        page: { data: items(11, 20).toReversed(), has_more: true, after: 'msg_11' },
      },
    ])
    expect(state.items.map((item) => answerText(item))).toEqual(items(11, 40).map((item) => answerText(item)))
    expect(state.earlier).toEqual({ cursor: 'msg_11', loading: false })
  })

  it('[ELEMENT-6] what another tab did is taken over; what was loaded before it stays', () => {
    const before = play([open, { type: 'opened', snapshot: snapshot({ items: items(1, 30), cursor: 'x' }) }])
    const meeting = play(
      [{ type: 'opened', snapshot: snapshot({ items: items(20, 35), cursor: 'y' }) }],
      before,
    )
    expect(meeting.items.length).toBe(35)
    expect(meeting.earlier.cursor).toBe('x')
    const far = play([{ type: 'opened', snapshot: snapshot({ items: items(80, 99), cursor: 'y' }) }], before)
    expect(far.items.length).toBe(20)
    expect(far.earlier.cursor).toBe('y')
  })

  it('[ELEMENT-6] a late answer about a thread that is no longer open changes nothing', () => {
    const state = play([open, { type: 'open', threadId: 'thr_2' }])
    expect(play([{ type: 'opened', snapshot: snapshot() }], state)).toBe(state)
  })
})
