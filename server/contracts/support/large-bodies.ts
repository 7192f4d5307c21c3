/**
 * Messages may carry 70 MB of Base64, and all of it is in memory until its files are stored. So what is beyond an ordinary
 * body is counted over all requests of the process, as it arrives: who only announces much, or sends slowly, keeps nobody out.
 */
import { HttpProblem } from '../../http/problem.ts'

export interface LargeBodies {
  /** Works with a request whose body is counted until the work is done. Its reader may meet `unavailable`. */
  within<Result>(request: Request, work: (counted: Request) => Promise<Result>): Promise<Result>
}

export interface LargeBodiesOptions {
  /** Of all large bodies that are in memory at once. Default 128 MiB. */
  bytesAtOnceMax?: number
  /** The first bytes of each body, which nobody counts. Default 1 MiB. */
  freeBytes?: number
}

export function createLargeBodies(options: LargeBodiesOptions = {}): LargeBodies {
  const { bytesAtOnceMax = 128 * 1_048_576, freeBytes = 1_048_576 } = options
  let held = 0

  return {
    async within(request, work) {
      let received = 0
      let own = 0
      /** Whether there is room for it. */
      const count = (chunk: Uint8Array): boolean => {
        received += chunk.byteLength
        const more = Math.max(0, received - freeBytes) - own
        if (held + more > bytesAtOnceMax) return false
        held += more
        own += more
        return true
      }
      try {
        return await work(request.body === null ? request : counting(request, request.body, count))
      } finally {
        held -= own
      }
    },
  }
}

/** Once there is no room the rest is read and dropped: a client that is still sending would not hear why it was refused. */
function counting(
  request: Request,
  body: ReadableStream<Uint8Array>,
  count: (chunk: Uint8Array) => boolean,
): Request {
  let hasRoom = true
  const counted = body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        hasRoom &&= count(chunk)
        if (hasRoom) controller.enqueue(chunk)
      },
      flush() {
        if (!hasRoom) throw busy()
      },
    }),
  )
  const { method, headers, url } = request
  return new Request(url, { method, headers, body: counted, duplex: 'half' })
}

function busy(): HttpProblem {
  return new HttpProblem(
    'unavailable',
    'Too many large messages are arriving (bytesAtOnceMax). Please try again.',
    { headers: { 'retry-after': '2' } },
  )
}
