import { createRoot } from 'react-dom/client'
import { TutorChatWidget } from './tutor-chat-widget.tsx'

const place = document.querySelector('#app')
if (place !== null)
  createRoot(place).render(
    <>
      <p data-chapter="04-python" data-lesson="01-intro">
        Python counts from zero.
      </p>
      <TutorChatWidget />
    </>,
  )
