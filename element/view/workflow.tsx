import type { VNode } from 'preact'
import type { WorkflowItem } from '../../server/contracts/chatkit/wire.ts'
import { safeUrl } from '../markdown/safe-url.ts'
import type { Words } from '../words/words.ts'
import { Icon } from './icons.tsx'
import { MarkdownView } from './markdown-view.tsx'

type Workflow = WorkflowItem['workflow']
type Task = Workflow['tasks'][number]

export interface WorkflowViewProps {
  workflow: Workflow
  /** Whether the run that works on it is still going on. */
  running: boolean
  words: Words
}

/** What the agent did on its way to the answer: folded, with a summary that says how long it was or took. */
export function WorkflowView({ workflow, running, words }: WorkflowViewProps): VNode {
  return (
    <details className="workflow" open={workflow.expanded || undefined}>
      <summary>
        {running ? <span className="spinner" /> : <Icon name="spark" />}
        <span>{summaryWords(workflow, running, words)}</span>
        <Icon name="chevron" />
      </summary>
      <ul>
        {workflow.tasks.map((task, place) => (
          <li key={place} dir="auto">
            <TaskView task={task} running={running} words={words} />
          </li>
        ))}
      </ul>
    </details>
  )
}

function summaryWords({ summary, type, tasks }: Workflow, running: boolean, words: Words): string {
  if (summary && 'title' in summary) return summary.title
  if (summary && !running) return words.thoughtFor(summary.duration)
  const newest = tasks.at(-1)?.title
  if (newest) return newest
  return type === 'reasoning' || tasks.length === 0 ? words.reasoning : words.steps(tasks.length)
}

export interface TaskViewProps {
  task: Task
  running: boolean
  words: Words
}

export function TaskView({ task, running, words }: TaskViewProps): VNode {
  const busy = running && task.status_indicator === 'loading'
  return (
    <div className="task">
      {busy ? <span className="spinner" /> : null}
      {task.status_indicator === 'complete' ? <Icon name="check" /> : null}
      <div>
        {task.title ? <p className="task-title">{task.title}</p> : null}
        <TaskDetails task={task} running={running} words={words} />
      </div>
    </div>
  )
}

/** Nothing can be copied out of a task, so no button has anything to do. */
const copyNothing = (): void => undefined

function TaskDetails({ task, running, words }: TaskViewProps): VNode | null {
  switch (task.type) {
    case 'custom':
    case 'thought': {
      if (!task.content) return null
      return (
        <MarkdownView
          text={task.content}
          growing={running}
          words={words}
          copied={null}
          onCopy={copyNothing}
        />
      )
    }
    case 'web_search':
    case 'file':
      return task.sources.length === 0 ? null : (
        <ul>
          {task.sources.map((source, place) => (
            <li key={place}>
              <SourceLink title={source.title} url={source.type === 'url' ? source.url : undefined} />
            </li>
          ))}
        </ul>
      )
    case 'image':
      return null
  }
}

function SourceLink({ title, url }: { title: string; url: string | undefined }): VNode {
  const safe = url === undefined ? undefined : safeUrl(url)
  if (safe === undefined) return <span>{title}</span>
  return (
    <a href={safe} target="_blank" rel="noopener noreferrer">
      {title}
    </a>
  )
}
