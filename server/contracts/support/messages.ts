/**
 * A message and its answer. The answer belongs to its run, never to the request that asked for it:
 *
 *   key known? ──yes──────────────────────────────╮
 *       │ no                                      ▼
 *   files stored ─▶ engine.begin ─▶ run ─▶ engine.follow ─▶ run ended ─▶ the assistant's message
 *                                    │            │
 *                                    │            ╰─ the client leaves, or waits too long: the run goes on
 *                                    ╰─ the same Idempotency-Key finds the same run, and so the same answer
 */
import { ParleyError, notFound } from '../../conversation/errors.ts'
import type { RunEndStatus, RunEvent } from '../../conversation/events.ts'
import { createId } from '../../conversation/ids.ts'
import type { AssistantMessageItem } from '../../conversation/items.ts'
import { cleanText } from '../../conversation/text.ts'
import { refuseUnlessActive } from '../../conversation/threads.ts'
import type { BegunRun } from '../../engine/options.ts'
import { HttpProblem } from '../../http/problem.ts'
import { encodeFrames, encodeMessage, frame, unanswered } from './encode.ts'
import { removeFile, receiveFile } from './files.ts'
import { fileUrlsOf, signInFirst } from './parts.ts'
import type { Asker, SupportParts } from './parts.ts'
import { filesMax } from './wire.ts'
import type { WireMessage } from './wire.ts'

export interface NewMessage {
  sessionId: string
  content: string
  files: readonly { name: string; bytes: Uint8Array }[]
  /** The client's own name for its request. */
  idempotencyKey?: string | undefined
  /** What the key stands for. */
  requestHash: string
}

/** Stores the message and begins its answer, or finds both by their key. */
export async function beginMessage(
  parts: SupportParts,
  asker: Asker,
  message: NewMessage,
): Promise<BegunRun> {
  const { store, engine } = parts
  const { owner } = asker
  const { sessionId, content, requestHash } = message
  // This door's own: no client's key has a space in it.
  const idempotencyKey = message.idempotencyKey && `support ${message.idempotencyKey}`
  const known =
    idempotencyKey === undefined ? null : await runOfKey(parts, asker, idempotencyKey, requestHash)
  if (known !== null) return known
  // Before files are stored for nothing. The beginning asks again.
  refuseUnlessActive(await store.thread(owner, sessionId))
  const waiting = await parts.waitingFiles.list(owner, sessionId)
  refuseEmpty(message, waiting.length)
  const received = await receiveFiles(parts, asker, message.files)
  try {
    return await engine.begin(
      owner,
      {
        type: 'add-message',
        threadId: sessionId,
        message: {
          content: content === '' ? [] : [{ type: 'input_text', text: cleanText(content) }],
          attachmentIds: [...waiting, ...received],
          inferenceOptions: {},
        },
      },
      { metadata: {}, ...(idempotencyKey === undefined ? {} : { idempotencyKey, requestHash }) },
    )
  } catch (error) {
    // When nobody knows whether the message was stored, the sweep will know whether its files are somebody's.
    const isUnknown = !(error instanceof ParleyError) || error.code === 'unavailable'
    if (!isUnknown) await Promise.all(received.map((fileId) => removeFile(parts, asker, fileId)))
    throw error
  }
}

async function runOfKey(
  { store }: SupportParts,
  { owner }: Asker,
  key: string,
  requestHash: string,
): Promise<BegunRun | null> {
  const found = await store.runByIdempotencyKey(owner, key)
  if (found === null) return null
  if (found.requestHash !== requestHash) {
    throw new ParleyError('wrong_state', 'This Idempotency-Key was used for another request.')
  }
  return { runId: found.run.id, threadId: found.run.threadId }
}

function refuseEmpty({ content, files }: NewMessage, waiting: number): void {
  if (files.length + waiting > filesMax) {
    throw new HttpProblem(
      'invalid_request',
      `A message has at most ${filesMax} files (filesMax), and ${waiting} are waiting for it already.`,
      { param: 'attachments' },
    )
  }
  if (content.trim() === '' && files.length + waiting === 0) {
    throw new HttpProblem('invalid_request', 'content: A message needs words or a file.', {
      param: 'content',
    })
  }
}

