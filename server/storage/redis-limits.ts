/**
 * Limits in Redis (or what speaks its protocol), for many processes: a script an admission, which nothing can come between.
 *
 *   parley:{limits}:w:<key>   hash: when requests come back ─▶ how many
 *   parley:{limits}:p:<key>   sorted set: leases by when they run out
 *
 * The same braces in all names keep them on one node of a cluster, where one script can see them. Keys expire by themselves.
 * What we find there and have not written (another type, no number) counts as nothing and is removed.
 * How it is counted stands in limits/window.ts.
 */
import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { Demand, LimitStore, Reply } from '../limits/limits.ts'

export interface RedisLimitOptions {
  /** `redis://user:password@host:port/database`, `rediss://` with TLS. */
  url: string
  /** Milliseconds since 1970, for tests. Default: the clock of Redis, which all processes share. */
  now?: () => number
  /** For a connection, and for an answer. Default 1000. */
  commandMillisecondsMax?: number
}

const prefix = 'parley:{limits}:'
const reconnectMillisecondsMax = 1_000

/** Connects by itself, now and whenever the connection is lost; meanwhile every call fails at once. Throws without `ioredis`. */
export async function createRedisLimits(options: RedisLimitOptions): Promise<LimitStore> {
  const redis = await connect(options)
  const moment = (): string => String(options.now?.() ?? '')
  return {
    async admit(demand) {
      const { windows, places } = demand
      const keys = [...windows.map(windowKey), ...places.map(placeKey)]
      return replyOf(demand, await run(redis, admitScript, keys, admitValues(demand, moment())))
    },
    async renew(leases, leaseMilliseconds) {
      const ids = leases.map(({ leaseId }) => leaseId)
      await run(redis, renewScript, leases.map(placeKey), [moment(), leaseMilliseconds, ...ids])
    },
    async release(leases) {
      await run(
        redis,
        releaseScript,
        leases.map(placeKey),
        leases.map(({ leaseId }) => leaseId),
      )
    },
    // Redis forgets by itself.
    async sweep() {},
    async close() {
      redis.disconnect()
    },
  }
}

function windowKey({ key }: { key: string }): string {
  return `${prefix}w:${key}`
}

function placeKey({ key }: { key: string }): string {
  return `${prefix}p:${key}`
}

async function connect({ url, commandMillisecondsMax = 1_000 }: RedisLimitOptions): Promise<Redis> {
  const { Redis: Client } = await import('ioredis').catch((error: unknown) => {
    throw new Error('REDIS_URL is set, and the package ioredis is not installed.', { cause: error })
  })
  const redis = new Client(url, {
    connectTimeout: commandMillisecondsMax,
    commandTimeout: commandMillisecondsMax,
    // Nothing waits for a connection: whoever asks has a way of its own when there is none.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (times) => Math.min(50 * times, reconnectMillisecondsMax),
    // A primary that has become a replica: its address may lead to the new primary.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  })
  // Whoever asks hears of it there.
  redis.on('error', () => {})
  await untilConnected(redis, commandMillisecondsMax)
  return redis
}

/** Or until it is clear that it takes a while: then it goes on trying. */
function untilConnected(redis: Redis, millisecondsMax: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      redis.off('ready', done).off('close', done)
      resolve()
    }
    const timer = setTimeout(done, millisecondsMax)
    redis.once('ready', done).once('close', done)
  })
}

/** By its hash; Redis asks for the text when it does not know it. */
async function run(
  redis: Redis,
  script: Script,
  keys: readonly string[],
  values: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await redis.evalsha(script.hash, keys.length, ...keys, ...values)
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
    return redis.eval(script.text, keys.length, ...keys, ...values)
  }
}

interface Script {
  text: string
  hash: string
}

function script(text: string): Script {
  return { text, hash: createHash('sha1').update(text).digest('hex') }
}

/** The clock in milliseconds since 1970, and what all scripts begin with. */
const clock = `
local function clock()
  if ARGV[1] ~= '' then return tonumber(ARGV[1]) end
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
local function whole(number) return string.format('%.0f', number) end
-- Redis forgets by its own clock; whoever brings another one gets an hour.
local function keep(key, milliseconds)
  redis.call('PEXPIRE', key, whole(ARGV[1] == '' and milliseconds or 3600000))
end
local function failed(reply) return type(reply) == 'table' and reply.err end
local now = clock()
`

