/** When all is over: does every server still answer, and what is stored? */
import { createToken } from '../../auth/bearer-tokens.ts'
import { createRandom } from '../random.ts'
import type { Caller } from './caller.ts'
import type { History } from './history.ts'
import type { House } from './house.ts'
import { createPlan } from './plans.ts'
import type { Server } from './servers.ts'
import type { User } from './user.ts'

const readyMillisecondsMax = 20_000

/** A new question to each server, which must be taken and answered in full. */
export async function tryServers(house: House, caller: Caller, history: History): Promise<void> {
  for (const server of house.servers) {
    const detail = await problemOf(server, house, caller, history).catch(String)
    history.add({
      type: 'trial',
      server: server.index,
      ok: detail === null,
      ...(detail !== null && { detail }),
    })
  }
}

async function problemOf(
  server: Server,
  house: House,
  caller: Caller,
  history: History,
): Promise<string | null> {
  if (!(await server.untilReady(readyMillisecondsMax))) return 'it is not ready'
  const user = 'u0'
  const token = await createToken({ secret: house.secret }, { userId: user })
  const plan = createPlan(`${user}.${server.index + 1}`, 'plain', createRandom(server.index))
  history.add({ type: 'plan', question: plan.question, text: plan.text, ends: plan.ends })
  house.announce(plan)
  const input = {
    content: [{ type: 'input_text', text: plan.message }],
    attachments: [],
    inference_options: {},
  }
  const exchange = caller.call({
    user,
    token,
    server: server.index,
    port: server.directPort(),
    operation: 'threads.create',
    params: { input },
    key: plan.question,
    about: { question: plan.question },
  })
  const { status } = await exchange.answer
  if (status !== 200) return `it answers ${status}`
  let end: unknown
  for await (const { event } of exchange.frames()) end = event['status']
  return end === 'completed' ? null : `the answer ended as ${String(end)}`
}

interface Page {
  data: { id: string }[]
  has_more: boolean
  after?: string
}

/** Every thread of every user, as the servers tell it, now one and now the other; then the servers are asked to end. */
export async function readBack(
  house: House,
  users: readonly User[],
  caller: Caller,
  history: History,
): Promise<void> {
  const names = ['u0', ...users.map(({ name }) => name)]
  for (const [index, name] of names.entries()) {
    const server = house.servers[index % house.servers.length]
    if (server === undefined) continue
    const token = await createToken({ secret: house.secret }, { userId: name })
    const list = async (operation: string, params: object): Promise<{ id: string }[]> => {
      const found: { id: string }[] = []
      for (let after: string | undefined, isMore = true; isMore;) {
        const page: Page = await askFor(caller, {
          user: name,
          token,
          server: server.index,
          port: server.directPort(),
          operation,
          params: { ...params, limit: 100, order: 'asc', ...(after !== undefined && { after }) },
        })
        found.push(...page.data)
        after = page.after
        isMore = page.has_more
      }
      return found
    }
    for (const { id } of await list('threads.list', {})) {
      const items = await list('items.list', { thread_id: id })
      history.add({ type: 'stored-thread', user: name, thread: id, items })
    }
  }
  await Promise.all(house.servers.map((server) => server.retire('SIGTERM')))
}

async function askFor(caller: Caller, details: Parameters<Caller['call']>[0]): Promise<Page> {
  const exchange = caller.call(details)
  return (await exchange.json(() => null)) as Page
}
