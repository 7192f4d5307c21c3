/** A page with `Chat` of `@ai-sdk/vue`, on the same way as the Nuxt chat template's page of a chat. */
import { Chat } from '@ai-sdk/vue'
import { DefaultChatTransport } from 'ai'
import { createApp, defineComponent, h, onMounted, ref } from 'vue'
import { beginChat } from './begin.ts'

const { id, messages } = await beginChat()

const Page = defineComponent(() => {
  const input = ref('')
  const shown = ref('')
  const chat = new Chat({
    id,
    messages,
    transport: new DefaultChatTransport({ api: `/api/chats/${id}`, body: { model: 'any' } }),
    onError({ message }) {
      const isJson = message.startsWith('{')
      shown.value = isJson ? (JSON.parse(message) as { message: string }).message : message
    },
  })
  onMounted(() => {
    if (messages.length === 1) void chat.regenerate()
  })
  const send = (event: Event): void => {
    event.preventDefault()
    void chat.sendMessage({ text: input.value })
    input.value = ''
  }
  const textOf = (part: (typeof chat.messages)[number]['parts'][number]) =>
    part.type === 'text' ? [h('p', part.text)] : []
  return () => [
    h(
      'ol',
      chat.messages.map(({ id: key, role, parts }) =>
        h('li', { key, 'data-role': role }, parts.flatMap(textOf)),
      ),
    ),
    h('p', { role: 'status' }, chat.status),
    h('p', { role: 'alert' }, shown.value),
    h('form', { onSubmit: send }, [
      h('input', {
        'aria-label': 'Message',
        value: input.value,
        onInput: ({ target }: Event) => void (input.value = (target as HTMLInputElement).value),
      }),
      h('button', 'Send'),
    ]),
    h('button', { onClick: () => void chat.stop() }, 'Stop'),
    h('button', { onClick: () => void chat.regenerate() }, 'Regenerate'),
  ]
})

createApp(Page).mount('#root')