/**
 * Values: the moment, the lease, how many windows; most, span and slice of each window; id and most of each place.
 * Answers 1 or 0, used and next of each window, used of each place.
 */
const admitScript = script(`${clock}
local lease, windows = tonumber(ARGV[2]), tonumber(ARGV[3])
local admitted, found, held = 1, {}, {}

for index = 1, windows do
  local key = KEYS[index]
  local most, span, slice = tonumber(ARGV[index * 3 + 1]), tonumber(ARGV[index * 3 + 2]), tonumber(ARGV[index * 3 + 3])
  local fields = redis.pcall('HGETALL', key)
  if failed(fields) then
    redis.call('DEL', key)
    fields = {}
  end
  local uses, used = {}, 0
  for at = 1, #fields, 2 do
    local free, count = tonumber(fields[at]), tonumber(fields[at + 1])
    local counts = free and count and count > 0 and count < 1e9 and count == math.floor(count)
    if counts and free > now and free <= now + span + slice then
      table.insert(uses, { free = free, count = count })
      used = used + count
    else
      redis.call('HDEL', key, fields[at])
    end
  end
  table.sort(uses, function(one, other) return one.free < other.free end)
  local left, following = used, nil
  for _, use in ipairs(uses) do
    left = left - use.count
    if left < math.min(used, most) then
      following = use.free
      break
    end
  end
  if used >= most then admitted = 0 end
  local mine = (math.floor(now / slice) + 1) * slice + span
  found[index] = { key = key, used = used, following = following, mine = mine, span = span, slice = slice }
end

for place = 1, #KEYS - windows do
  local key, at = KEYS[windows + place], 2 + windows * 3 + place * 2
  if failed(redis.pcall('ZREMRANGEBYSCORE', key, '-inf', whole(now))) then redis.call('DEL', key) end
  local used = redis.call('ZCOUNT', key, '-inf', whole(now + lease))
  if used >= tonumber(ARGV[at + 1]) then admitted = 0 end
  held[place] = { key = key, id = ARGV[at], used = used }
end

local reply = { admitted }
for _, window in ipairs(found) do
  if admitted == 1 then
    redis.call('HINCRBY', window.key, whole(window.mine), 1)
    keep(window.key, window.span + window.slice)
    window.following = math.min(window.following or window.mine, window.mine)
  end
  table.insert(reply, window.used + admitted)
  table.insert(reply, window.following and window.following - now or window.span)
end
for _, place in ipairs(held) do
  if admitted == 1 then
    redis.call('ZADD', place.key, whole(now + lease), place.id)
    keep(place.key, lease)
  end
  table.insert(reply, place.used + admitted)
end
return reply
`)

/** Values: the moment, the lease, an id for each key. */
const renewScript = script(`${clock}
for index, key in ipairs(KEYS) do
  if failed(redis.pcall('ZCARD', key)) then redis.call('DEL', key) end
  redis.call('ZADD', key, whole(now + tonumber(ARGV[2])), ARGV[index + 2])
  keep(key, tonumber(ARGV[2]))
end
return 0
`)

/** Values: an id for each key. */
const releaseScript = script(`
for index, key in ipairs(KEYS) do redis.pcall('ZREM', key, ARGV[index]) end
return 0
`)

function admitValues({ windows, places, leaseMilliseconds }: Demand, moment: string): (string | number)[] {
  return [
    moment,
    leaseMilliseconds,
    windows.length,
    ...windows.flatMap(({ requestsMax, windowMilliseconds }) => [
      requestsMax,
      windowMilliseconds,
      Math.ceil(windowMilliseconds / 60),
    ]),
    ...places.flatMap(({ leaseId, concurrentMax }) => [leaseId, concurrentMax]),
  ]
}

function replyOf({ windows, places }: Demand, answer: unknown): Reply {
  const [admitted, ...rest] = Array.isArray(answer) ? answer.map(Number) : []
  if (rest.length !== windows.length * 2 + places.length) throw new Error('Redis answers something else.')
  return {
    admitted: admitted === 1,
    windows: windows.map((_, index) => ({
      used: rest[index * 2] ?? 0,
      nextMilliseconds: rest[index * 2 + 1] ?? 0,
    })),
    places: places.map((_, index) => ({ used: rest[windows.length * 2 + index] ?? 0 })),
  }
}
