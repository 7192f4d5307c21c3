/** How processes wake each other. A signal is only a hint: the log is what is true. */
import type { ClientNews, RunSignal } from '../conversation/store.ts'
import { command } from './database.ts'
import type { Statement } from './database.ts'

export const signalChannel = 'parley_runs'

/** `run_` and 26 characters and a comma, 250 times, stay below the 8000 bytes that a notification may have. */
const runsPerSignal = 250

export function signalAppended(runIds: readonly string[]): Statement<void>[] {
  const signals: Statement<void>[] = []
  for (let start = 0; start < runIds.length; start += runsPerSignal) {
    signals.push(notify(`appended ${runIds.slice(start, start + runsPerSignal).join(',')}`))
  }
  return signals
}

export function signalCancelRequested(runId: string): Statement<void> {
  return notify(`cancel ${runId}`)
}

export function signalClient(runId: string, news: ClientNews): Statement<void> {
  return notify(`client ${runId} ${news}`)
}

function notify(payload: string): Statement<void> {
  return command('select pg_notify($1, $2)', [signalChannel, payload])
}

/** Null stands for what was missed while the connection was away. What a newer server says and we do not know is nothing. */
export function readSignal(payload: string | null): RunSignal | undefined {
  if (payload === null) return { type: 'resync' }
  const [kind, rest = '', news] = payload.split(' ')
  if (kind === 'appended') return { type: 'appended', runIds: rest.split(',') }
  if (kind === 'cancel') return { type: 'cancel-requested', runId: rest }
  if (kind === 'client' && (news === 'returned' || news === 'moved-on'))
    return { type: 'client', runId: rest, news }
  return undefined
}
