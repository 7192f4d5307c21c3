/** A page as apps for hosted ChatKit have it: their own server makes the session, and they wait for it before they show the chat. */
import { ChatKit, useChatKit } from '@openai/chatkit-react'
import { StrictMode, useCallback, useState } from 'react'
import { createRoot } from 'react-dom/client'

interface Session {
  client_secret: string
  expires_after: unknown
}

function Chat() {
  const [isReady, setIsReady] = useState(false)
  const getClientSecret = useCallback(async () => {
    const reply = await fetch(`/create-session${location.search}`, { method: 'POST' })
    const session: Session = await reply.json()
    setIsReady(true)
    return session.client_secret
  }, [])
  const { control } = useChatKit({
    api: { getClientSecret },
    startScreen: {
      greeting: 'How can I help?',
      prompts: [{ label: 'About Parley', prompt: 'What is Parley?', icon: 'circle-question' }],
    },
    composer: { placeholder: 'Ask anything', attachments: { enabled: true } },
  })
  return (
    <>
      <output>{isReady ? 'ready' : 'loading'}</output>
      <div className="chat" hidden={!isReady}>
        <ChatKit control={control} className="chat" />
      </div>
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
