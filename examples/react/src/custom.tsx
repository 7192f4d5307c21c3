/** `@openai/chatkit-react` as it comes from npm. Only the address of the server and the script of the page are ours. */
import { ChatKit, useChatKit } from '@openai/chatkit-react'
import { StrictMode, useState } from 'react'
import { createRoot } from 'react-dom/client'

function Chat() {
  const [events, setEvents] = useState<string[]>([])
  const [scheme, setScheme] = useState<'light' | 'dark'>('light')
  const heard = (event: string) => setEvents((before) => [...before, event])
  const chat = useChatKit({
    api: { url: '/chatkit', domainKey: 'local-dev' },
    theme: scheme,
    startScreen: {
      greeting: 'How can we help?',
      prompts: [{ label: 'About Parley', prompt: 'What is Parley?', icon: 'lightbulb' }],
    },
    composer: { placeholder: 'Ask us anything' },
    threadItemActions: { feedback: true, retry: true },
    onReady: () => heard('ready'),
    onResponseStart: () => heard('response.start'),
    onResponseEnd: () => heard('response.end'),
    onThreadChange: ({ threadId }) => heard(`thread.change ${threadId === null ? 'none' : 'some'}`),
    onHistoryOpen: () => heard('history.open'),
    onHistoryClose: () => heard('history.close'),
    onError: () => heard('error'),
  })
  return (
    <>
      <div className="controls">
        <button type="button" onClick={() => void chat.sendUserMessage({ text: 'Sent by the page' })}>
          Send for me
        </button>
        <button type="button" onClick={() => void chat.setComposerValue({ text: 'Written by the page' })}>
          Write for me
        </button>
        <button type="button" onClick={() => void chat.setThreadId(null)}>
          Begin anew
        </button>
        <button type="button" onClick={() => void chat.showHistory()}>
          All chats
        </button>
        <button type="button" onClick={() => setScheme(scheme === 'light' ? 'dark' : 'light')}>
          Light or dark
        </button>
        <output>{events.join(', ')}</output>
      </div>
      <ChatKit control={chat.control} className="chat" />
    </>
  )
}

const place = document.querySelector('#app')
if (place !== null)
  createRoot(place).render(
    <StrictMode>
      <Chat />
    </StrictMode>,
  )
