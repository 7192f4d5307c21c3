/** A tutor in a book's page: its session is created by the page's own server, which knows what is being read. */
import { ChatKit, useChatKit } from '@openai/chatkit-react'

const getCurrentChapter = () => document.querySelector('[data-chapter]')?.getAttribute('data-chapter')
const getCurrentLesson = () => document.querySelector('[data-lesson]')?.getAttribute('data-lesson')
const getHighlightedText = () => window.getSelection()?.toString()

export function TutorChatWidget() {
  const { control } = useChatKit({
    api: {
      // oxlint-disable-next-line no-unused-vars -- as the contract has it
      async getClientSecret(existing) {
        // Create session from our backend
        const response = await fetch('/api/chatkit/session', {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({
            page_path: window.location.pathname,
            page_title: document.title,
            current_chapter: getCurrentChapter(),
            current_lesson: getCurrentLesson(),
            highlighted_text: getHighlightedText(),
            student_email: localStorage.getItem('student_email'),
            learning_level: localStorage.getItem('learning_level') || 'beginner',
          }),
        })

        const data = await response.json()
        return data.client_secret
      },
    },
  })

  return <ChatKit control={control} className="h-[600px] w-[320px]" />
}
