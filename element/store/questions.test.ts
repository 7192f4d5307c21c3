import { describe, expect, it } from 'vitest'
import type { StructuredInputItem } from '../../server/contracts/chatkit/wire.ts'
import {
  choose,
  chooseOther,
  currentAnswer,
  goTo,
  skipped,
  structuredInput,
  withAnswer,
} from './answering.ts'
import { answeredItem, questionsFor } from './questions.ts'
import type { DraftAnswer } from './questions.ts'

const one = {
  type: 'multiple_choice' as const,
  id: 'size',
  question: 'Which size?',
  options: [{ value: 'Small' }, { value: 'Large' }],
  multiple: false,
}
const several = {
  type: 'multiple_choice' as const,
  id: '__proto__',
  question: 'Which toppings?',
  options: [{ value: 'Olives' }, { value: 'Basil' }, { value: 'Capers' }],
  multiple: true,
}
const free = { type: 'freeform' as const, id: 'note', question: 'Anything else?' }
const item: StructuredInputItem = {
  id: 'msg_1',
  thread_id: 'thr_1',
  created_at: '2026-01-01T00:00:00Z',
  type: 'structured_input',
  status: 'pending',
  inputs: [one, several, free],
}
const empty: DraftAnswer = { chosen: [], hasOther: false, other: '' }

describe('questions', () => {
  it('[THREAD-4] a single choice keeps the last, several are kept in the order of the options', () => {
    expect(choose(one, choose(one, empty, 'Small'), 'Large').chosen).toEqual(['Large'])
    const two = choose(several, choose(several, empty, 'Capers'), 'Olives')
    expect(two.chosen).toEqual(['Olives', 'Capers'])
    expect(choose(several, two, 'Capers').chosen).toEqual(['Olives'])
  })

  it('[THREAD-4] something else takes the place of a single choice, and goes beside several', () => {
    expect(chooseOther(one, choose(one, empty, 'Small'))).toEqual({ chosen: [], hasOther: true, other: '' })
    expect(choose(one, chooseOther(one, empty), 'Small').hasOther).toBe(false)
    expect(chooseOther(several, choose(several, empty, 'Basil'))).toEqual({
      chosen: ['Basil'],
      hasOther: true,
      other: '',
    })
  })

  it('[THREAD-4] what is sent has an answer for every question, whatever its id; blank ones are skipped', () => {
    let questions = questionsFor(item, null)
    questions = withAnswer(questions, { chosen: [], hasOther: true, other: ' Huge ' })
    questions = withAnswer(goTo(questions, 1), { chosen: ['Basil'], hasOther: false, other: 'not chosen' })
    questions = withAnswer(goTo(questions, 2), { ...empty, other: '  ' })
    const input = structuredInput(item, questions)
    expect(input.status).toBe('answered')
    expect(JSON.parse(JSON.stringify(input.answers))).toEqual(
      JSON.parse(
        '{"size":{"values":["Huge"],"skipped":false},"__proto__":{"values":["Basil"],"skipped":false},"note":{"values":[],"skipped":true}}',
      ),
    )
    const answered = answeredItem(item, input)
    expect(answered.status).toBe('answered')
    expect(answered.inputs.map(({ answer }) => answer)).toEqual([
      { values: ['Huge'], skipped: false },
      { values: ['Basil'], skipped: false },
      { values: [], skipped: true },
    ])
  })

  it('[THREAD-4] when every question is skipped, the whole is', () => {
    let questions = questionsFor(item, null)
    questions = withAnswer(questions, choose(one, currentAnswer(questions), 'Small'))
    questions = skipped(questions)
    const input = structuredInput(item, questions)
    expect(input).toEqual({ status: 'skipped', answers: {} })
    expect(answeredItem(item, input).inputs[0]?.answer).toEqual({ values: [], skipped: true })
  })

  it('[THREAD-4] what was begun is there as long as the same questions are asked', () => {
    const begun = goTo(withAnswer(questionsFor(item, null), { ...empty, other: 'so far' }), 1)
    expect(questionsFor(item, begun)).toBe(begun)
    expect(questionsFor({ ...item, id: 'msg_2' }, begun).place).toBe(0)
  })
})
