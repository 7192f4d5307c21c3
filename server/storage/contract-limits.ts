/** One suite for every place where limits are counted: this process's memory, the database on both engines, and Redis. */
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CountedPlace, CountedWindow, Demand, LimitStore, Reply } from '../limits/limits.ts'

export interface LimitGround {
  /** A store with the test's clock (milliseconds), or with its own. What one writes, the next one finds. */
  create(now?: () => number): Promise<LimitStore>
  close(): Promise<void>
  /** How often the property is tried: what a round trip costs decides. */
  runs: number
}

export function limitContract(
  name: string,
  open: () => Promise<LimitGround>,
  missingReason: string | null = null,
): void {
  const title = missingReason === null ? name : `${name} (${missingReason})`
  describe.skipIf(missingReason !== null)(`limits: ${title}`, () => {
    let ground: LimitGround
    beforeAll(async () => {
      ground = await open()
    })
    afterAll(() => ground.close())
    counting(() => ground)
    gathering(() => ground)
    telling(() => ground)
    holding(() => ground)
    crowding(() => ground)
    modelling(() => ground)
  })
}

const leaseMilliseconds = 9_000
const start = 1_700_000_000_000

export function createKey(): string {
  return randomBytes(16).toString('base64url')
}

export function createWindow(requestsMax: number, windowSeconds: number): CountedWindow {
  return { key: createKey(), requestsMax, windowMilliseconds: windowSeconds * 1_000 }
}

let places = 0

export function createPlace(concurrentMax: number, key: string = createKey()): CountedPlace {
  places += 1
  return { key, leaseId: `${key}-${places}`, concurrentMax }
}

export function demandOf(windows: readonly CountedWindow[], wanted: readonly CountedPlace[] = []): Demand {
  return { windows, places: wanted, leaseMilliseconds }
}

function anotherPlace(place: CountedPlace): CountedPlace {
  return createPlace(place.concurrentMax, place.key)
}

function counting(ground: () => LimitGround): void {
  test('[LIMIT-1] what one limit refuses uses up nothing of the others, whichever it is', async () => {
    let now = start
    const store = await ground().create(() => now)
    const [narrow, wide] = [createWindow(1, 60), createWindow(10, 60)]
    const [place, free] = [createPlace(1), createPlace(1)]
    expect(await store.admit(demandOf([narrow, wide], [place]))).toMatchObject({ admitted: true })
    for (const order of [
      [narrow, wide],
      [wide, narrow],
    ])
      expect(await store.admit(demandOf(order, [anotherPlace(free)]))).toMatchObject({ admitted: false })
    expect(await store.admit(demandOf([], [free]))).toMatchObject({ admitted: true, places: [{ used: 1 }] })
    expect(await store.admit(demandOf([wide], [anotherPlace(place)]))).toMatchObject({
      admitted: false,
      windows: [{ used: 1 }],
      places: [{ used: 1 }],
    })
    now += 61_000
    await store.release([place])
    expect(await store.admit(demandOf([narrow, wide], [anotherPlace(place)]))).toMatchObject({
      admitted: true,
      windows: [{ used: 1 }, { used: 1 }],
      places: [{ used: 1 }],
    })
    await store.close()
  })

  test('[LIMIT-2] a burst around the edge of a minute or an hour is no more than one within it', async () => {
    for (const seconds of [60, 3_600]) {
      let now = Math.ceil(start / 3_600_000) * 3_600_000 - 1
      const store = await ground().create(() => now)
      const window = createWindow(5, seconds)
      const admitted: number[] = []
      for (let round = 0; round < 3; round += 1) {
        for (let request = 0; request < 7; request += 1)
          if ((await store.admit(demandOf([window]))).admitted) admitted.push(now)
        now += seconds * 1_000 - 1
      }
      expect(mostWithin(admitted, seconds * 1_000)).toBe(5)
      await store.close()
    }
  })

  test('[LIMIT-3] what was used comes back a window later and a sixtieth of it at most', async () => {
    for (const offset of [0, 1, 499, 999, 1_000]) {
      let now = start + offset
      const store = await ground().create(() => now)
      const window = createWindow(1, 60)
      const used = await store.admit(demandOf([window]))
      now += 60_000
      expect(await store.admit(demandOf([window]))).toMatchObject({ admitted: false })
      now = start + offset + (used.windows[0]?.nextMilliseconds ?? 0) - 1
      expect(await store.admit(demandOf([window]))).toMatchObject({ admitted: false })
      expect(now).toBeLessThan(start + offset + 61_000)
      now += 1
      expect(await store.admit(demandOf([window]))).toMatchObject({ admitted: true })
      await store.close()
    }
  })
}

