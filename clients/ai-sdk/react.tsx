/** A page with `useChat`, as its documents show it. It draws everything that a message may be made of. */
import { useChat } from '@ai-sdk/react'
import { DefaultChatTransport, lastAssistantMessageIsCompleteWithToolCalls } from 'ai'
import type { UIMessage } from 'ai'
import { useState } from 'react'
import { createRoot } from 'react-dom/client'
import { beginChat } from './begin.ts'
import type { BegunChat } from './begin.ts'

type Part = UIMessage['parts'][number]

interface PartProps {
  part: Part
  /** The person answers what the tool asks. */
  onPick(toolCallId: string): void
}

function PartView({ part, onPick }: PartProps) {
  if (part.type === 'text') return <p>{part.text}</p>
  if (part.type === 'reasoning') return <aside>{part.text}</aside>
  if (part.type === 'source-url') return <a href={part.url}>{part.title}</a>
  if (part.type === 'source-document') return <cite>{part.filename}</cite>
  if (part.type === 'file') return <img alt={part.filename ?? part.mediaType} src={part.url} />
  if (part.type.startsWith('data-')) return <pre>{`${part.type} ${JSON.stringify(part)}`}</pre>
  if (part.type !== 'tool-pick_colour') return null
  const { state, toolCallId } = part as Part & { state: string; toolCallId: string }
  if (state !== 'input-available') return <samp>{`pick_colour ${state}`}</samp>
  return <button onClick={() => onPick(toolCallId)}>blue</button>
}

function Page({ begun: { id, messages: initial } }: { begun: BegunChat }) {
  const [input, setInput] = useState('')
  const [files, setFiles] = useState<FileList>()
  const [told, setTold] = useState<string[]>([])
  const { messages, sendMessage, regenerate, stop, status, error, addToolOutput } = useChat({
    id,
    messages: initial,
    resume: true,
    transport: new DefaultChatTransport({ api: `/api/chats/${id}` }),
    sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls,
    onData: ({ type, data }) => setTold((before) => [...before, `${type} ${JSON.stringify(data)}`]),
  })
  return (
    <>
      <ol>
        {messages.map(({ id: messageId, role, parts }) => (
          <li key={messageId} data-role={role}>
            {parts.map((part, index) => (
              <PartView
                key={index}
                part={part}
                onPick={(toolCallId) =>
                  void addToolOutput({ tool: 'pick_colour', toolCallId, output: 'blue' })
                }
              />
            ))}
          </li>
        ))}
      </ol>
      <p role="status">{status}</p>
      <p role="alert">{error?.message}</p>
      <ul>
        {told.map((text, index) => (
          <li key={index}>{text}</li>
        ))}
      </ul>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          setInput('')
          setFiles(undefined)
          void sendMessage({ text: input, ...(files === undefined ? {} : { files }) })
        }}
      >
        <input aria-label="Message" value={input} onChange={({ target }) => setInput(target.value)} />
        <input
          aria-label="Files"
          type="file"
          onChange={({ target }) => setFiles(target.files ?? undefined)}
        />
        <button>Send</button>
      </form>
      <button onClick={() => void stop()}>Stop</button>
      <button onClick={() => void regenerate()}>Regenerate</button>
    </>
  )
}

const root = document.querySelector('#root')
if (root !== null) createRoot(root).render(<Page begun={await beginChat()} />)
