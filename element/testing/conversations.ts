import type {
  AssistantMessageItem,
  Attachment,
  StreamEvent,
  StructuredInput,
  UserMessageInput,
  UserMessageItem,
  WidgetNode,
  WireItem,
  WireRun,
  WireThread,
} from '../../server/contracts/chatkit/wire.ts'

/** What a scripted agent does, step by step. */
export type Step =
  | { delta: string }
  /** Waits until the test opens the gate of this name. */
  | { gate: string }
  | { event: StreamEvent }
  /** Something else than text, finished and kept. */
  | { item: NewItem }
  | { source: { title: string; url: string } }
  /** Breaks every connection that is streaming, as a proxy or a tunnel would. */
  | { cut: true }
  | { fail: string }
  | { tool: { name: string; arguments: Record<string, string> } }
  /** The process that runs it dies: what was streamed is kept, marked interrupted. */
  | { die: true }

/** An item without what every item has. */
export type NewItem = WireItem extends infer Item
  ? Item extends WireItem
    ? Omit<Item, 'id' | 'thread_id' | 'created_at'>
    : never
  : never

export interface Run {
  id: string
  threadId: string
  status: WireRun['status']
  error?: string
  log: { seq: number; event: StreamEvent }[]
  cancelled: boolean
}

export interface Conversation {
  thread: WireThread
  items: WireItem[]
  run: Run | null
}

/** Conversations in memory, as a server would keep them: a run has a log, and goes on whoever listens. */
export class Conversations {
  readonly all: Map<string, Conversation> = new Map()
  /** By their ids. */
  readonly attachments: Map<string, Attachment> = new Map()
  /** What the next run does. */
  script: Step[] = [{ delta: 'Hello.' }]
  /** Called when a run's log has grown. */
  onLog: () => void = () => undefined
  onCut: () => void = () => undefined
  /** What an action that is done at once makes of a widget. */
  widgetAfter: (actionType: string) => Promise<WidgetNode> = () => Promise.resolve({ type: 'Card' })
  readonly #openGates: Set<string> = new Set()
  readonly #waiting: Map<string, () => void> = new Map()
  readonly #begun: Map<string, Run> = new Map()
  #ids = 0

  openGate(name: string): void {
    this.#openGates.add(name)
    this.#waiting.get(name)?.()
  }

  newId(prefix: string): string {
    this.#ids += 1
    return `${prefix}_${String(this.#ids).padStart(6, '0')}`
  }

  create(title?: string): Conversation {
    const id = this.newId('thr')
    const thread: WireThread = {
      id,
      created_at: new Date().toISOString(),
      ...(title === undefined ? {} : { title }),
      status: { type: 'active' },
      metadata: {},
      items: { data: [], has_more: false },
    }
    const conversation = { thread, items: [], run: null }
    this.all.set(id, conversation)
    return conversation
  }

  userItem(threadId: string, text: string): UserMessageItem {
    return {
      id: this.newId('msg'),
      thread_id: threadId,
      created_at: new Date().toISOString(),
      type: 'user_message',
      content: [{ type: 'input_text', text }],
      attachments: [],
      inference_options: {},
    }
  }