function gathering(ground: () => LimitGround): void {
  test('[LIMIT-17] those who ask at the same moment are answered as if they had come one after the other', async () => {
    const store = await ground().create(() => start)
    const [two, one, many] = [createWindow(2, 60), createWindow(1, 60), createWindow(100, 60)]
    const place = createPlace(1)
    const [first, last] = [place, anotherPlace(place)]
    const demands = [
      demandOf([two, many]),
      demandOf([one], [first]),
      demandOf([two, one]),
      demandOf([many, two]),
      demandOf([two]),
      demandOf([many], [last]),
      ...Array.from({ length: 40 }, () => demandOf([createWindow(1, 60), many])),
    ]
    const replies = await Promise.all(demands.map((demand) => store.admit(demand)))
    expect(replies.slice(0, 6).map(({ admitted }) => admitted)).toEqual([
      true,
      true,
      false,
      true,
      false,
      false,
    ])
    expect(replies[2]).toMatchObject({ windows: [{ used: 1 }, { used: 1 }] })
    expect(replies[3]).toMatchObject({ windows: [{ used: 2 }, { used: 2 }] })
    expect(replies.slice(6).map(({ windows }) => windows.map(({ used }) => used))).toEqual(
      Array.from({ length: 40 }, (_, index) => [1, index + 3]),
    )
    await store.close()
  })
}

function telling(ground: () => LimitGround): void {
  test('[LIMIT-6] the time to wait is right also when the limit has been lowered', async () => {
    let now = start
    const store = await ground().create(() => now)
    const window = createWindow(4, 60)
    for (let request = 0; request < 4; request += 1) {
      await store.admit(demandOf([window]))
      now += 5_000
    }
    const lowered = demandOf([{ ...window, requestsMax: 2 }])
    const refused = await store.admit(lowered)
    expect(refused).toMatchObject({ admitted: false, windows: [{ used: 4 }] })
    now += (refused.windows[0]?.nextMilliseconds ?? 0) - 1
    expect(await store.admit(lowered)).toMatchObject({ admitted: false, windows: [{ used: 2 }] })
    now += 1
    expect(await store.admit(lowered)).toMatchObject({ admitted: true, windows: [{ used: 2 }] })
    await store.close()
  })

  test('[LIMIT-13] a clock that was set back freezes no window and no place', async () => {
    let now = start
    const store = await ground().create(() => now)
    const [window, place] = [createWindow(1, 60), createPlace(1)]
    await store.admit(demandOf([window], [place]))
    now -= 36_000_000
    expect(await store.admit(demandOf([window], [anotherPlace(place)]))).toMatchObject({ admitted: true })
    await store.close()
  })
}

