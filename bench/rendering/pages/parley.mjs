/** The whole element, as a page has it: requests, events, store and all. Only the server is in the page. */
import '../../../element/parley-chat.ts'
import { offer } from './measure.mjs'

const createdAt = new Date().toISOString()
const thread = {
  id: 'thr_1',
  created_at: createdAt,
  status: { type: 'active' },
  metadata: {},
  items: { data: [], has_more: false },
}
const empty = {
  id: 'msg_answer',
  thread_id: thread.id,
  created_at: createdAt,
  type: 'assistant_message',
  content: [{ type: 'output_text', text: '', annotations: [] }],
}
let items = []
let stream

const chat = document.createElement('parley-chat')
chat.style.cssText = 'display:block;height:100vh'
chat.setOptions({ api: { url: '/chatkit', fetch: answer }, initialThread: null })
document.body.append(chat)

/** As the server would. */
async function answer(_, { body }) {
  const { type } = JSON.parse(body)
  if (type === 'threads.add_user_message' || type === 'threads.create') {
    const events = new ReadableStream({ start: (controller) => (stream = controller) })
    return new Response(events, {
      headers: { 'Content-Type': 'text/event-stream', 'Parley-Run': 'run_1', 'Parley-Thread': thread.id },
    })
  }
  const page = { data: items.toReversed(), has_more: false }
  return Response.json(
    type === 'items.list' ? page : type === 'threads.get_by_id' ? { ...thread, run: null } : {},
  )
}

const encoder = new TextEncoder()
let seq = 0
function send(event) {
  seq += 1
  stream.enqueue(encoder.encode(`id: ${seq}\ndata: ${JSON.stringify(event)}\n\n`))
}

offer({
  async open(messages) {
    items = messages.map(({ role, text }, place) => ({
      id: `msg_${place}`,
      thread_id: thread.id,
      created_at: createdAt,
      ...(role === 'user'
        ? {
            type: 'user_message',
            content: [{ type: 'input_text', text }],
            attachments: [],
            inference_options: {},
          }
        : { type: 'assistant_message', content: [{ type: 'output_text', text, annotations: [] }] }),
    }))
    await chat.setThreadId(thread.id)
  },
  async begin() {
    stream = undefined
    void chat.sendUserMessage({ text: 'Tell me everything.' })
    while (stream === undefined) await new Promise((resolve) => setTimeout(resolve))
    send({ type: 'thread.created', thread })
    send({ type: 'thread.item.added', item: empty })
    let text = ''
    return {
      push(delta) {
        text += delta
        const update = { type: 'assistant_message.content_part.text_delta', content_index: 0, delta }
        send({ type: 'thread.item.updated', item_id: empty.id, update })
      },
      end() {
        send({
          type: 'thread.item.done',
          item: { ...empty, content: [{ type: 'output_text', text, annotations: [] }] },
        })
        send({ type: 'parley.run_ended', status: 'completed' })
        stream.close()
      },
    }
  },
  shown: () =>
    [...(chat.shadowRoot?.querySelectorAll('.markdown') ?? [])].at(-1)?.lastElementChild?.textContent ?? '',
})
