/** What a reader asks of Parley's ChatKit door: the newest page of a thread, and the list of a user's threads. */
import type { Protocol } from './protocols.ts'

export type ReadProtocolName = `${'items' | 'threads'}-${Reader}`

type Reading = Required<Pick<Protocol, 'request' | 'ending' | 'repetitions'>>

/** Who has how much, as users of the load: from the least to the most. */
export const readers = { few: 0, some: 2, more: 3, many: 1 } as const

export type Reader = keyof typeof readers

export const readerNames: readonly Reader[] = ['few', 'some', 'more', 'many']

/** The thread of each of them that has items: a number that is the UUID's last digit. */
const threadNumberOf = (of: Reader): number => readers[of] + 1

export function threadUuid(of: Reader): string {
  return `00000000-0000-0000-0000-${String(threadNumberOf(of)).padStart(12, '0')}`
}

/** UUIDs are written in base 32 outside of the tables; numbers so small are one digit of it. */
function threadId(of: Reader): string {
  return `thr_${String(threadNumberOf(of)).padStart(26, '0')}`
}

/** @param identify Header fields that say who asks. */
export function createReadProtocol(name: ReadProtocolName, identify: (user: number) => string): Reading {
  const of = readerNames.find((each) => name.endsWith(each)) ?? 'few'
  const order = 'desc'
  // As many as there are in the small place, so that both are answered with the same.
  const asked = name.startsWith('items')
    ? { type: 'items.list', params: { thread_id: threadId(of), limit: 20, order } }
    : { type: 'threads.list', params: { limit: 10, order } }
  const text = JSON.stringify(asked)
  return {
    request: ({ host }) =>
      `POST /chatkit HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n${identify(readers[of])}` +
      `content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
    // Who has little sees all of it at once, and who has much sees that there is more.
    ending: of === 'few' ? '"has_more":false' : '"has_more":true',
    repetitions: null,
  }
}
