import type { TargetedKeyboardEvent, VNode } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { StructuredInputItem } from '../../server/contracts/chatkit/wire.ts'
import {
  answerValues,
  choose,
  chooseOther,
  currentAnswer,
  goTo,
  skipped,
  structuredInput,
  withAnswer,
} from '../store/answering.ts'
import { questionsFor } from '../store/questions.ts'
import type { DraftAnswer, QuestionsState } from '../store/questions.ts'
import type { Words } from '../words/words.ts'
import questionsStyle from './questions.css?inline'
import type { Actions } from './view-parts.ts'

export const style: string = questionsStyle

export interface QuestionsViewProps {
  item: StructuredInputItem
  /** What was entered before, if it was for these questions. */
  begun: QuestionsState | null
  /** Whether the keyboard was in the composer, whose place this takes. */
  takesFocus: boolean
  words: Words
  actions: Actions
}

type Question = StructuredInputItem['inputs'][number]

/**
 * What an agent asks, in the composer's place: one question at a time, because each is then as easy as a message. Several have
 * a way back, and go out together after the last one.
 */
export function View({ item, begun, takesFocus, words, actions }: QuestionsViewProps): VNode | null {
  const form = useRef<HTMLFormElement>(null)
  const questions = questionsFor(item, begun)
  const question = item.inputs[questions.place]
  const place = useRef(takesFocus ? -1 : questions.place)
  useLayoutEffect(() => {
    if (place.current !== questions.place) focusFirst(form.current)
    place.current = questions.place
  }, [questions.place])
  if (!question) return null

  // What is entered now, and not what was drawn last: somebody may be faster than the screen.
  const now = (): QuestionsState => questionsFor(item, actions.state().questions)
  const enter = (change: (answer: DraftAnswer) => DraftAnswer): void =>
    actions.dispatch({
      type: 'questions-changed',
      questions: withAnswer(now(), change(currentAnswer(now()))),
    })
  const goOn = (entered: QuestionsState): void => {
    const isLast = entered.place === item.inputs.length - 1
    const next = isLast ? entered : goTo(entered, entered.place + 1)
    actions.dispatch({ type: 'questions-changed', questions: next })
    if (isLast) void actions.chat.answerQuestions(structuredInput(item, entered))
  }
  const submit = (): void => {
    if (answerValues(question, currentAnswer(now())).length > 0) goOn(now())
  }

  return (
    <form
      ref={form}
      className="questions"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <Progress place={questions.place} total={item.inputs.length} words={words} />
      <QuestionFields
        key={questions.place}
        question={question}
        answer={currentAnswer(questions)}
        words={words}
        enter={enter}
        submit={submit}
      />
      <div className="questions-foot">
        <button type="button" className="quiet" onClick={() => goOn(skipped(now()))}>
          {words.skip}
        </button>
        {questions.place === 0 ? null : (
          <button
            type="button"
            className="soft"
            onClick={() =>
              actions.dispatch({ type: 'questions-changed', questions: goTo(now(), now().place - 1) })
            }
          >
            {words.back}
          </button>
        )}
        <button
          type="submit"
          className="filled"
          aria-disabled={answerValues(question, currentAnswer(questions)).length === 0}
        >
          {questions.place < item.inputs.length - 1 ? words.next : words.submit}
        </button>
      </div>
    </form>
  )
}

/** On a touch screen the keyboard would cover what is asked. */
function focusFirst(form: HTMLFormElement | null): void {
  const field = form?.querySelector<HTMLElement>('input:checked, input, textarea')
  const isText = field instanceof HTMLTextAreaElement
  if (!isText || !matchMedia('(pointer: coarse)').matches) field?.focus()
}

function Progress({ place, total, words }: { place: number; total: number; words: Words }): VNode | null {
  if (total < 2) return null
  return (
    <div className="questions-progress">
      <span>{words.questionOf(place + 1, total)}</span>
      <progress className="progress-line" max={total} value={place + 1} aria-hidden="true" />
    </div>
  )
}

interface FieldsProps {
  question: Question
  answer: DraftAnswer
  words: Words
  enter: (change: (answer: DraftAnswer) => DraftAnswer) => void
  submit: () => void
}

function QuestionFields(props: FieldsProps): VNode {
  return props.question.type === 'freeform' ? (
    <FreeText {...props} question={props.question} />
  ) : (
    <Choices {...props} question={props.question} />
  )
}

interface ChoicesProps extends FieldsProps {
  question: Extract<Question, { type: 'multiple_choice' }>
}

function Choices({ question, answer, words, enter }: ChoicesProps): VNode {
  const other = useRef<HTMLInputElement>(null)
  const hadOther = useRef(answer.hasOther)
  useLayoutEffect(() => {
    if (answer.hasOther && !hadOther.current) other.current?.focus()
    hadOther.current = answer.hasOther
  }, [answer.hasOther])
  const kind = question.multiple ? 'checkbox' : 'radio'
  return (
    <fieldset>
      <legend dir="auto">{question.question}</legend>
      <p className="questions-hint">{question.multiple ? words.chooseSeveral : words.chooseOne}</p>
      <div className="option-chips">
        {question.options.map(({ value }, place) => (
          <label key={place} className="option-chip" dir="auto">
            <input
              type={kind}
              name="answer"
              checked={answer.chosen.includes(value)}
              onChange={() => enter((before) => choose(question, before, value))}
            />
            <span>{value}</span>
          </label>
        ))}
        <label className="option-chip">
          <input
            type={kind}
            name="answer"
            checked={answer.hasOther}
            onChange={() => enter((before) => chooseOther(question, before))}
          />
          <span>{words.otherAnswer}</span>
        </label>
      </div>
      {answer.hasOther ? (
        <input
          ref={other}
          type="text"
          className="own-answer"
          dir="auto"
          aria-label={words.yourAnswer}
          placeholder={words.yourAnswer}
          value={answer.other}
          onInput={(event) => {
            const written = event.currentTarget.value
            enter((before) => ({ ...before, other: written }))
          }}
        />
      ) : null}
    </fieldset>
  )
}

interface FreeTextProps extends FieldsProps {
  question: Extract<Question, { type: 'freeform' }>
}

function FreeText({ question, answer, words, enter, submit }: FreeTextProps): VNode {
  /** As in the composer: Enter sends, unless it confirms an input method's candidate. */
  function onKeyDown(event: TargetedKeyboardEvent<HTMLTextAreaElement>): void {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return
    event.preventDefault()
    submit()
  }
  return (
    <label className="free-text">
      <span className="free-text-question" dir="auto">
        {question.question}
      </span>
      {question.description ? (
        <span className="questions-hint" dir="auto">
          {question.description}
        </span>
      ) : null}
      <textarea
        className="own-answer"
        rows={2}
        dir="auto"
        placeholder={words.yourAnswer}
        value={answer.other}
        onKeyDown={onKeyDown}
        onInput={(event) => {
          const written = event.currentTarget.value
          enter((before) => ({ ...before, other: written }))
        }}
      />
    </label>
  )
}
