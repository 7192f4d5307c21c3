/** What a person wants to happen in a thread: every door decodes its requests to one of these. */
import type { Action } from './agent.ts'
import type { InferenceOptions, Json, UserContent } from './items.ts'

export type Intent =
  | { type: 'create-thread'; message: MessageInput }
  | { type: 'add-message'; threadId: string; message: MessageInput }
  /** The page's answer to the newest pending client tool call. */
  | { type: 'add-tool-output'; threadId: string; result: Json }
  | { type: 'answer-questions'; threadId: string; itemId: string; answers: QuestionAnswers }
  /** Everything after the user message goes, and it is answered again; with `rewrittenAs`, after it was made to say that. */
  | { type: 'retry'; threadId: string; itemId: string; rewrittenAs?: UserContent[] }
  /** `itemId` is the widget's, or null for an action of the page itself. */
  | { type: 'act'; threadId: string; itemId: string | null; action: Action }

export interface MessageInput {
  /** A client's own name for it, which nothing in the thread has yet. Default: one of ours. */
  id?: string
  content: UserContent[]
  attachmentIds: string[]
  quotedText?: string
  inferenceOptions: InferenceOptions
}

export interface QuestionAnswers {
  status: 'answered' | 'skipped'
  /** By question id. Questions that are not here are skipped; ids that nobody asked for are ignored. */
  answers: Record<string, { values: string[]; skipped: boolean }>
}