async function receiveFiles(
  parts: SupportParts,
  asker: Asker,
  files: NewMessage['files'],
): Promise<string[]> {
  const received: string[] = []
  try {
    // One after the other: pictures are drawn anew in memory.
    for (const { name, bytes } of files) {
      const fileId = createId('atc')
      await receiveFile(parts, asker, { fileId, name, source: once(bytes) })
      received.push(fileId)
    }
    return received
  } catch (error) {
    await Promise.all(received.map((fileId) => removeFile(parts, asker, fileId)))
    throw error
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

const answerSecondsMaxDefault = 300

/** The assistant's message, once the run has ended. Throws what stands in its place. */
export async function awaitAnswer(parts: SupportParts, asker: Asker, run: BegunRun): Promise<WireMessage> {
  const { engine, answerSecondsMax = answerSecondsMaxDefault } = parts
  const tooLong = AbortSignal.timeout(answerSecondsMax * 1_000)
  const signal = AbortSignal.any([asker.signal, asker.revoked, tooLong])
  const seen = createAnswer()
  for await (const batch of engine.follow(asker.owner, run, 0, signal)) {
    for (const { event } of batch) seen.add(event)
  }
  const answer = seen.message()
  if (seen.ended === 'completed' && answer !== undefined) {
    const message = encodeMessage(answer, fileUrlsOf(parts, asker, asker.owner))
    if (message !== null) return message
  }
  if (seen.ended !== undefined) throw problemOf(seen)
  if (asker.revoked.aborted) throw signInFirst()
  if (tooLong.aborted || asker.signal.aborted) throw stillBeingWritten(answerSecondsMax)
  throw notFound('Thread', run.threadId)
}

interface Answer {
  add(event: RunEvent): void
  /** The last that the assistant has said and not taken back. */
  message(): AssistantMessageItem | undefined
  ended: RunEndStatus | undefined
  error: string | undefined
  /** Whether the log is there from its beginning. */
  isWhole: boolean
}

function createAnswer(): Answer {
  const messages = new Map<string, AssistantMessageItem>()
  const answer: Answer = {
    ended: undefined,
    error: undefined,
    isWhole: false,
    message: () => [...messages.values()].at(-1),
    add(event) {
      if (event.type === 'run-ended') answer.ended = event.status
      else if (event.type === 'error') answer.error = event.message
      else if (event.type === 'item-removed') messages.delete(event.item_id)
      else if (event.type === 'item-done' || event.type === 'item-replaced') {
        if (event.item.type === 'assistant_message') messages.set(event.item.id, event.item)
        else if (event.item.type === 'user_message') answer.isWhole = true
      }
    },
  }
  return answer
}

/** What had arrived is kept, and stands in the history. */
function problemOf({ ended, error, isWhole }: Answer): HttpProblem {
  if (!isWhole) {
    return new HttpProblem('wrong_state', 'This was answered a while ago. The answer is in the history.')
  }
  if (ended === 'cancelled') return new HttpProblem('wrong_state', 'The answer was stopped.')
  if (ended === 'interrupted') return new HttpProblem('unavailable', error ?? unanswered)
  return new HttpProblem('model_unavailable', error ?? unanswered)
}

function stillBeingWritten(seconds: number): HttpProblem {
  return new HttpProblem(
    'model_timeout',
    `The answer takes longer than ${seconds} seconds (answerSecondsMax). It is still being written: ask again with the same Idempotency-Key, or read the history.`,
    { headers: { 'retry-after': '5' } },
  )
}

/** The run's frames from behind `after` to its end. Whoever leaves, it goes on. */
export async function* streamAnswer(
  parts: SupportParts,
  asker: Asker,
  run: BegunRun,
  after: number,
): AsyncGenerator<string> {
  const fileUrl = fileUrlsOf(parts, asker, asker.owner)
  const signal = AbortSignal.any([asker.signal, asker.revoked])
  for await (const batch of parts.engine.follow(asker.owner, run, after, signal)) {
    yield encodeFrames(batch, fileUrl)
  }
  if (asker.revoked.aborted) {
    yield frame('error', { error: { code: 'unauthorized', message: 'The credentials are no longer valid.' } })
  }
}
