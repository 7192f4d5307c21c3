/** The hall where all doors meet: begin a run, follow it, stop it. Runs belong to the database, not to a request. */
import type { AgentContext } from '../conversation/agent.ts'
import { createId } from '../conversation/ids.ts'
import { ParleyError, notFound } from '../conversation/errors.ts'
import type { SequencedEvent } from '../conversation/events.ts'
import type { Intent } from '../conversation/intents.ts'
import type { JsonObject, WidgetItem } from '../conversation/items.ts'
import type { ConversationStore, RunSignal } from '../conversation/store.ts'
import { isSameOwner } from '../conversation/threads.ts'
import type { Owner } from '../conversation/threads.ts'
import { timingsDefault } from './options.ts'
import type { BeginOptions, BegunRun, EngineOptions, SyncActionRequest } from './options.ts'
import { followBytesMax } from './batch.ts'
import { watchClients } from './clients.ts'
import type { ClientWatch } from './clients.ts'
import { createFeed } from './feed.ts'
import type { Feed } from './feed.ts'
import { startLeases } from './leases.ts'
import { createAgentContext } from './run-context.ts'
import { createRunRegistry } from './run-registry.ts'
import type { RunRegistry } from './run-registry.ts'
import { performSyncAction } from './sync-action.ts'

export interface Engine {
  /** Joins the other processes: hears their signals, renews leases, settles what was abandoned. */
  start(): Promise<void>
  /**
   * Stores what the intent says and begins the run, in one transaction; when this resolves, nothing of it can be lost.
   * Throws `not_found`, `wrong_state`, `not_a_widget`, and then nothing happened.
   */
  begin(owner: Owner, intent: Intent, options: BeginOptions): Promise<BegunRun>
  /** The run's events behind `after` (0: all), as they come, from any process. See `Feed.follow`. */
  follow(owner: Owner, run: BegunRun, after: number, signal: AbortSignal): AsyncGenerator<SequencedEvent[]>
  /** Asks whoever drives the run to stop it. What had arrived is kept. `wrong_state` when its agent does not let it be stopped. */
  cancel(owner: Owner, run: BegunRun): Promise<void>
  syncAction(owner: Owner, request: SyncActionRequest): Promise<WidgetItem | null>
  /** What an agent may know of a thread outside of any stream. Throws `not_found`. */
  agentContext(owner: Owner, threadId: string, metadata: JsonObject): Promise<AgentContext>
  /** A client that can only close has closed: after the grace its run stops, unless its user is back or somebody follows it. */
  clientLeft(owner: Owner, runId: string): void
  /** The user is looking at the run's thread again. */
  clientReturned(owner: Owner, runId: string): Promise<void>
  /** Waits for running answers; those that are not done by then are ended as interrupted. */
  drain(secondsMax: number): Promise<void>
  close(): Promise<void>
}

/** How often old logs are looked for. */
const cleanUpSeconds = 60

