/** Streamdown in React as its documentation has it: a message is a component, and grows by its state. */
import { createElement, memo, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { Streamdown } from 'streamdown'
import { offer } from './measure.mjs'

const place = document.createElement('main')
place.style.cssText = 'height:100vh;overflow:auto;max-width:46rem;margin:auto'
document.body.append(place)

const Message = memo(({ role, text, isAnimating }) =>
  role === 'user'
    ? createElement('p', null, text)
    : createElement(Streamdown, { mode: isAnimating ? 'streaming' : 'static', isAnimating }, text),
)

let set
function Chat() {
  const [messages, setMessages] = useState([])
  set = setMessages
  return messages.map((message, index) => createElement(Message, { key: index, ...message }))
}
createRoot(place).render(createElement(Chat))

offer({
  async open(messages) {
    while (set === undefined) await new Promise((resolve) => setTimeout(resolve))
    set(messages)
  },
  async begin() {
    let text = ''
    const grow = (isAnimating) =>
      set((messages) => [...messages.slice(0, -1), { role: 'assistant', text, isAnimating }])
    set((messages) => [
      ...messages,
      { role: 'user', text: 'Tell me everything.' },
      { role: 'assistant', text, isAnimating: true },
    ])
    return {
      push(delta) {
        text += delta
        grow(true)
      },
      end: () => grow(false),
    }
  },
  shown: () =>
    place.lastElementChild?.lastElementChild?.textContent ?? place.lastElementChild?.textContent ?? '',
})
