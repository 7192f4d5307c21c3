/**
 * LISTEN on a connection of its own, for as long as somebody wants to hear.
 *
 *   first handler ─▶ connect ─▶ listen ─▶ notifications ─▶ handlers
 *                      ▲                      │ lost, or silent for too long
 *                      └── wait a little ◀────┘      back again: every handler hears null
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { databaseErrorFrom } from './database-error.ts'
import type { Engine } from './database.ts'

const probeMilliseconds = 10_000
const waitMillisecondsMax = 5_000

export interface Listener {
  listen: Engine['listen']
  stop(): Promise<void>
}

type Handler = (payload: string | null) => void

export function createListener(createClient: () => pg.Client): Listener {
  const handlers = new Map<string, Set<Handler>>()
  let client: pg.Client | undefined
  let connecting: Promise<void> | undefined
  let stopped = false
  let probe: NodeJS.Timeout | undefined

  async function connect(): Promise<void> {
    const next = createClient()
    next.on('error', () => {})
    next.on('notification', ({ channel, payload = '' }) => {
      for (const handler of handlers.get(channel) ?? []) handler(payload)
    })
    try {
      await next.connect()
      for (const channel of handlers.keys()) await next.query(`listen ${channel}`)
    } catch (error) {
      next.end().catch(() => {})
      throw databaseErrorFrom(error)
    }
    client = next
    next.on('end', () => void reconnect(next))
    clearInterval(probe)
    // A connection can die without a word: then this query times out, and the client ends.
    probe = setInterval(() => void next.query('select 1').catch(() => next.end()), probeMilliseconds)
    probe.unref()
  }

  async function reconnect(lost: pg.Client): Promise<void> {
    if (client !== lost || stopped) return
    client = undefined
    clearInterval(probe)
    for (let wait = 50; !stopped; wait = Math.min(wait * 2, waitMillisecondsMax)) {
      try {
        connecting = connect()
        await connecting
        break
      } catch {
        await sleep(wait, undefined, { ref: false })
      }
    }
    if (stopped) return stopListening()
    for (const [, each] of handlers) for (const handler of each) handler(null)
  }

  async function stopListening(): Promise<void> {
    stopped = true
    clearInterval(probe)
    const last = client
    client = undefined
    await last?.end().catch(() => {})
  }

  return {
    async listen(channel, handler) {
      const known = handlers.get(channel)
      const channelHandlers = known ?? new Set()
      channelHandlers.add(handler)
      handlers.set(channel, channelHandlers)
      try {
        connecting ??= connect()
        await connecting
        if (known === undefined) await client?.query(`listen ${channel}`)
      } catch (error) {
        connecting = undefined
        channelHandlers.delete(handler)
        throw error
      }
      return async () => {
        channelHandlers.delete(handler)
      }
    },
    stop: stopListening,
  }
}
