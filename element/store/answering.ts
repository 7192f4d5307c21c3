/** What a person does with the questions of an agent; loaded with their view. */
import type { StructuredInput, StructuredInputItem } from '../../server/contracts/chatkit/wire.ts'
import { emptyAnswer } from './questions.ts'
import type { DraftAnswer, QuestionsState } from './questions.ts'

type Question = StructuredInputItem['inputs'][number]

/** What the question that is shown is answered with so far. */
export function currentAnswer({ place, answers }: QuestionsState): DraftAnswer {
  return answers[place] ?? emptyAnswer
}

export function withAnswer(questions: QuestionsState, answer: DraftAnswer): QuestionsState {
  const { place, answers } = questions
  return place < answers.length ? { ...questions, answers: answers.with(place, answer) } : questions
}

/** Of a single choice the last one counts; of several, choosing again takes back. */
export function choose(question: Question, answer: DraftAnswer, value: string): DraftAnswer {
  if (question.type === 'freeform') return answer
  if (!question.multiple) return { ...answer, chosen: [value], hasOther: false }
  const chosen = answer.chosen.includes(value)
    ? answer.chosen.filter((other) => other !== value)
    : // In the order of the options, whichever came first.
      question.options
        .map((option) => option.value)
        .filter((option) => option === value || answer.chosen.includes(option))
  return { ...answer, chosen }
}

export function chooseOther(question: Question, answer: DraftAnswer): DraftAnswer {
  const isSeveral = question.type === 'multiple_choice' && question.multiple
  return isSeveral ? { ...answer, hasOther: !answer.hasOther } : { ...answer, chosen: [], hasOther: true }
}

/** What is sent for one question; empty: it is skipped. */
export function answerValues(question: Question, { chosen, hasOther, other }: DraftAnswer): string[] {
  const own = question.type === 'freeform' || hasOther ? other.trim() : ''
  return own === '' ? [...chosen] : [...chosen, own]
}

export function goTo(questions: QuestionsState, place: number): QuestionsState {
  return { ...questions, place }
}

/** Without the answer to the question that is shown. */
export function skipped(questions: QuestionsState): QuestionsState {
  return withAnswer(questions, emptyAnswer)
}

/** Everything together; `skipped` when nothing was answered. */
export function structuredInput(item: StructuredInputItem, { answers }: QuestionsState): StructuredInput {
  const given = item.inputs.map((question, place): [string, string[]] => [
    question.id,
    answerValues(question, answers[place] ?? emptyAnswer),
  ])
  if (given.every(([, values]) => values.length === 0)) return { status: 'skipped', answers: {} }
  return {
    status: 'answered',
    answers: Object.fromEntries(given.map(([id, values]) => [id, { values, skipped: values.length === 0 }])),
  }
}
