/** A page's chat: the one that its address names, or a new one, begun as the Nuxt chat template begins one. */
import type { UIMessage } from 'ai'

export interface BegunChat {
  id: string
  messages: UIMessage[]
}

export async function beginChat(): Promise<BegunChat> {
  const known = new URLSearchParams(location.search).get('chat')
  const id = known ?? crypto.randomUUID()
  if (known === null) {
    const text = new URLSearchParams(location.search).get('say') ?? 'Hello'
    const body = JSON.stringify({ id, message: { role: 'user', parts: [{ type: 'text', text }] } })
    await fetch('/api/chats', { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    history.replaceState(null, '', `?chat=${id}`)
  }
  const reply = await fetch(`/api/chats/${id}`)
  const { messages } = (await reply.json()) as BegunChat
  return { id, messages }
}