function holding(ground: () => LimitGround): void {
  test('[LIMIT-4] a place is free again when it was released, and released twice it is one place', async () => {
    const store = await ground().create(() => start)
    const taken = [createPlace(2)]
    const [first] = taken
    if (first === undefined) throw new Error('unreachable')
    taken.push(anotherPlace(first))
    for (const place of taken) await store.admit(demandOf([], [place]))
    expect(await store.admit(demandOf([], [anotherPlace(first)]))).toMatchObject({ admitted: false })
    await store.release([first])
    await store.release([first])
    expect(await store.admit(demandOf([], [anotherPlace(first)]))).toMatchObject({ admitted: true })
    expect(await store.admit(demandOf([], [anotherPlace(first)]))).toMatchObject({
      admitted: false,
      places: [{ used: 2 }],
    })
    await store.close()
  })

  test('[LIMIT-5] a lease that nobody renews runs out, and one that was renewed does not', async () => {
    let now = start
    const store = await ground().create(() => now)
    const first = createPlace(1)
    await store.admit(demandOf([], [first]))
    now += leaseMilliseconds - 1
    await store.renew([first], leaseMilliseconds)
    now += leaseMilliseconds - 1
    expect(await store.admit(demandOf([], [anotherPlace(first)]))).toMatchObject({ admitted: false })
    now += 1
    expect(await store.admit(demandOf([], [anotherPlace(first)]))).toMatchObject({ admitted: true })
    await store.close()
  })

  test('[LIMIT-5] a lease that ran out and is renewed after all counts again', async () => {
    let now = start
    const store = await ground().create(() => now)
    const first = createPlace(1)
    await store.admit(demandOf([], [first]))
    now += leaseMilliseconds
    await store.sweep()
    await store.renew([first], leaseMilliseconds)
    expect(await store.admit(demandOf([], [anotherPlace(first)]))).toMatchObject({ admitted: false })
    await store.close()
  })

  test('[LIMIT-7] what has run out is swept away, and what counts is not', async () => {
    let now = start
    const store = await ground().create(() => now)
    const [short, long] = [createWindow(1, 10), createWindow(1, 60)]
    await store.admit(demandOf([short, long], [createPlace(1)]))
    now += 11_000
    await store.sweep()
    expect(await store.admit(demandOf([long]))).toMatchObject({ admitted: false })
    expect(await store.admit(demandOf([short]))).toMatchObject({ admitted: true })
    await store.close()
  })
}

/** With the store's own clock, so nothing may run out however slow the machine is. */
function crowdDemand(windows: readonly CountedWindow[], wanted: readonly CountedPlace[]): Demand {
  return { ...demandOf(windows, wanted), leaseMilliseconds: 600_000 }
}

/** Of two processes, where there can be two. */
function crowding(ground: () => LimitGround): void {
  test('[LIMIT-2] of many that ask at the same moment exactly as many are admitted as the limit says', async () => {
    const [one, other] = [await ground().create(), await ground().create()]
    const [narrow, wide] = [createWindow(7, 3_600), createWindow(1_000, 3_600)]
    const place = createPlace(1_000)
    const replies = await Promise.all(
      Array.from({ length: 60 }, (_, index) => {
        // In either order: nobody waits in a circle.
        const windows = index % 3 === 0 ? [wide, narrow] : [narrow, wide]
        return (index % 2 === 0 ? one : other).admit(crowdDemand(windows, [anotherPlace(place)]))
      }),
    )
    expect(replies.filter((reply) => reply.admitted)).toHaveLength(7)
    const after = await one.admit(crowdDemand([wide], [anotherPlace(place)]))
    expect(after).toMatchObject({ admitted: true, windows: [{ used: 8 }], places: [{ used: 8 }] })
    await Promise.all([one.close(), other.close()])
  })

  test('[LIMIT-4] of many that want a place at the same moment exactly as many get one as there are', async () => {
    const [one, other] = [await ground().create(), await ground().create()]
    const place = createPlace(5)
    const wanted = Array.from({ length: 40 }, () => anotherPlace(place))
    const replies = await Promise.all(
      wanted.map((each, index) => (index % 2 === 0 ? one : other).admit(crowdDemand([], [each]))),
    )
    expect(replies.filter((reply) => reply.admitted)).toHaveLength(5)
    await Promise.all(wanted.map((each, index) => (index % 2 === 0 ? one : other).release([each])))
    expect(await one.admit(crowdDemand([], [anotherPlace(place)]))).toMatchObject({
      places: [{ used: 1 }],
    })
    await Promise.all([one.close(), other.close()])
  })
}

type Step =
  /** All of them at the same moment. */
  | { type: 'admit'; asked: { windows: number[]; places: number[] }[] }
  | { type: 'wait'; milliseconds: number }
  | { type: 'release' | 'renew'; lease: number }

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        type: fc.constant('admit' as const),
        asked: fc.array(fc.record({ windows: fc.subarray([0, 1, 2]), places: fc.subarray([0, 1]) }), {
          minLength: 1,
          maxLength: 4,
        }),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        type: fc.constant('wait' as const),
        milliseconds: fc.oneof(
          fc.integer({ min: 0, max: 1_500 }),
          fc.constantFrom(17, 100, 1_000, 6_000, 9_000),
        ),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        type: fc.constantFrom('release' as const, 'renew' as const),
        lease: fc.nat({ max: 30 }),
      }),
    },
  ),
  { minLength: 5, maxLength: 40 },
)

