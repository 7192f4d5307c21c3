import { describe, expect, it } from 'vitest'
import type { WireItem } from '../../server/contracts/chatkit/wire.ts'
import { answerIds, groupChapters, groupTurns, turnText } from './turns.ts'

const base = { thread_id: 'thr_1', created_at: '2026-01-01T00:00:00Z' }

function question(id: string): WireItem {
  const content = [{ type: 'input_text' as const, text: `Question ${id}` }]
  return { ...base, id, type: 'user_message', content, attachments: [], inference_options: {} }
}
function answer(id: string, text: string = `Answer ${id}`): WireItem {
  const content = [{ type: 'output_text' as const, text, annotations: [] }]
  return { ...base, id, type: 'assistant_message', content }
}
function end(id: string): WireItem {
  return { ...base, id, type: 'end_of_turn' }
}
function widget(id: string, copy_text?: string): WireItem {
  const item = { ...base, id, type: 'widget' as const, widget: { type: 'Card' } }
  return copy_text === undefined ? item : { ...item, copy_text }
}
const shape = (items: WireItem[]) => groupTurns(items).map((turn) => turn.items.map(({ id }) => id).join(' '))

describe('turns', () => {
  it('[THREAD-1] a turn begins with a message, and behind the end of another turn', () => {
    expect(shape([])).toEqual([])
    expect(shape([question('q1'), answer('a1'), widget('w1'), question('q2'), question('q3')])).toEqual([
      'q1 a1 w1',
      'q2',
      'q3',
    ])
    expect(shape([answer('a0'), end('e0'), answer('a1'), end('e1'), question('q1'), answer('a2')])).toEqual([
      'a0 e0',
      'a1 e1',
      'q1 a2',
    ])
  })

  it('[THREAD-1] a turn is asked again by its own message or the one before it, if that is loaded', () => {
    const items = [answer('a0'), question('q1'), answer('a1'), end('e1'), answer('a2'), question('q2')]
    expect(groupTurns(items).map(({ askedBy }) => askedBy)).toEqual([undefined, 'q1', 'q1', 'q2'])
  })

  it('[THREAD-1] what is judged is all that the agent made, and what is copied all that it said', () => {
    const [turn] = groupTurns([
      question('q1'),
      answer('a1'),
      widget('w1'),
      widget('w2', 'As text'),
      answer('a2', ' '),
      answer('a3'),
      end('e1'),
    ])
    if (!turn) throw new Error('No turn')
    expect(answerIds(turn)).toEqual(['a1', 'w1', 'w2', 'a2', 'a3'])
    expect(turnText(turn)).toBe('Answer a1\n\nAs text\n\nAnswer a3')
  })

  it('[THREAD-2] turns that did not change are the same objects, whatever grows, comes or goes around them', () => {
    const items = [question('q1'), answer('a1'), question('q2'), answer('a2')]
    const before = groupTurns(items)
    expect(groupTurns([...items], before)).toBe(before)

    const grown = groupTurns([...items.slice(0, 3), answer('a2', 'Longer')], before)
    expect(grown[0]).toBe(before[0])
    expect(grown[1]).not.toBe(before[1])

    const withEarlier = groupTurns([question('q0'), answer('a0'), ...items], before)
    expect(withEarlier.slice(1)).toEqual(before)
    expect(withEarlier[1]).toBe(before[0])
    expect(withEarlier[2]).toBe(before[1])

    expect(groupTurns(items.slice(0, 2), before)).toEqual([before[0]])
  })

  it('[THREAD-2] chapters keep their turns and their names, whatever comes before or behind them', () => {
    const turns = (from: number, to: number) =>
      groupTurns(Array.from({ length: to - from }, (_, place) => question(`q${from + place}`)))
    const sizes = (chapters: ReturnType<typeof groupChapters>) =>
      chapters.map((chapter) => chapter.turns.length)
    const first = groupChapters(turns(100, 130))
    expect(sizes(first)).toEqual([20, 10])
    expect(groupChapters(turns(100, 130), first).map(({ key }) => key)).toEqual(first.map(({ key }) => key))

    const all = turns(50, 145)
    const later = groupChapters(all, first)
    expect(sizes(later)).toEqual([10, 20, 20, 20, 20, 5])
    expect(later.slice(3, 5).map(({ key }) => key)).toEqual(first.map(({ key }) => key))
    expect(later.flatMap((chapter) => chapter.turns)).toEqual(all)
    expect(new Set(later.map(({ key }) => key)).size).toBe(later.length)

    expect(groupChapters(all, later)).toBe(later)
    const dropped = groupChapters(all.slice(0, 40), later)
    expect(dropped.slice(0, 2)).toEqual(later.slice(0, 2))
    expect(dropped[0]).toBe(later[0])
    expect(groupChapters([])).toEqual([])
  })
})
