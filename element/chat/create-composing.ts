import { isSendable } from '../store/composer.ts'
import { canSend } from '../store/state.ts'
import type { Turns } from './create-turns.ts'
import { composedMessage } from './outgoing.ts'
import type { ChatParts } from './parts.ts'

/** What a person can do with the message that is being written. */
export interface Composing {
  /** Sends what stands in the composer, if it is a message. */
  submit(): Promise<void>
}

export function createComposing({ store, options }: ChatParts, turns: Turns): Composing {
  return {
    async submit() {
      const state = store.state()
      const { composer } = state
      if (!canSend(state) || !isSendable(composer.draft)) return
      const chosen = options().composer
      const tool = chosen?.tools?.find(({ id }) => id === composer.toolId)
      store.dispatch({ type: 'composer-sent', keepTool: tool?.persistent === true })
      await turns.ask(composedMessage(composer, chosen))
    },
  }
}
