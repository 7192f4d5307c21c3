/**
 * Loaded into a program before itself (`node --import`), this moves its clock, stops its event loop or ends its database
 * thread, as the file says whose path is in PARLEY_TEST_STAGE. Parley knows nothing of it.
 */
import { readFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

/** What the file holds, as JSON. Counters: an order is carried out when its number has changed. */
export interface Stage {
  /** Added to the clock, in milliseconds. */
  clockOffset: number
  stall: { order: number; milliseconds: number }
  threadEnd: { order: number }
}

export const calmStage: Stage = {
  clockOffset: 0,
  stall: { order: 0, milliseconds: 0 },
  threadEnd: { order: 0 },
}

const lookMilliseconds = 25

function setUp(path: string): void {
  const RealDate = Date
  let stage = read(path) ?? calmStage
  const now = (): number => RealDate.now() + stage.clockOffset
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, parameters, newTarget) =>
      Reflect.construct(target, parameters.length === 0 ? [now()] : parameters, newTarget) as Date,
    apply: () => new RealDate(now()).toString(),
    get: (target, name, receiver) =>
      name === 'now' ? now : (Reflect.get(target, name, receiver) as unknown),
  })

  function look(): void {
    const before = stage
    stage = read(path) ?? stage
    if (isMainThread && stage.stall.order !== before.stall.order) stall(stage.stall.milliseconds)
    if (!isMainThread && stage.threadEnd.order !== before.threadEnd.order) process.exit(1)
  }
  setInterval(look, lookMilliseconds).unref()
}

function stall(milliseconds: number): void {
  const until = performance.now() + milliseconds
  while (performance.now() < until);
}

/** Undefined while it is being written. */
function read(path: string): Stage | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Stage
  } catch {
    return undefined
  }
}

const path = process.env['PARLEY_TEST_STAGE']
if (path !== undefined) setUp(path)
