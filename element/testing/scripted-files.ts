/// <reference types="node" />
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Attachment } from '../../server/contracts/chatkit/wire.ts'
import type { Conversations } from './conversations.ts'
import { sendError } from './scripted-door.ts'
import type { Call } from './scripted-door.ts'

/** What arrived at an address for files. */
export interface Upload {
  id: string
  method: string
  type: string | undefined
  bytes: Buffer
}

/** The door's files and dictation, in memory. */
export interface ScriptedFiles {
  uploads: Upload[]
  /** The attachments that were deleted. */
  deleted: string[]
  /** What was dictated. */
  heard: { bytes: number; mimeType: string }[]
  /** While true, whoever sends a file waits for the reply. */
  hold(is: boolean): void
  /** Answers the next file of this name with a message instead of taking it. */
  refuseNext(name: string, message: string): void
  /** Whether the request is one of its operations, which it then answers. */
  answer(call: Call): boolean
  /** The same for its addresses. */
  serve(incoming: IncomingMessage, response: ServerResponse): boolean
}

const address = '/upload/'

export function createScriptedFiles({ attachments }: Conversations): ScriptedFiles {
  const uploads: Upload[] = []
  const deleted: string[] = []
  const heard: ScriptedFiles['heard'] = []
  const refusals: { name: string; message: string }[] = []
  let release: () => void = () => undefined
  let held = Promise.resolve()

  function create(name: string, mimeType: string, origin: string): Attachment {
    const id = `atc_${attachments.size + 1}`
    const base = { id, name, mime_type: mimeType }
    const url = `${origin}${address}${id}`
    const attachment: Attachment = mimeType.startsWith('image/')
      ? { ...base, type: 'image', preview_url: url }
      : { ...base, type: 'file' }
    attachments.set(id, attachment)
    return attachment
  }

  async function take(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(Buffer.from(chunk))
    await held
    const bytes = Buffer.concat(chunks)
    const named = (incoming.url ?? '').slice(address.length)
    const attachment =
      named === '' ? create(formName(bytes), 'text/plain', originOf(incoming)) : attachments.get(named)
    if (!attachment) return sendError(response, 404, 'No such file')
    const place = refusals.findIndex(({ name }) => name === attachment.name)
    const [refusal] = place === -1 ? [] : refusals.splice(place, 1)
    if (refusal) return sendError(response, 415, refusal.message)
    const type = incoming.headers['content-type']
    uploads.push({ id: attachment.id, method: incoming.method ?? '', type, bytes })
    send(response, attachment)
  }

  return {
    uploads,
    deleted,
    heard,
    hold(is) {
      if (is) held = new Promise((resolve) => (release = resolve))
      else release()
    },
    refuseNext: (name, message) => void refusals.push({ name, message }),
    answer({ request, response }) {
      if (request.type === 'attachments.create') {
        const { name, mime_type } = request.params
        const origin = `http://${response.req.headers.host}`
        const attachment = create(name, mime_type, origin)
        const target = { url: `${origin}${address}${attachment.id}`, method: 'PUT', headers: {} }
        send(response, { ...attachment, upload_descriptor: target })
      } else if (request.type === 'attachments.delete') {
        deleted.push(request.params.attachment_id)
        send(response, {})
      } else if (request.type === 'input.transcribe') {
        const { audio_base64, mime_type } = request.params
        heard.push({ bytes: Buffer.from(audio_base64, 'base64').length, mimeType: mime_type })
        send(response, { text: 'what was said' })
      } else return false
      return true
    },
    serve(incoming, response) {
      if (incoming.url?.startsWith(address) !== true) return false
      if (incoming.method === 'GET') {
        const upload = uploads.find(({ id }) => id === incoming.url?.slice(address.length))
        response
          .writeHead(upload === undefined ? 404 : 200, { 'Content-Type': 'image/png' })
          .end(upload?.bytes)
      } else void take(incoming, response)
      return true
    },
  }
}

function originOf({ headers }: IncomingMessage): string {
  return `http://${headers.host}`
}

/** The name of the file in a form. */
function formName(bytes: Buffer): string {
  return /filename="([^"]*)"/.exec(bytes.toString('latin1'))?.[1] ?? ''
}

function send(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
}
