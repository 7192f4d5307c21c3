import type { StructuredInput, StructuredInputItem } from '../../server/contracts/chatkit/wire.ts'

/**
 * What a person is about to answer to the questions of a structured input. It takes the composer's place, one question at a time:
 *
 *   question 1 ──next, skip──▶ question 2 ──▶ … ──last one──▶ sent ──accepted──▶ (the thread shows the answers)
 *              ◀────back─────                                   │
 *                            ◀────────────refused───────────────┘
 */
export interface QuestionsState {
  itemId: string
  /** Which question is shown: its place among them. */
  place: number
  /** One for each question, in their order. */
  answers: readonly DraftAnswer[]
  /** The item as it was, while what was answered is on its way: if it is refused, everything is as before. */
  sent: StructuredInputItem | null
}

export interface DraftAnswer {
  chosen: readonly string[]
  /** Whether something that is not among the options is chosen; always so for free text. */
  hasOther: boolean
  /** The own words. */
  other: string
}

export interface QuestionsEvent {
  type: 'questions-changed'
  questions: QuestionsState
}

export const emptyAnswer: DraftAnswer = { chosen: [], hasOther: false, other: '' }

/** The draft for this item: what was begun, or nothing yet. */
export function questionsFor(item: StructuredInputItem, begun: QuestionsState | null): QuestionsState {
  if (begun !== null && begun.itemId === item.id) return begun
  return { itemId: item.id, place: 0, answers: item.inputs.map(() => emptyAnswer), sent: null }
}

/** The item as the server will have it. */
export function answeredItem(item: StructuredInputItem, input: StructuredInput): StructuredInputItem {
  const inputs = item.inputs.map((question) => {
    const answer = Object.hasOwn(input.answers, question.id) ? input.answers[question.id] : undefined
    return { ...question, answer: answer ?? { values: [], skipped: true } }
  })
  return { ...item, status: input.status, inputs }
}
