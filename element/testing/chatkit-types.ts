/** What is written for ChatKit's types fits ours: it is the compiler that checks it. */
import type { ChatKitOptions, OpenAIChatKit } from '@openai/chatkit'
import type { ChatOptions } from '../options.ts'
import type { ParleyChat } from '../parley-chat.ts'

export const options: (theirs: ChatKitOptions) => ChatOptions = (theirs) => theirs

type Methods =
  | 'focusComposer'
  | 'setThreadId'
  | 'sendUserMessage'
  | 'setComposerValue'
  | 'fetchUpdates'
  | 'sendCustomAction'
  | 'showHistory'
  | 'hideHistory'

export const methods: (ours: ParleyChat) => Pick<OpenAIChatKit, Methods> = (ours) => ours
