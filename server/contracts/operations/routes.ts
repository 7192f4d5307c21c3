/** What a supervisor and a load balancer ask. Neither answer needs a credential, and neither tells anything. */
import { Hono } from 'hono'

export interface OperationsDoorOptions {
  /** Rejects when the database does not answer. */
  ping(): Promise<void>
  isDraining(): boolean
}

/** A database that takes longer than this to say anything is not ready. */
const pingMillisecondsMax = 2_000

export function createOperationsDoor({ ping, isDraining }: OperationsDoorOptions): Hono {
  const door = new Hono()
  door.get('/health', (context) => context.json({ status: 'ok' }))
  door.get('/ready', async (context) => {
    if (isDraining()) return context.json({ status: 'draining' }, 503)
    const answers = await withinTime(ping())
    return answers ? context.json({ status: 'ready' }) : context.json({ status: 'database unavailable' }, 503)
  })
  return door
}

async function withinTime(answer: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), pingMillisecondsMax)
  })
  const answered = answer.then(
    () => true,
    () => false,
  )
  return Promise.race([answered, tooLate]).finally(() => clearTimeout(timer))
}
