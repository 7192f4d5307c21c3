/**
 * The ChatKit protocol as sequences: what one user does in an order that fast-check chooses, beside a model of what must be there
 * then; some of it at the same moment.
 */
import fc from 'fast-check'
import type { AsyncCommand } from 'fast-check'
import { canaryPattern } from './people.ts'
import type { Shared } from './findings.ts'
import type { House } from './house.ts'

interface Thread {
  id: string
  runId: string
  /** Items that were shown. */
  items: string[]
  title: string | undefined
  /** Of the user, acknowledged. */
  messages: number
  isDeleted: boolean
}

interface Model {
  threads: Thread[]
}

interface Reply {
  status: number
  text: string
}

interface Real {
  post(type: string, params: object, headers?: Record<string, string>): Promise<Reply>
}

type Command = AsyncCommand<Model, Real>

const sequencesAtOnce = 4

export async function converse(house: House, { seed, goesOn, count, fault }: Shared): Promise<void> {
  let user = 0
  const real = async (): Promise<Real> => {
    user += 1
    const headers = await house.enter(`talker-${seed}-${user}`)
    return {
      async post(type, params, more = {}) {
        const response = await house.fetch(
          new Request(`${house.url}/chatkit`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', 'parley-stream': '1', ...headers, ...more },
            body: JSON.stringify({ type, params }),
          }),
        )
        const text = await response.text()
        count(response.status)
        const reply = { status: response.status, text }
        if ((reply.status >= 500 && reply.status !== 501) || (text.match(canaryPattern) ?? []).length > 0)
          throw wrong(type, reply)
        return reply
      },
    }
  }
  for (let round = 0; await goesOn(); round += 1) {
    const own = seed * 7_919 + round
    const run = await fc.check(
      fc.asyncProperty(fc.commands(commands(house), { maxCommands: 25, size: 'max' }), async (sequence) => {
        await fc.asyncModelRun(async () => ({ model: { threads: [] }, real: await real() }), sequence)
      }),
      { seed: own, numRuns: sequencesAtOnce },
    )
    if (!run.failed) continue
    const said = run.errorInstance instanceof Error ? run.errorInstance.message : String(run.errorInstance)
    fault({
      kind: said.slice(0, 120).replaceAll(/[a-z]+_[0-9a-z]{26}/g, 'id'),
      operation: 'ChatKit conversations',
      times: 1,
      detail: said,
      curl: (run.counterexample ?? []).map(String).join(' '),
      repeat: `seed ${own}, path ${run.counterexamplePath}`,
    })
  }
}

function wrong(what: string, { status, text }: Reply): Error {
  return new Error(`${what}: ${status} ${text.slice(0, 300)}`)
}

function commands(house: House): fc.Arbitrary<Command>[] {
  const at = fc.nat(5)
  return [
    fc.constant(create()),
    at.map(addMessage),
    at.map(get),
    fc.constant(list()),
    fc.tuple(at, fc.string({ minLength: 1, maxLength: 60 })).map(([index, title]) => rename(index, title)),
    at.map(remove),
    at.map(items),
    fc.tuple(at, fc.constantFrom(...sideOperations)).map(([index, name]) => aside(index, name)),
    fc.constantFrom('attachments.create', 'attachments.delete', 'input.transcribe').map(single),
    fc
      .tuple(fc.nat(50), fc.constantFrom(...foreignOperations))
      .map(([number, type]) => reach(house, number, type)),
    fc
      .tuple(at, fc.array(fc.constantFrom(...together), { minLength: 2, maxLength: 6 }))
      .map(([index, all]) => atOnce(index, all)),
  ]
}

const input = { content: [{ type: 'input_text', text: 'And then?' }], attachments: [], inference_options: {} }

function threadOf({ threads }: Model, index: number): Thread | undefined {
  return threads[index % Math.max(1, threads.length)]
}

function expectStatus(what: string, reply: Reply, ...allowed: number[]): void {
  if (!allowed.includes(reply.status)) throw wrong(`${what}, expected ${allowed.join(' or ')}`, reply)
}

/** A command about a thread that there may be. */
function about(
  name: string,
  index: number,
  run: (thread: Thread, real: Real, model: Model) => Promise<void>,
): Command {
  return {
    check: (model) => model.threads.length > 0,
    async run(model, real) {
      const thread = threadOf(model, index)
      if (thread !== undefined) await run(thread, real, model)
    },
    toString: () => `${name}(${index})`,
  }
}