function modelling(ground: () => LimitGround): void {
  test('[LIMIT-2] whatever is asked, waited, renewed and released: every answer is that of a plain log of all requests', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.nat({ max: 5_000 }), async (script, offset) => {
        let now = start + offset
        const store = await ground().create(() => now)
        const model = createModel()
        const windows = [createWindow(3, 6), createWindow(5, 30), createWindow(2, 1)]
        const wanted = [createPlace(2), createPlace(3)]
        const taken: CountedPlace[] = []
        for (const step of script) {
          if (step.type === 'wait') now += step.milliseconds
          else if (step.type === 'admit') {
            const demands = step.asked.map((asked) =>
              demandOf(
                asked.windows.flatMap((index) => windows[index] ?? []),
                asked.places.flatMap((index) => wanted[index] ?? []).map(anotherPlace),
              ),
            )
            const expected = demands.map((demand) => model.admit(demand, now))
            expect(await Promise.all(demands.map((demand) => store.admit(demand)))).toEqual(expected)
            taken.push(
              ...demands.filter((_, index) => expected[index]?.admitted).flatMap(({ places }) => places),
            )
          } else {
            const lease = taken[step.lease]
            if (lease === undefined) continue
            if (step.type === 'release') model.release(lease)
            else model.renew(lease, now)
            await (step.type === 'release' ? store.release([lease]) : store.renew([lease], leaseMilliseconds))
          }
        }
        for (const { key, requestsMax, windowMilliseconds } of windows)
          expect(mostWithin(model.admissions(key), windowMilliseconds)).toBeLessThanOrEqual(requestsMax)
        await store.close()
      }),
      { numRuns: ground().runs },
    )
  })
}

/** Every request is remembered; nothing is clever. */
function createModel() {
  const log: { key: string; at: number; back: number }[] = []
  const leases = new Map<string, { key: string; until: number }>()

  function windowOf({ key, requestsMax, windowMilliseconds }: CountedWindow, now: number) {
    const backs = log.filter((entry) => entry.key === key && entry.back > now).map(({ back }) => back)
    const first = backs.length === 0 ? now + windowMilliseconds : Math.min(...backs)
    return { isFull: backs.length >= requestsMax, used: backs.length, nextMilliseconds: first - now }
  }

  function placesOf(key: string, now: number): number {
    return Array.from(leases.values()).filter((lease) => lease.key === key && lease.until > now).length
  }

  function remember({ key, windowMilliseconds }: CountedWindow, at: number): void {
    const slice = Math.ceil(windowMilliseconds / 60)
    let sliceEnd = at - (at % slice)
    while (sliceEnd <= at) sliceEnd += slice
    log.push({ key, at, back: sliceEnd + windowMilliseconds })
  }

  return {
    admit({ windows, places: wanted }: Demand, now: number): Reply {
      const admitted =
        windows.every((window) => !windowOf(window, now).isFull) &&
        wanted.every(({ key, concurrentMax }) => placesOf(key, now) < concurrentMax)
      if (admitted) {
        for (const window of windows) remember(window, now)
        for (const { key, leaseId } of wanted) leases.set(leaseId, { key, until: now + leaseMilliseconds })
      }
      return {
        admitted,
        windows: windows.map((window) => {
          const { used, nextMilliseconds } = windowOf(window, now)
          return { used, nextMilliseconds }
        }),
        places: wanted.map(({ key }) => ({ used: placesOf(key, now) })),
      }
    },
    renew: ({ key, leaseId }: CountedPlace, now: number) =>
      void leases.set(leaseId, { key, until: now + leaseMilliseconds }),
    release: ({ leaseId }: CountedPlace) => void leases.delete(leaseId),
    admissions: (key: string) => log.filter((entry) => entry.key === key).map(({ at }) => at),
  }
}

/** The most in any stretch of so many milliseconds. */
function mostWithin(times: readonly number[], milliseconds: number): number {
  return Math.max(
    0,
    ...times.map((from) => times.filter((time) => time >= from && time <= from + milliseconds).length),
  )
}
