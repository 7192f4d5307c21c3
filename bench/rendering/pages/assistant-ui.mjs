/** assistant-ui on an external store, its texts drawn by Streamdown. */
import {
  AssistantRuntimeProvider,
  MessagePrimitive,
  ThreadPrimitive,
  useExternalStoreRuntime,
} from '@assistant-ui/react'
import { createElement, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { Streamdown } from 'streamdown'
import { offer } from './measure.mjs'

const place = document.createElement('main')
place.style.cssText = 'height:100vh;max-width:46rem;margin:auto'
document.body.append(place)

const Text = ({ text }) => createElement(Streamdown, null, text)
const UserMessage = () => createElement(MessagePrimitive.Root, null, createElement(MessagePrimitive.Parts))
const AssistantMessage = () =>
  createElement(
    MessagePrimitive.Root,
    { className: 'answer' },
    createElement(MessagePrimitive.Parts, { components: { Text } }),
  )
const convertMessage = ({ id, role, text }) => ({ id, role, content: [{ type: 'text', text }] })

let set
function Chat() {
  const [state, setState] = useState({ messages: [], isRunning: false })
  set = setState
  const runtime = useExternalStoreRuntime({ ...state, convertMessage, onNew: async () => undefined })
  const messages = createElement(ThreadPrimitive.Messages, { components: { UserMessage, AssistantMessage } })
  const viewport = createElement(
    ThreadPrimitive.Viewport,
    { style: { height: '100vh', overflow: 'auto' } },
    messages,
  )
  return createElement(
    AssistantRuntimeProvider,
    { runtime },
    createElement(ThreadPrimitive.Root, null, viewport),
  )
}
createRoot(place).render(createElement(Chat))

offer({
  async open(messages) {
    while (set === undefined) await new Promise((resolve) => setTimeout(resolve))
    set({ messages: messages.map((message, index) => ({ id: `m${index}`, ...message })), isRunning: false })
  },
  async begin() {
    let text = ''
    const answer = () => ({ id: 'answer', role: 'assistant', text })
    const grow = (isRunning) =>
      set(({ messages }) => ({ messages: [...messages.slice(0, -1), answer()], isRunning }))
    set(({ messages }) => ({
      messages: [...messages, { id: 'question', role: 'user', text: 'Tell me everything.' }, answer()],
      isRunning: true,
    }))
    return {
      push(delta) {
        text += delta
        grow(true)
      },
      end: () => grow(false),
    }
  },
  shown: () => [...place.querySelectorAll('.answer')].at(-1)?.textContent?.slice(-200) ?? '',
})
