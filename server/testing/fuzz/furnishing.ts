/** What somebody has before anybody reaches for it: something at every door, and their canary in all of it. */
import type { Knowledge, Person } from './people.ts'

export type Ask = (path: string, init?: RequestInit) => Promise<Response>

export function json(
  body: unknown,
  method = 'POST',
): { method: string; body: string; headers: Record<string, string> } {
  return { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
}

/** Whatever is refused for who they are, they do not have. */
export async function furnish(person: Person, ask: Ask, knowledge: Knowledge): Promise<void> {
  const { canary, credentials, name } = person
  const words = `Say what ${canary} keeps`
  async function send(
    door: string,
    path: string,
    init: { method?: string; body?: string | FormData; headers?: Record<string, string> } = {},
  ) {
    const response = await ask(path, { ...init, headers: { ...init.headers, ...credentials } })
    const text = await response.text()
    const told = [...response.headers.values()].join(' ')
    knowledge.learn(name, door, `${text} ${told}`)
    return text
  }
  const chatkit = (type: string, params: object): Promise<string> =>
    send('ChatKit', '/chatkit', {
      ...json({ type, params }),
      headers: { 'content-type': 'application/json', 'parley-stream': '1' },
    })
  const input = (attachments: string[] = []): object => ({
    content: [{ type: 'input_text', text: words }],
    attachments,
    quoted_text: canary,
    inference_options: {},
  })

  const file = await send('Files', '/files', { method: 'POST', body: form(canary) })
  const fileId = idIn(file, 'atc')
  const thread = idIn(await chatkit('threads.create', { input: input(fileId === '' ? [] : [fileId]) }), 'thr')
  await chatkit('threads.update', { thread_id: thread, title: canary })
  await chatkit('items.list', { thread_id: thread })
  await chatkit('attachments.create', { name: `${canary}.txt`, size: 3, mime_type: 'text/plain' })
  for (const text of [`Add a task: ${words}`, 'Show me my tasks']) {
    const response = idIn(
      await send('Respond and action', '/api/chatkit/respond', json({ input: text })),
      'run',
    )
    await send('Respond and action', `/api/chatkit/responses/${response}/events`)
  }
  const chat =
    /"id":"([0-9a-f-]{36})"/.exec(await send('Chats', '/api/chats', json({ prompt: words })))?.[1] ?? ''
  await send('Chats', `/api/chats/${chat}`, json({ messages: [{ id: 'm1', role: 'user', content: words }] }))
  await send('Chats', `/api/chats/${chat}`, json({ title: canary }, 'PUT'))
  await send('Chats', `/api/chats/${chat}`)
  const session =
    /"id":"([^"]+)"/.exec(
      await send('Support', '/api/chat/sessions', json({ tenantId: person.tenantId })),
    )?.[1] ?? ''
  const attachments = [
    { fileName: `${canary}.txt`, fileType: 'text/plain', fileData: Buffer.from(words).toString('base64') },
  ]
  await send('Support', '/api/chat/messages', json({ sessionId: session, content: words, attachments }))
  await send('Support', '/api/chat/files', { method: 'POST', body: form(canary, session) })
  await send('Support', `/api/chat/sessions/${session}/messages`)
  await send('Support', `/api/chat/sessions/${session}/ticket`, json({ title: canary }))
  const student = { student_name: canary, page_title: canary, highlighted_text: words, deviceId: 'home' }
  await send('Sessions', '/api/chatkit/session', json(student))
  const variables = { state_variables: { who: canary } }
  await send(
    'Platform',
    '/v1/chatkit/sessions',
    json({ user: 'vera', workflow: { id: 'tutor', ...variables } }),
  )
  await send('Platform', '/v1/chatkit/threads')
}

function form(canary: string, sessionId?: string): FormData {
  const whole = new FormData()
  if (sessionId !== undefined) whole.set('sessionId', sessionId)
  whole.set('file', new File([`A note of ${canary}`], `${canary}.txt`, { type: 'text/plain' }))
  return whole
}

function idIn(text: string, prefix: string): string {
  return new RegExp(`\\b${prefix}_[0-9a-z]{26}`).exec(text)?.[0] ?? ''
}
