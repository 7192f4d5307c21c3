/** How processes wake each other. A signal is only a hint: the log is what is true. */
import type { ClientNews, LogSignal, RunSignal } from '../conversation/store.ts'
import type { Notifications } from './database.ts'

export const signalChannel = 'parley_runs'

/** `run_` and 26 characters and a comma, 250 times, stay below the 8000 bytes that a notification may have. */
const runsPerSignal = 250

export function signalLogs({ type, runIds }: LogSignal): Notifications {
  const payloads: string[] = []
  for (let start = 0; start < runIds.length; start += runsPerSignal) {
    payloads.push(`${type} ${runIds.slice(start, start + runsPerSignal).join(',')}`)
  }
  return { channel: signalChannel, payloads }
}

export function signalCancelRequested(runId: string): Notifications {
  return { channel: signalChannel, payloads: [`cancel ${runId}`] }
}

export function signalClient(runId: string, news: ClientNews): Notifications {
  return { channel: signalChannel, payloads: [`client ${runId} ${news}`] }
}

/** Null stands for what was missed while the connection was away. What a newer server says and we do not know is nothing. */
export function readSignal(payload: string | null): RunSignal | undefined {
  if (payload === null) return { type: 'resync' }
  const [kind, rest = '', news] = payload.split(' ')
  if (kind === 'appended' || kind === 'followed') return { type: kind, runIds: rest.split(',') }
  if (kind === 'cancel') return { type: 'cancel-requested', runId: rest }
  if (kind === 'client' && (news === 'left' || news === 'returned' || news === 'moved-on'))
    return { type: 'client', runId: rest, news }
  return undefined
}