export function createEngine(options: EngineOptions): Engine {
  const { store, journal, agent, now } = options
  const timings = { ...timingsDefault, ...options.timings }
  const processId = createId('prc')
  const registry = createRunRegistry({
    ...options,
    timings,
    processId,
    onWritten: (runId) => feed.wake([runId]),
  })
  const feed = createFeed({ store, journal, liveRun: registry.get })
  const clients = watchClients({ store, registry, feed })
  const leases = startLeases({
    journal,
    processId,
    ...timings,
    heldRunIds: registry.runIds,
    onLost: (runId) => registry.stop(runId, 'lost'),
    onCancelRequested: (runId) => void registry.cancel(runId),
    onSettled: (run) => feed.wake([run.runId]),
    onError: (error) => options.onFailure('lease-heartbeat-failed', { error }),
  })
  const cleanUp = startCleanUp(options, timings.logSecondsMax)
  let stopListening = async (): Promise<void> => {}

  /** Throws `not_found` unless the run is the owner's and in that thread. One that we drive needs no look at the database. */
  async function requireOwn(owner: Owner, { runId, threadId }: BegunRun): Promise<void> {
    const live = registry.get(runId)
    const run = live !== undefined && isSameOwner(live.owner, owner) ? live : await store.run(owner, runId)
    if (run.threadId !== threadId) throw notFound('Run', runId)
  }

  return {
    async start() {
      stopListening = await journal.listen((signal) => hear({ registry, feed, clients, journal }, signal))
      await leases.beat()
    },
    async begin(owner, intent, beginOptions) {
      try {
        return await registry.begin(owner, intent, beginOptions)
      } catch (error) {
        if (!(error instanceof ParleyError)) throw error
        // The same request may have come before, or at the same moment on another process: the key's index told, or
        // what it asks for is not possible a second time.
        const taken = await runOfKey(store, owner, beginOptions)
        if (taken !== null) return taken
        if (error.code !== 'wrong_state' || !('threadId' in intent)) throw error
        if (!(await clients.makeWay(owner, intent.threadId))) throw error
        return registry.begin(owner, intent, beginOptions)
      }
    },
    follow: (owner, run, after, signal) =>
      feed.follow({
        owner,
        runId: run.runId,
        after,
        signal,
        admit: () => requireOwn(owner, run),
        isReader: true,
      }),
    async cancel(owner, run) {
      await requireOwn(owner, run)
      const isOurs = registry.get(run.runId) !== undefined
      const mayStop = isOurs ? registry.cancel(run.runId) : await mayBeStopped(store, owner, run.runId)
      if (!mayStop) throw new ParleyError('wrong_state', 'This answer cannot be stopped.')
      if (!isOurs) await store.requestCancel(owner, run.runId)
    },
    syncAction: (owner, request) => performSyncAction({ store, agent, now }, owner, request),
    async agentContext(owner, threadId, metadata) {
      return createAgentContext({ store, owner, thread: await store.thread(owner, threadId), metadata, now })
    },
    clientLeft(owner, runId) {
      // What cannot be told is as if nobody had left: the run goes on to its end.
      clients.tell(owner, runId, 'left').catch(() => {})
    },
    clientReturned: (owner, runId) => clients.tell(owner, runId, 'returned'),
    drain: (secondsMax) => registry.drain(secondsMax),
    async close() {
      clearInterval(cleanUp)
      await leases.stop()
      await registry.close()
      // What has no end need not wait for its lease.
      await journal.releaseLeases(processId).catch(() => {})
      await stopListening()
    },
  }
}

interface Hearers {
  registry: RunRegistry
  feed: Feed
  clients: ClientWatch
  journal: EngineOptions['journal']
}

/** What another process, or this one, has told everybody. */
function hear({ registry, feed, clients, journal }: Hearers, signal: RunSignal): void {
  const isOurs = (runId: string): boolean => registry.get(runId) !== undefined
  // Who follows a run of ours has been woken when it was written: with 1,000 streams the echo woke everybody twice.
  if (signal.type === 'appended') feed.wake(signal.runIds.filter((runId) => !isOurs(runId)))
  else if (signal.type === 'cancel-requested') registry.cancel(signal.runId)
  else if (signal.type === 'client') clients.hear(signal.runId, signal.news)
  else if (signal.type === 'resync') feed.wakeAll()
  else {
    const runIds = signal.runIds.filter(isOurs)
    for (const runId of runIds) registry.get(runId)?.followedElsewhere()
    // Something may have been written between the follower's last look and its word, so it is told at once.
    if (runIds.length > 0) journal.signal({ type: 'appended', runIds }).catch(() => {})
  }
}

/** Another process drives it, and what its agent allows stands in the log. A run that has ended may always be stopped. */
async function mayBeStopped(store: ConversationStore, owner: Owner, runId: string): Promise<boolean> {
  let mayStop = true
  for (let seq = 0; ;) {
    const events = await store.runEvents(owner, runId, seq, followBytesMax)
    const last = events.at(-1)
    if (last === undefined) return mayStop
    if (last.event.type === 'run-ended') return true
    for (const { event } of events) if (event.type === 'options') mayStop = event.allow_cancel
    seq = last.seq
  }
}

/** The logs of runs that ended long ago are thrown away. */
function startCleanUp({ journal, onFailure }: EngineOptions, logSecondsMax: number): NodeJS.Timeout {
  return setInterval(() => {
    journal.deleteLogs(logSecondsMax).catch((error: unknown) => onFailure('log-clean-up-failed', { error }))
  }, cleanUpSeconds * 1_000)
}

async function runOfKey(
  store: ConversationStore,
  owner: Owner,
  options: BeginOptions,
): Promise<BegunRun | null> {
  if (options.idempotencyKey === undefined) return null
  const found = await store.runByIdempotencyKey(owner, options.idempotencyKey)
  if (found === null) return null
  if (found.requestHash !== (options.requestHash ?? '')) {
    throw new ParleyError('wrong_state', 'This Idempotency-Key was used for another request.')
  }
  return { runId: found.run.id, threadId: found.run.threadId }
}
