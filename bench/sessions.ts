/** Contract B's measurements: how long it takes to get a session, and to be answered by the tutor with it. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Laboratory } from './laboratory.ts'
import type { LoadResult } from './load-plan.ts'
import { resetPeak } from './machine.ts'
import {
  cpuSecondsMin,
  measureLoad,
  milliseconds,
  problemsOf,
  settle,
  settleMilliseconds,
  startLoad,
  startWatch,
} from './measure.ts'
import type { Figures, LoadShape, Measured } from './measure.ts'
import type { RunningServer } from './server.ts'

/** Sessions for visitors whom the server has never seen. */
export async function measureSessions(
  laboratory: Laboratory,
  server: RunningServer,
  { warmUp, load }: { warmUp: LoadShape; load: LoadShape },
): Promise<Measured> {
  const warm = await startLoad(laboratory, server, warmUp, 'sessions').ended
  await settle(server)
  resetPeak(server.pids())
  const watch = startWatch(laboratory, server)
  const result = await startLoad(laboratory, server, load, 'sessions').ended
  await sleep(settleMilliseconds)
  return {
    figures: requestFigures(watch(), result),
    problems: [...problemsOf(warm), ...problemsOf(result)],
    answers: 0,
    sessions: warm.streams + result.streams,
  }
}

/** What was used for each request. */
function requestFigures(used: Figures, { streams, seconds, reply }: LoadResult): Figures {
  const { cpuSeconds = NaN, databaseCpuSeconds: database } = used
  return {
    ...used,
    requests: streams,
    requestsPerSecond: streams / seconds,
    ...(cpuSeconds < cpuSecondsMin ? {} : { cpuMicrosecondsPerRequest: (cpuSeconds * 1e6) / streams }),
    ...(database === undefined ? {} : { databaseCpuMicrosecondsPerRequest: (database * 1e6) / streams }),
    ...milliseconds('reply', reply),
  }
}

/** The tutor's answers to those who show the secret of a session. */
export async function measureTutor(
  laboratory: Laboratory,
  server: RunningServer,
  { enter, warmUp, load }: { enter: LoadShape; warmUp: LoadShape; load: LoadShape },
): Promise<Measured> {
  const given = await startLoad(laboratory, server, enter, 'sessions').ended
  const measured = await measureLoad(laboratory, { ...server, protocol: 'tutor' }, { warmUp, load })
  return { ...measured, problems: [...problemsOf(given), ...measured.problems], sessions: given.streams }
}
