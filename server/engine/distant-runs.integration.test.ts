import { expect, it } from 'vitest'
import type { RunSignal } from '../conversation/store.ts'
import type { SequencedEvent } from '../conversation/events.ts'
import type { BegunRun } from './options.ts'
import type { Owner } from '../conversation/threads.ts'
import type { Storage } from '../storage/open.ts'
import { ask, runIdOf, threadIdOf, watch } from '../testing/chatkit-client.ts'
import { createUser, describeOnDatabases } from '../testing/grounds.ts'
import { createPacedAgent } from '../testing/paced-agent.ts'
import { createFeed } from './feed.ts'

/** Follows as another process would that never looks by itself. */
async function followBySignalsOnly({ store, journal }: Storage, owner: Owner, { runId }: BegunRun) {
  const feed = createFeed({ store, journal, liveRun: () => undefined, pollSeconds: 3_600 })
  const stopListening = await journal.listen((signal) => {
    if (signal.type === 'appended') feed.wake(signal.runIds)
  })
  const leaving = new AbortController()
  const received: SequencedEvent[] = []
  const ended = (async () => {
    const following = {
      owner,
      runId,
      after: 0,
      signal: leaving.signal,
      admit: async () => {},
      isReader: true,
    }
    for await (const events of feed.follow(following)) received.push(...events)
    await stopListening()
  })()
  return { received, ended, leave: () => leaving.abort() }
}

describeOnDatabases('runs that are followed elsewhere', (ground) => {
  it('[RUN-25] a process tells others what it writes as soon as they follow the run, and not before', async () => {
    const agent = createPacedAgent()
    const server = await ground.serve({ agent })
    const elsewhere = await ground.otherStorage()
    const signals: RunSignal[] = []
    const stopListening = await elsewhere.journal.listen((signal) => signals.push(signal))
    const owner = { tenantId: 'default', userId: 'rosa' }
    const stream = await ask(await createUser(server, { userId: owner.userId }))
    const run = { runId: runIdOf(stream), threadId: threadIdOf(stream) }
    const watched = watch(stream)
    await agent.say('Heard here. ')
    await watched.untilText('Heard here. ')
    // What was sent before this came before it, for notifications keep their order.
    await elsewhere.journal.signal({ type: 'appended', runIds: ['run_marker'] })
    await expect.poll(() => signals).toContainEqual({ type: 'appended', runIds: ['run_marker'] })
    expect(signals.flatMap((signal) => ('runIds' in signal ? signal.runIds : []))).not.toContain(run.runId)

    const follower = await followBySignalsOnly(elsewhere, owner, run)
    await expect.poll(() => signals).toContainEqual({ type: 'followed', runIds: [run.runId] })
    await agent.say('Heard everywhere.')
    await expect.poll(() => JSON.stringify(follower.received)).toContain('Heard everywhere.')
    await agent.finish()
    await follower.ended
    expect(follower.received.at(-1)?.event).toEqual({ type: 'run-ended', status: 'completed' })
    await stopListening()
  })

  it('[RUN-25] what is written between the last look of a follower elsewhere and its word reaches it', async () => {
    const agent = createPacedAgent()
    const server = await ground.serve({ agent })
    const elsewhere = await ground.otherStorage()
    const owner = { tenantId: 'default', userId: 'rolf' }
    const stream = await ask(await createUser(server, { userId: owner.userId }))
    const run = { runId: runIdOf(stream), threadId: threadIdOf(stream) }
    const watched = watch(stream)
    let word = 0
    const racing: Storage = {
      ...elsewhere,
      journal: {
        ...elsewhere.journal,
        async signal(signal) {
          word += 1
          await agent.say(`Word ${word}. `)
          await watched.untilText(`Word ${word}. `)
          await elsewhere.journal.signal(signal)
        },
      },
    }
    const follower = await followBySignalsOnly(racing, owner, run)
    await expect.poll(() => JSON.stringify(follower.received)).toContain('Word 1. ')
    follower.leave()
    await agent.finish()
    await follower.ended
  })
})
