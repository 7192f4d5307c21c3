export interface Recording {
  /** Ends it. Resolves with what was said. */
  stop(): Promise<Blob>
  /** Ends it, and nobody will hear it. */
  cancel(): void
}

/** Why nothing can be recorded: somebody said no, or there is nothing to record with. */
export class MicrophoneError extends Error {
  readonly kind: 'refused' | 'missing'

  constructor(kind: 'refused' | 'missing', cause?: unknown) {
    super(`The microphone is ${kind}.`, { cause })
    this.name = 'MicrophoneError'
    this.kind = kind
  }
}

/** In the order in which ChatKit's servers like them; Safari before 18.4 knows only the second. */
const mediaTypes = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus']

/** Throws `MicrophoneError`. */
export async function recordSpeech(): Promise<Recording> {
  // Only secure contexts have them, whatever TypeScript says.
  if (!('mediaDevices' in navigator) || typeof MediaRecorder === 'undefined') {
    throw new MicrophoneError('missing')
  }
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true }).catch((error: unknown) => {
    const isRefused = error instanceof DOMException && /^(?:NotAllowed|Security)Error$/.test(error.name)
    throw new MicrophoneError(isRefused ? 'refused' : 'missing', error)
  })
  const mimeType = mediaTypes.find((type) => MediaRecorder.isTypeSupported(type))
  const recorder = new MediaRecorder(stream, mimeType === undefined ? {} : { mimeType })
  const pieces: Blob[] = []
  recorder.addEventListener('dataavailable', ({ data }) => pieces.push(data))
  const stopped = new Promise<void>((resolve) => recorder.addEventListener('stop', () => resolve()))
  recorder.start()
  // The microphone's light goes out with its tracks.
  const end = (): void => {
    if (recorder.state !== 'inactive') recorder.stop()
    for (const track of stream.getTracks()) track.stop()
  }
  return {
    async stop() {
      end()
      await stopped
      return new Blob(pieces, { type: recorder.mimeType })
    },
    cancel: end,
  }
}

/** As text of four characters for three bytes. */
export function base64Of(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.addEventListener('load', () => {
      const address = typeof reader.result === 'string' ? reader.result : ''
      resolve(address.slice(address.indexOf(',') + 1))
    })
    reader.addEventListener('error', () => reject(reader.error ?? new Error('It cannot be read.')))
    reader.readAsDataURL(blob)
  })
}