function create(): Command {
  return {
    check: ({ threads }) => threads.length < 6,
    async run({ threads }, { post }) {
      const reply = await post('threads.create', { input })
      expectStatus('threads.create', reply, 200)
      const id = /thr_[0-9a-z]{26}/.exec(reply.text)?.[0]
      if (id === undefined || !reply.text.includes('parley.run_ended'))
        throw wrong('threads.create has no end', reply)
      const runId = /run_[0-9a-z]{26}/.exec(reply.text)?.[0] ?? 'run_00000000000000000000000000'
      threads.push({ id, runId, items: itemsIn(reply), title: undefined, messages: 1, isDeleted: false })
    },
    toString: () => 'create',
  }
}

const itemsIn = ({ text }: Reply): string[] => [
  ...new Set(text.match(/\b(?:msg|tc|wf|tsk|sin|eot)_[0-9a-z]{26}/g)),
]

function addMessage(index: number): Command {
  return about('addMessage', index, async (thread, { post }) => {
    const reply = await post('threads.add_user_message', { thread_id: thread.id, input })
    expectStatus('threads.add_user_message', reply, thread.isDeleted ? 404 : 200)
    if (reply.status !== 200) return
    thread.messages += 1
    thread.items.push(...itemsIn(reply))
  })
}

function get(index: number): Command {
  return about('get', index, async (thread, { post }) => {
    const reply = await post('threads.get_by_id', { thread_id: thread.id })
    expectStatus('threads.get_by_id', reply, thread.isDeleted ? 404 : 200)
    if (reply.status !== 200 || thread.title === undefined) return
    const { title } = JSON.parse(reply.text) as { title?: string }
    if (title !== thread.title) throw wrong(`a title that was ${JSON.stringify(thread.title)}`, reply)
  })
}

function list(): Command {
  return {
    check: () => true,
    async run({ threads }, { post }) {
      const reply = await post('threads.list', { limit: 100 })
      expectStatus('threads.list', reply, 200)
      const { data } = JSON.parse(reply.text) as { data: { id: string }[] }
      const there = threads.filter(({ isDeleted }) => !isDeleted).map(({ id }) => id)
      if (
        data
          .map(({ id }) => id)
          .toSorted()
          .join(' ') !== there.toSorted().join(' ')
      )
        throw wrong('a list of others', reply)
    },
    toString: () => 'list',
  }
}

function rename(index: number, title: string): Command {
  return about(`rename ${JSON.stringify(title)}`, index, async (thread, { post }) => {
    const reply = await post('threads.update', { thread_id: thread.id, title })
    expectStatus('threads.update', reply, thread.isDeleted ? 404 : 200)
    if (reply.status === 200) thread.title = title.toWellFormed().replaceAll('\0', '\ufffd')
  })
}

function remove(index: number): Command {
  return about('delete', index, async (thread, { post }) => {
    const reply = await post('threads.delete', { thread_id: thread.id })
    expectStatus('threads.delete', reply, thread.isDeleted ? 404 : 200)
    thread.isDeleted = true
  })
}

function items(index: number): Command {
  return about('items', index, async (thread, real) => {
    const reply = await real.post('items.list', { thread_id: thread.id, limit: 100, order: 'asc' })
    expectStatus('items.list', reply, thread.isDeleted ? 404 : 200)
    if (reply.status !== 200) return
    const found = messagesIn(reply)
    if (found !== thread.messages && found < 50)
      throw wrong(`${thread.messages} messages were acknowledged and ${found} are there`, reply)
  })
}

function messagesIn({ text }: Reply): number {
  const { data } = JSON.parse(text) as { data: { type: string }[] }
  return data.filter(({ type }) => type === 'user_message').length
}

const sideOperations = [
  'threads.add_client_tool_output',
  'threads.add_structured_input',
  'threads.retry_after_item',
  'threads.custom_action',
  'threads.sync_custom_action',
  'items.feedback',
  'parley.resume',
  'parley.cancel',
] as const

/** Where nothing waits for what is brought, it is refused; what is deleted is not there. */
function aside(index: number, type: (typeof sideOperations)[number]): Command {
  return about(type, index, async (thread, { post }) => {
    const item_id = thread.items[index % Math.max(1, thread.items.length)] ?? 'msg_00000000000000000000000000'
    const action = { type: 'press', payload: {} }
    const more: Record<(typeof sideOperations)[number], object> = {
      'threads.add_client_tool_output': { result: { a: 1 } },
      'threads.add_structured_input': { item_id, input: { status: 'answered', answers: {} } },
      'threads.retry_after_item': { item_id },
      'threads.custom_action': { item_id, action },
      'threads.sync_custom_action': { item_id, action },
      'items.feedback': { item_ids: [item_id], kind: 'positive' },
      'parley.resume': { run_id: thread.runId, after: index },
      'parley.cancel': { run_id: thread.runId },
    }
    const reply = await post(type, { thread_id: thread.id, ...more[type] })
    if (thread.isDeleted) return expectStatus(`${type} in a deleted thread`, reply, 404)
    expectStatus(type, reply, 200, 400, 404, 409, 422, 501)
    // What asks again may take away what came after it.
    if (type === 'threads.retry_after_item' && reply.status === 200) await resync(thread, { post })
  })
}