  #said(threadId: string, input: UserMessageInput): UserMessageItem {
    return {
      ...this.userItem(threadId, ''),
      content: input.content,
      attachments: input.attachments.flatMap((id) => this.attachments.get(id) ?? []),
      ...(input.quoted_text ? { quoted_text: input.quoted_text } : {}),
    }
  }

  answerItem(threadId: string, text: string): AssistantMessageItem {
    return {
      id: this.newId('msg'),
      thread_id: threadId,
      created_at: new Date().toISOString(),
      type: 'assistant_message',
      content: [{ type: 'output_text', text, annotations: [] }],
    }
  }

  /** Puts an item at the end of a conversation. */
  add(conversation: Conversation, item: NewItem): WireItem {
    const made = {
      ...item,
      id: this.newId('msg'),
      thread_id: conversation.thread.id,
      created_at: new Date().toISOString(),
    }
    conversation.items.push(made)
    return made
  }

  /** Does an action at once: the widget as it is then, or null if there is none. */
  async actAtOnce({ items }: Conversation, itemId: string, actionType: string): Promise<WireItem | null> {
    const widget = await this.widgetAfter(actionType)
    const place = items.findIndex(({ id }) => id === itemId)
    const item = items[place]
    if (item?.type !== 'widget') return null
    const changed = { ...item, widget }
    items[place] = changed
    return changed
  }

  /** Answers what was asked, as a server does before it goes on; undefined when nothing waits for that. */
  answer(
    { items }: Conversation,
    { item_id, input }: { item_id: string; input: StructuredInput },
  ): StreamEvent | undefined {
    const place = items.findIndex(({ id }) => id === item_id)
    const item = items[place]
    if (item?.type !== 'structured_input' || item.status !== 'pending') return undefined
    const inputs = item.inputs.map((question) => ({
      ...question,
      answer: input.answers[question.id] ?? { values: [], skipped: true },
    }))
    const replaced = { ...item, status: input.status, inputs }
    items[place] = replaced
    return { type: 'thread.item.replaced', item: replaced }
  }

  /** Begins a run, unless the key has begun one already. `before`: what is told before the agent begins. */
  begin(
    conversation: Conversation,
    key: string | undefined,
    input?: UserMessageInput,
    before?: StreamEvent,
  ): Run {
    const begun = key === undefined ? undefined : this.#begun.get(key)
    if (begun) return begun
    const { thread } = conversation
    const first = conversation.run === null
    const run: Run = {
      id: this.newId('run'),
      threadId: thread.id,
      status: 'running',
      log: [],
      cancelled: false,
    }
    if (key !== undefined) this.#begun.set(key, run)
    conversation.run = run
    if (first) this.#log(run, { type: 'thread.created', thread })
    if (input) {
      const item = this.#said(thread.id, input)
      conversation.items.push(item)
      this.#log(run, { type: 'thread.item.done', item })
    }
    this.#log(run, { type: 'stream_options', stream_options: { allow_cancel: true } })
    if (before) this.#log(run, before)
    void this.#play(conversation, run, this.script)
    return run
  }

  /** The conversation that a request with this key has created, so that a repetition does not create another. */
  begunWith(key: string | undefined): Run | undefined {
    return key === undefined ? undefined : this.#begun.get(key)
  }

  cancel(run: Run): void {
    run.cancelled = true
    for (const open of this.#waiting.values()) open()
  }

  #log(run: Run, event: StreamEvent): void {
    run.log.push({ seq: run.log.length + 1, event: structuredClone(event) })
    this.onLog()
  }

  async #play(conversation: Conversation, run: Run, script: Step[]): Promise<void> {
    let answer: AssistantMessageItem | undefined
    for (const step of script) {
      if (run.cancelled) break
      if ('delta' in step) {
        if (!answer) {
          answer = this.answerItem(run.threadId, '')
          this.#log(run, { type: 'thread.item.added', item: answer })
        }
        this.#delta(run, answer, step.delta)
      } else if ('gate' in step) {
        await this.#wait(step.gate)
      } else if ('source' in step) {
        if (answer) this.#annotate(run, answer, step.source)
      } else if ('event' in step) {
        this.#log(run, step.event)
      } else if ('item' in step) {
        this.#log(run, { type: 'thread.item.done', item: this.add(conversation, step.item) })
      } else if ('cut' in step) {
        this.onCut()
      } else if ('tool' in step) {
        this.#callTool(conversation, run, step.tool)
      } else if ('die' in step) {
        return this.#end(conversation, run, answer, 'interrupted')
      } else {
        run.error = step.fail
        this.#log(run, { type: 'error', code: 'custom', message: step.fail, allow_retry: true })
        return this.#end(conversation, run, answer, 'failed')
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
    this.#end(conversation, run, answer, run.cancelled ? 'cancelled' : 'completed')
  }

  #delta(run: Run, answer: AssistantMessageItem, delta: string): void {
    const part = answer.content[0]
    if (part) part.text += delta
    const update = { type: 'assistant_message.content_part.text_delta', content_index: 0, delta } as const
    this.#log(run, { type: 'thread.item.updated', item_id: answer.id, update })
  }

  #annotate(run: Run, answer: AssistantMessageItem, source: { title: string; url: string }): void {
    const part = answer.content[0]
    if (!part) return
    const annotation = {
      type: 'annotation',
      source: { type: 'url', ...source },
      index: part.text.length,
    } as const
    part.annotations.push(annotation)
    const update = {
      type: 'assistant_message.content_part.annotation_added',
      content_index: 0,
      annotation_index: part.annotations.length - 1,
      annotation,
    } as const
    this.#log(run, { type: 'thread.item.updated', item_id: answer.id, update })
  }

  #callTool(
    conversation: Conversation,
    run: Run,
    tool: { name: string; arguments: Record<string, string> },
  ): void {
    const id = this.newId('tc')
    const item: WireItem = {
      id,
      thread_id: run.threadId,
      created_at: new Date().toISOString(),
      type: 'client_tool_call',
      status: 'pending',
      call_id: `call_${id}`,
      ...tool,
    }
    conversation.items.push(item)
    this.#log(run, { type: 'thread.item.done', item })
  }

  #end(
    conversation: Conversation,
    run: Run,
    answer: AssistantMessageItem | undefined,
    status: Exclude<Run['status'], 'running'>,
  ): void {
    if (answer) {
      const item: WireItem = status === 'completed' ? answer : { ...answer, incomplete: status }
      conversation.items.push(item)
      this.#log(run, { type: 'thread.item.done', item })
    }
    run.status = status
    this.#log(run, { type: 'parley.run_ended', status })
  }

  #wait(gate: string): Promise<void> {
    if (this.#openGates.has(gate)) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.set(gate, resolve))
  }
}
