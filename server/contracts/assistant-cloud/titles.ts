/** A thread's title, by the words that it begins with: no model is asked, here as everywhere. */
import { titleOf } from '../../agents/thread-title.ts'
import type { SaidWords } from '../../conversation/client-messages.ts'
import { createItemId } from '../../conversation/ids.ts'
import type { ConversationStore } from '../../conversation/store.ts'
import type { Owner } from '../../conversation/threads.ts'
import { HttpProblem } from '../../http/problem.ts'
import { saidIn } from './decode.ts'
import type { TitleMessage } from './wire.ts'

export const titleAssistant = 'system/thread_title'

/** Undefined when it is not the user's, or says nothing. */
export function titleBy(said: SaidWords | null): string | undefined {
  if (said === null || said.role !== 'user') return undefined
  return titleOf({
    id: createItemId('user_message'),
    thread_id: '',
    created_at: '',
    type: 'user_message',
    content: [{ type: 'input_text', text: said.texts.join('\n') }],
    attachments: [],
    inference_options: {},
  })
}

/** The one that the thread has, or from now on. Empty when there are no words for one. */
export async function titleThread(
  store: Pick<ConversationStore, 'changeThread'>,
  owner: Owner,
  {
    thread_id,
    assistant_id,
    messages,
  }: { thread_id: string; assistant_id: string; messages: TitleMessage[] },
): Promise<string> {
  if (assistant_id !== titleAssistant) {
    throw new HttpProblem('not_found', `There is no assistant here but ${titleAssistant}.`, {
      param: 'assistant_id',
    })
  }
  return store.changeThread(owner, thread_id, async (transaction) => {
    const { thread } = transaction
    if (thread.title !== undefined && thread.title !== '') return thread.title
    const title = messages
      .map(({ role, content }) =>
        titleBy(saidIn({ role, content: content.map(({ type, text = '' }) => ({ type, text })) })),
      )
      .find((each) => each !== undefined)
    if (title !== undefined) await transaction.saveThread({ ...thread, title }, ['title'])
    return title ?? ''
  })
}
