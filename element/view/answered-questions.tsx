import type { VNode } from 'preact'
import type { StructuredInputItem } from '../../server/contracts/chatkit/wire.ts'
import type { Words } from '../words/words.ts'
import answeredStyle from './answered-questions.css?inline'

export const style: string = answeredStyle

export interface AnsweredQuestionsProps {
  item: StructuredInputItem
  words: Words
}

type Question = StructuredInputItem['inputs'][number]

/** What an agent asked, and what came of it. */
export function View({ item, words }: AnsweredQuestionsProps): VNode {
  return (
    <article className="answered">
      <h2 className="unseen">{words.question}</h2>
      <dl>
        {item.inputs.map((question) => (
          <div key={question.id}>
            <dt dir="auto">{question.question}</dt>
            <dd dir="auto">{answerElement(question, item.status, words)}</dd>
          </div>
        ))}
      </dl>
    </article>
  )
}

function answerElement(
  { answer }: Question,
  status: StructuredInputItem['status'],
  words: Words,
): VNode | string {
  if (status === 'pending') return <span className="not-answered">–</span>
  if (answer === undefined || answer.skipped || answer.values.length === 0) {
    return <span className="not-answered">{words.skipped}</span>
  }
  return answer.values.join(', ')
}
