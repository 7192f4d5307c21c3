/** A chat model adapter whose answers are those of the ChatKit endpoint, in the very thread that the page keeps its messages in. */
import { readAnonymousRefreshToken } from '@assistant-ui/react'
import type { ChatModelAdapter, ThreadMessage } from '@assistant-ui/react'

export const baseUrl = `${location.origin}/assistant-cloud`

interface ChatKitEvent {
  type: string
  update?: { type: string; delta?: string }
}

/** The client keeps the guest's refresh token, and gives it away for such cases. */
async function accessToken(): Promise<string> {
  const body = JSON.stringify({ refresh_token: readAnonymousRefreshToken(baseUrl) })
  const headers = { 'content-type': 'application/json' }
  const reply = await fetch(`${baseUrl}/v1/auth/tokens/refresh`, { method: 'POST', headers, body })
  return ((await reply.json()) as { access_token: string }).access_token
}

async function ask(type: string, params: object, signal: AbortSignal): Promise<Response> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${await accessToken()}` }
  return fetch('/chatkit', { method: 'POST', headers, body: JSON.stringify({ type, params }), signal })
}

interface UserItem {
  id: string
  type: string
  content: { text: string }[]
}

/** Asked before, or kept by the page already: then it is to be answered, and not to be said again. */
async function knownQuestion(
  threadId: string,
  text: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const reply = await ask('items.list', { thread_id: threadId, limit: 20, order: 'desc' }, signal)
  const { data } = (await reply.json()) as { data: UserItem[] }
  const asked = data.find(({ type }) => type === 'user_message')
  return asked?.content.map((part) => part.text).join('') === text ? asked.id : undefined
}

async function* eventsOf(reply: Response): AsyncGenerator<ChatKitEvent> {
  if (reply.body === null) return
  let rest = ''
  const decoder = new TextDecoder()
  for await (const chunk of reply.body as unknown as AsyncIterable<Uint8Array>) {
    const frames = (rest + decoder.decode(chunk, { stream: true })).split('\n\n')
    rest = frames.pop() ?? ''
    for (const frame of frames) {
      const data = frame.split('\n').find((line) => line.startsWith('data: '))
      if (data !== undefined) yield JSON.parse(data.slice(6)) as ChatKitEvent
    }
  }
}

function textOf(message: ThreadMessage | undefined): string {
  return (message?.content ?? []).map((part) => (part.type === 'text' ? part.text : '')).join('')
}

export function createAgent(threadId: () => Promise<string>): ChatModelAdapter {
  return {
    async *run({ messages, abortSignal }) {
      const id = await threadId()
      const text = textOf(messages.findLast(({ role }) => role === 'user'))
      const known = await knownQuestion(id, text, abortSignal)
      const input = { content: [{ type: 'input_text', text }], attachments: [], inference_options: {} }
      const reply =
        known === undefined
          ? await ask('threads.add_user_message', { thread_id: id, input }, abortSignal)
          : await ask('threads.retry_after_item', { thread_id: id, item_id: known }, abortSignal)
      let answer = ''
      for await (const { update } of eventsOf(reply)) {
        if (update?.type !== 'assistant_message.content_part.text_delta') continue
        answer += update.delta ?? ''
        yield { content: [{ type: 'text', text: answer }] }
      }
    },
  }
}
