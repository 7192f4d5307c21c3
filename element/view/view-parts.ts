import type { Chat } from '../chat/create-chat.ts'
import type { ChatOptions } from '../options.ts'
import type { ChatEvent } from '../store/events.ts'
import type { ChatState } from '../store/state.ts'
import type { Words } from '../words/words.ts'

/** What a component may do. The same object for the life of the element, so it never makes anything render again. */
export interface Actions {
  chat: Chat
  dispatch: (event: ChatEvent) => void
  /** As it is now, which may be newer than what is drawn. */
  state: () => ChatState
  /** Copies the text, and marks `what` as copied for a moment. */
  copy: (what: string, text: string) => void
  /** Where the ChatKit door is, as an absolute address. */
  serverUrl: () => string
  /** Puts the keyboard where the next message is written. */
  focusComposer: () => void
}

/** Components hold no state of their own: all of it is here. */
export interface ViewParts {
  state: ChatState
  options: ChatOptions
  words: Words
  actions: Actions
}