function single(type: string): Command {
  const params: Record<string, object> = {
    'attachments.create': { name: 'a.txt', size: 3, mime_type: 'text/plain' },
    'attachments.delete': { attachment_id: 'atc_00000000000000000000000000' },
    'input.transcribe': { audio_base64: 'AAAA', mime_type: 'audio/webm' },
  }
  return {
    check: () => true,
    async run(_, { post }) {
      expectStatus(type, await post(type, params[type] ?? {}), 200, 404, 501)
    },
    toString: () => type,
  }
}

const foreignOperations = [
  'threads.get_by_id',
  'threads.delete',
  'threads.update',
  'items.list',
  'threads.add_user_message',
  'parley.resume',
  'parley.cancel',
  'items.feedback',
  'threads.retry_after_item',
  'threads.custom_action',
] as const

/** A victim's thread, beside one that never was: the same answer. */
function reach(house: House, number: number, type: string): Command {
  return {
    check: () => true,
    async run(_, { post }) {
      const names = house.victims.map(({ name }) => name)
      const told = (prefix: string): string => house.knowledge.pick(names, prefix, number, 'ChatKit') ?? ''
      const params = {
        title: 'Mine',
        input,
        run_id: told('run'),
        item_id: told('msg'),
        item_ids: [told('msg')],
        kind: 'positive',
        action: { type: 'a' },
      }
      const foreign = await post(type, { thread_id: told('thr'), ...params })
      const absent = await post(type, { thread_id: 'thr_00000000000000000000000000', ...params })
      expectStatus(`${type} of another’s`, foreign, 404)
      if (nameless(foreign) !== nameless(absent))
        throw wrong(`${type} tells another’s from nothing: ${absent.text}`, foreign)
    },
    toString: () => `reach(${type})`,
  }
}

const nameless = ({ text }: Reply): string => text.replaceAll(/\bthr_[0-9a-z]{26}/g, 'id')

const together = [
  'threads.add_user_message',
  'threads.update',
  'threads.get_by_id',
  'items.list',
  'parley.cancel',
  'parley.resume',
  'threads.delete',
  'threads.retry_after_item',
] as const

/** All at the same moment: each is done or refused, and what is there afterwards is what was acknowledged. */
function atOnce(index: number, types: readonly (typeof together)[number][]): Command {
  return about(`atOnce [${types.join(', ')}]`, index, async (thread, real) => {
    const item_id = thread.items[0] ?? ''
    const replies = await Promise.all(
      types.map((type) =>
        real.post(type, {
          thread_id: thread.id,
          input,
          title: 'At once',
          run_id: thread.runId,
          item_id,
          ...(type === 'parley.resume' ? { after: 0 } : {}),
        }),
      ),
    )
    for (const [place, reply] of replies.entries())
      expectStatus(`${types[place]} at once`, reply, 200, 404, 409)
    const added = replies.filter(
      ({ status }, place) => types[place] === 'threads.add_user_message' && status === 200,
    ).length
    const wasThere = !thread.isDeleted
    const isRemoved = types.includes('threads.delete')
    const before = thread.messages
    await resync(thread, real)
    if (wasThere && isRemoved !== thread.isDeleted)
      throw new Error(`deleted: ${isRemoved}, and then: ${thread.isDeleted}`)
    const isRetried = types.includes('threads.retry_after_item')
    if (!thread.isDeleted && !isRetried && thread.messages !== before + added && thread.messages < 50) {
      throw new Error(`${before} messages and ${added} acknowledged at once are ${thread.messages}`)
    }
  })
}

async function resync(thread: Thread, { post }: Real): Promise<void> {
  const reply = await post('items.list', { thread_id: thread.id, limit: 100, order: 'asc' })
  thread.isDeleted = reply.status === 404
  if (reply.status !== 200) return
  thread.messages = messagesIn(reply)
  thread.items = itemsIn(reply)
  const { title } = JSON.parse((await post('threads.get_by_id', { thread_id: thread.id })).text) as {
    title?: string
  }
  thread.title = title
}
