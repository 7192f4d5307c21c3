'use client'

import { useEffect, useState } from 'react'
import type { FormEvent } from 'react'
import {
  createSession,
  createTicket,
  deleteSession,
  getHistory,
  sendMessage,
  updateSession,
  uploadFile,
} from './actions/chat-actions.ts'
import type { Outcome } from './actions/chat-actions.ts'

type Messages = Extract<Awaited<ReturnType<typeof getHistory>>, { value: unknown }>['value']['messages']

/** The session is remembered by the browser, and everything else by the server. */
export function Chat({ user }: { user: string }) {
  const session = useSession(`support session of ${user}`)
  return (
    <section>
      <MessageList messages={session.messages} />
      <p role="status">{session.isBusy ? 'One moment …' : session.notice}</p>
      <Composer isBusy={session.isBusy} onSend={session.send} />
      <Deeds isDisabled={session.isBusy || session.id === null} session={session} />
    </section>
  )
}

function MessageList({ messages }: { messages: Messages }) {
  return (
    <ol aria-label="Messages">
      {messages.map(({ id, role, content, attachments = [] }) => (
        <li key={id} data-role={role}>
          <p>{content}</p>
          {attachments.map(({ id: fileId, fileUrl, fileName }) => (
            <a key={fileId} href={fileUrl}>
              {fileName}
            </a>
          ))}
        </li>
      ))}
    </ol>
  )
}

function Composer({ isBusy, onSend }: { isBusy: boolean; onSend(content: string, file: File | null): void }) {
  function send(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault()
    const form = event.currentTarget
    const entered = new FormData(form)
    const content = entered.get('content')
    const file = entered.get('file')
    onSend(typeof content === 'string' ? content : '', file instanceof File && file.size > 0 ? file : null)
    form.reset()
  }
  return (
    <form onSubmit={send}>
      <label>
        Message <textarea name="content" required rows={3} />
      </label>
      <label>
        File <input name="file" type="file" />
      </label>
      <button disabled={isBusy}>Send</button>
    </form>
  )
}

function Deeds({ isDisabled, session }: { isDisabled: boolean; session: Session }) {
  return (
    <div>
      <button disabled={isDisabled} onClick={session.openTicket}>
        Open a ticket
      </button>
      <button disabled={isDisabled} onClick={session.resolve}>
        Resolve
      </button>
      <button disabled={isDisabled} onClick={session.remove}>
        Delete
      </button>
    </div>
  )
}

interface Session {
  id: string | null
  messages: Messages
  /** What has just been done, or gone wrong. */
  notice: string
  isBusy: boolean
  send(content: string, file: File | null): void
  openTicket(): void
  resolve(): void
  remove(): void
}

function useSession(rememberedAs: string): Session {
  const [id, setId] = useState<string | null>(null)
  const [messages, setMessages] = useState<Messages>([])
  const [notice, setNotice] = useState('')
  const [isBusy, setIsBusy] = useState(false)

  function show(read: Read | null): void {
    if (read === null) return
    setId(read.sessionId)
    setMessages(read.messages)
  }

  useEffect(() => {
    const known = localStorage.getItem(rememberedAs)
    if (known !== null) void readAll(known).then(show)
  }, [rememberedAs])

  /** Does one thing after the other, and says what became of it. */
  async function work(action: (sessionId: string) => Promise<string>): Promise<void> {
    setIsBusy(true)
    const done = begun().then(action)
    setNotice(await done.catch((error: unknown) => (error instanceof Error ? error.message : 'Failed.')))
    setIsBusy(false)
  }

  async function begun(): Promise<string> {
    if (id !== null) return id
    const created = valueOf(await createSession())
    localStorage.setItem(rememberedAs, created.id)
    setId(created.id)
    return created.id
  }

  async function send(sessionId: string, content: string, file: File | null): Promise<string> {
    if (file !== null) {
      const form = new FormData()
      form.set('file', file)
      valueOf(await uploadFile(sessionId, form))
    }
    const sending = { id: 'sending', role: 'user' as const, content, createdAt: new Date().toISOString() }
    setMessages((before) => [...before, sending])
    const outcome = await sendMessage(sessionId, content, crypto.randomUUID())
    show(await readAll(sessionId))
    valueOf(outcome)
    return ''
  }

  async function remove(sessionId: string): Promise<string> {
    valueOf(await deleteSession(sessionId))
    localStorage.removeItem(rememberedAs)
    setId(null)
    setMessages([])
    return 'The session is deleted.'
  }

  async function openTicket(sessionId: string): Promise<string> {
    const { ticketId, status } = valueOf(await createTicket(sessionId))
    return `Ticket ${ticketId} is ${status}.`
  }

  async function resolve(sessionId: string): Promise<string> {
    return `This session is ${valueOf(await updateSession(sessionId, 'resolved')).status}.`
  }

  return {
    id,
    messages,
    notice,
    isBusy,
    send: (content, file) => void work((sessionId) => send(sessionId, content, file)),
    openTicket: () => void work(openTicket),
    resolve: () => void work(resolve),
    remove: () => void work(remove),
  }
}

interface Read {
  sessionId: string
  messages: Messages
}

/** Null when there is no such session any more. */
async function readAll(sessionId: string): Promise<Read | null> {
  const messages: Messages = []
  for (let cursor: string | undefined; ;) {
    const page = await getHistory(sessionId, cursor)
    if ('error' in page) return null
    messages.push(...page.value.messages)
    if (page.value.next === null) return { sessionId, messages }
    cursor = page.value.next
  }
}

function valueOf<Value>(outcome: Outcome<Value>): Value {
  if ('value' in outcome) return outcome.value
  throw new Error(outcome.error.message)
}
