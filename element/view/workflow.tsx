import type { ComponentChildren, VNode } from 'preact'
import type { WireItem } from '../../server/contracts/chatkit/wire.ts'
import { NamedIcon } from '../icons/named-icon.tsx'
import { safeUrl } from '../markdown/safe-url.ts'
import type { Words } from '../words/words.ts'
import { Icon } from './icons.tsx'
import { MarkdownView } from './markdown-view.tsx'
import workflowStyle from './workflow.css?inline'

export const style: string = workflowStyle

type WorkflowItem = Extract<WireItem, { type: 'workflow' }>
type TaskItem = Extract<WireItem, { type: 'task' }>
type Workflow = WorkflowItem['workflow']
type Task = TaskItem['task']

export interface WorkflowViewProps {
  item: WorkflowItem | TaskItem
  /** Whether the run that works on it is still going on. */
  running: boolean
  words: Words
}

/** What the agent did on its way to the answer. */
export function View({ item, running, words }: WorkflowViewProps): VNode {
  if (item.type === 'task') {
    return (
      <div className="lone-step">
        <TaskView task={item.task} running={running} words={words} />
      </div>
    )
  }
  return <WorkflowView workflow={item.workflow} running={running} words={words} />
}

interface WorkflowProps {
  workflow: Workflow
  running: boolean
  words: Words
}

/** Folded, with a summary that says what is being done, or how long it took. What is thought now is seen as it comes. */
function WorkflowView({ workflow, running, words }: WorkflowProps): VNode {
  const { tasks, expanded, type, summary } = workflow
  const newest = tasks.at(-1)
  const thought = running && type === 'reasoning' && newest?.type === 'thought' ? newest.content : ''
  const icon = summary && 'title' in summary ? summary.icon : undefined
  return (
    <div className="workflow">
      <details className="fold" open={expanded || undefined}>
        <summary>
          {running ? (
            <span className="spinner" />
          ) : icon === undefined ? (
            <Icon name="spark" />
          ) : (
            <NamedIcon name={icon} />
          )}
          <span className={running ? 'shining' : undefined}>{summaryWords(workflow, running, words)}</span>
          <Icon name="chevron" />
        </summary>
        <ul className="steps">
          {tasks.map((task, place) => (
            <li key={place}>
              <TaskView task={task} running={running && task === newest} words={words} />
            </li>
          ))}
        </ul>
      </details>
      {thought === '' ? null : (
        <div className="live-thought" aria-hidden="true" inert>
          <Details text={thought} growing words={words} />
        </div>
      )}
    </div>
  )
}

function summaryWords({ summary, type, tasks }: Workflow, running: boolean, words: Words): string {
  if (summary && 'title' in summary) return summary.title
  if (summary && !running) return words.thoughtFor(summary.duration)
  const newest = tasks.at(-1)?.title
  if (running && newest) return newest
  return type === 'reasoning' || tasks.length === 0 ? words.reasoning : words.steps(tasks.length)
}

interface TaskProps {
  task: Task
  running: boolean
  words: Words
}

function TaskView({ task, running, words }: TaskProps): VNode {
  const title = taskTitle(task, words)
  return (
    <div className="step">
      <span className="step-icon">
        {running && task.status_indicator === 'loading' ? (
          <span className="spinner" />
        ) : (
          <TaskIcon task={task} />
        )}
      </span>
      <div>
        {title === undefined ? null : (
          <p className="step-title">
            <bdi>{title}</bdi>
          </p>
        )}
        <TaskDetails task={task} running={running} words={words} />
      </div>
    </div>
  )
}

function taskTitle(task: Task, words: Words): string | undefined {
  if (task.title) return task.title
  return task.type === 'web_search' && task.title_query
    ? `${words.searchedFor} ${task.title_query}`
    : undefined
}

function TaskIcon({ task }: { task: Task }): VNode {
  switch (task.type) {
    case 'custom':
      if (task.icon !== undefined) return <NamedIcon name={task.icon} />
      return <NamedIcon name={task.status_indicator === 'complete' ? 'check' : 'dot'} />
    case 'web_search':
      return <NamedIcon name="globe" />
    case 'thought':
      return <NamedIcon name="lightbulb" />
    case 'file':
      return <NamedIcon name="document" />
    case 'image':
      return <NamedIcon name="square-image" />
    // A kind of task that a newer server knows.
    default:
      return <NamedIcon name="dot" />
  }
}

function TaskDetails({ task, running, words }: TaskProps): VNode | null {
  switch (task.type) {
    case 'custom':
    case 'thought':
      return task.content ? <Details text={task.content} growing={running} words={words} /> : null
    case 'web_search':
      return (
        <>
          <Chips label={words.searchedFor}>
            {task.queries.map((query) => (
              <li key={query} className="chip" dir="auto">
                <NamedIcon name="search" />
                <span>{query}</span>
              </li>
            ))}
          </Chips>
          <Chips label={words.sources(task.sources.length)}>
            {task.sources.map(({ title, url, description }, place) => (
              <li key={place}>
                <SourceChip title={title} url={url} description={description} />
              </li>
            ))}
          </Chips>
        </>
      )
    case 'file':
      return (
        <Chips label={words.sources(task.sources.length)}>
          {task.sources.map(({ title, filename, description }, place) => (
            <li key={place} className="chip" title={description} dir="auto">
              <NamedIcon name="document" />
              <span>{title || filename}</span>
            </li>
          ))}
        </Chips>
      )
    case 'image':
    default:
      return null
  }
}

function Chips({ label, children }: { label: string; children: ComponentChildren[] }): VNode | null {
  if (children.length === 0) return null
  return (
    <ul className="chips" aria-label={label}>
      {children}
    </ul>
  )
}

interface SourceChipProps {
  title: string
  url: string
  description: string | undefined
}

function SourceChip({ title, url, description }: SourceChipProps): VNode {
  const safe = safeUrl(url)
  const text = (
    <>
      <NamedIcon name="globe" />
      <span dir="auto">{title || url}</span>
    </>
  )
  if (safe === undefined) return <span className="chip">{text}</span>
  return (
    <a className="chip" href={safe} title={description ?? safe} target="_blank" rel="noopener noreferrer">
      {text}
    </a>
  )
}

/** Nothing can be copied out of a task, so no button has anything to do. */
const copyNothing = (): void => undefined

function Details({ text, growing, words }: { text: string; growing: boolean; words: Words }): VNode {
  return <MarkdownView text={text} growing={growing} words={words} copied={null} onCopy={copyNothing} />
}
