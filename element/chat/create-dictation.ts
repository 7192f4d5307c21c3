import { MicrophoneError, base64Of, recordSpeech } from '../browser/record-speech.ts'
import type { Recording } from '../browser/record-speech.ts'
import { TransportError } from '../transport/errors.ts'
import { failureWords } from './failure-words.ts'
import type { ChatParts } from './parts.ts'

/** A message that is spoken. The phases are drawn in `store/composer.ts`. */
export interface Dictation {
  /** Begins to listen. What was said is given to `insert` when it is written down. */
  begin(insert: (text: string) => void): Promise<void>
  /** Ends it, and has it written down. */
  finish(): Promise<void>
  /** Ends it, and forgets it. */
  cancel(): void
}

/** Nobody dictates for so long: whoever left it on has it written down up to here. */
const recordingMillisecondsMax = 10 * 60 * 1000

interface Going {
  recording: Recording
  insert: (text: string) => void
  timer: ReturnType<typeof setTimeout>
}

export function createDictation({ store, transport, words }: ChatParts): Dictation {
  let going: Going | null = null
  let writing = new AbortController()

  function take(): Going | null {
    const taken = going
    going = null
    clearTimeout(taken?.timer)
    return taken
  }

  function fail(message: string): void {
    store.dispatch({ type: 'dictation', phase: 'off' })
    store.dispatch({ type: 'problem', message })
  }

  async function transcribe(speech: Blob, signal: AbortSignal): Promise<string> {
    const params = { audio_base64: await base64Of(speech), mime_type: speech.type }
    const { text } = await transport.ask({ type: 'input.transcribe', params }, { signal })
    return text
  }

  const dictation: Dictation = {
    async begin(insert) {
      if (store.state().composer.dictation !== 'off') return
      store.dispatch({ type: 'dictation', phase: 'asking' })
      try {
        const recording = await recordSpeech()
        // Somebody thought better of it while the browser was asking.
        if (store.state().composer.dictation !== 'asking') return recording.cancel()
        const timer = setTimeout(() => void dictation.finish(), recordingMillisecondsMax)
        going = { recording, insert, timer }
        store.dispatch({ type: 'dictation', phase: 'recording' })
      } catch (error) {
        const isRefused = error instanceof MicrophoneError && error.kind === 'refused'
        fail(isRefused ? words().microphoneRefused : words().microphoneMissing)
      }
    },
    async finish() {
      const ended = take()
      if (ended === null) return
      store.dispatch({ type: 'dictation', phase: 'writing' })
      writing = new AbortController()
      const { signal } = writing
      try {
        const text = await transcribe(await ended.recording.stop(), signal)
        if (signal.aborted) return
        store.dispatch({ type: 'dictation', phase: 'off' })
        if (text.trim() !== '') ended.insert(text.trim())
      } catch (error) {
        if (signal.aborted) return
        const said = error instanceof TransportError ? failureWords(error, words()) : ''
        fail(said === '' ? words().dictationFailed : said)
      }
    },
    cancel() {
      take()?.recording.cancel()
      writing.abort()
      store.dispatch({ type: 'dictation', phase: 'off' })
    },
  }
  return dictation
}
