/**
 * The agent around a language model: asks it, shows what it says, runs the tools that it wants, and asks again.
 *
 *   history ─▶ messages ─▶ ask ─ no calls ──────────────────────────▶ done
 *                 ▲         ├─ a call for the page ─▶ client tool ──▶ the page's answer begins the next turn
 *                 ╰─────────┴─ calls ─▶ server tools, all at once
 */
import type { Agent, RunContext } from '../conversation/agent.ts'
import { ParleyError } from '../conversation/errors.ts'
import type { Item, UserMessageItem } from '../conversation/items.ts'
import type {
  Model,
  ModelMessage,
  ModelRequest,
  ModelTool,
  ModelToolCall,
  ServerTool,
} from '../conversation/model.ts'
import { createModelAnswer } from './model-answer.ts'
import { type AttachmentReading, readAttachments } from './attachment-contents.ts'
import {
  type AttachmentContents,
  historyItemsMaxDefault,
  type MessageBudget,
  toModelMessages,
} from './model-messages.ts'
import { titleOf, untitledKey } from './thread-title.ts'
import {
  createToolRunner,
  parseArguments,
  toolError,
  type ToolLimits,
  type ToolRunner,
} from './tool-calls.ts'

export interface ModelAgentOptions {
  model: Model
  instructions?: string
  /** What the server can do for the model. */
  tools?: ServerTool[]
  /** What the page can do for it. One call ends the turn; its output begins the next. */
  clientTools?: ModelTool[]
  /** Names of models that a client may ask for in place of the configured one. Default: none. */
  modelChoices?: string[]
  limits?: ModelAgentLimits
  /** Lets the model see attached files. Default: it knows their names. */
  attachments?: AttachmentReading
  /** Hears of tools that threw something of their own. */
  onToolFailure?(toolName: string, error: unknown): void
}

export interface ModelAgentLimits extends ToolLimits, MessageBudget {
  /** How often the model may be asked in one turn. In the last step it gets no tools. Default 8. */
  stepsMax?: number
  /** Asked of the model, which may not keep to it. Default: its own. */
  outputTokensMax?: number
}

export function createModelAgent(options: ModelAgentOptions): Agent {
  const { limits = {}, tools = [], clientTools = [] } = options
  const stepsMax = limits.stepsMax ?? 8
  const runner = createToolRunner(tools, limits, options.onToolFailure ?? (() => {}))
  const clientToolNames = new Set(clientTools.map((tool) => tool.name))
  const offered = [...tools, ...clientTools].map(({ name, description, parameters }) => ({
    name,
    description,
    parameters,
  }))

  function createRequest(context: RunContext, messages: ModelMessage[], step: number): ModelRequest {
    const { model = '', tool_choice: wanted } = context.inferenceOptions
    const isWanted = step === 1 && offered.some((tool) => tool.name === wanted?.id)
    return {
      messages,
      tools: offered,
      ...(options.instructions !== undefined && { instructions: options.instructions }),
      ...(isWanted && wanted && { toolChoice: { name: wanted.id } }),
      ...(step === stepsMax && { toolChoice: 'none' }),
      ...(options.modelChoices?.includes(model) === true && { model }),
      ...(limits.outputTokensMax !== undefined && { outputTokensMax: limits.outputTokensMax }),
    }
  }

  return {
    async *respond(context, message) {
      setTitle(context, message)
      const history = await context.history(limits.itemsMax ?? historyItemsMaxDefault)
      const items = withMessage(history, message)
      const messages = toModelMessages(items, limits, await contentsOf(options, context, items))
      for (let step = 1; step <= stepsMax; step += 1) {
        const answer = createModelAnswer(context)
        // No generator of its own: each one around the model costs every token two promises more.
        for await (const event of options.model.stream(
          createRequest(context, messages, step),
          context.signal,
        )) {
          for (const shown of answer.read(event)) yield shown
        }
        for (const shown of answer.end()) yield shown
        if (answer.calls.length === 0) return
        const clientCall = answer.calls.find((call) => clientToolNames.has(call.name))
        const parameters = clientCall && parseArguments(clientCall.arguments)
        if (clientCall && parameters && answer.calls.every((call) => clientToolNames.has(call.name))) {
          return yield* context.callClientTool(clientCall.name, parameters)
        }
        yield {
          type: 'progress',
          text: `Using ${answer.calls.map((call) => readable(call.name)).join(', ')} …`,
        }
        const outputs = await runCalls(answer.calls, clientToolNames, runner, context.signal)
        messages.push({ role: 'assistant', text: answer.text(), toolCalls: answer.calls }, ...outputs)
      }
      throw new ParleyError(
        'model_limit',
        `The model used tools ${stepsMax} times without an answer (stepsMax). Please ask differently.`,
        {
          retryable: true,
        },
      )
    },
  }
}

function contentsOf(
  { attachments }: ModelAgentOptions,
  { owner }: RunContext,
  items: Item[],
): Promise<AttachmentContents> | undefined {
  return attachments === undefined ? undefined : readAttachments(items, owner, attachments)
}

/** All at once, each with an output: the model must hear of every call that it made. */
async function runCalls(
  calls: ModelToolCall[],
  clientToolNames: ReadonlySet<string>,
  runner: ToolRunner,
  signal: AbortSignal,
): Promise<ModelMessage[]> {
  return Promise.all(
    calls.map(async (call): Promise<ModelMessage> => {
      const output = clientToolNames.has(call.name)
        ? toolError('Call this tool alone, with a JSON object as its arguments.')
        : await runner.run(call, signal)
      return { role: 'tool', callId: call.callId, name: call.name, output }
    }),
  )
}

function withMessage(history: Item[], message: UserMessageItem | null): Item[] {
  return message === null || history.some((item) => item.id === message.id) ? history : [...history, message]
}

function setTitle({ thread, metadata }: RunContext, message: UserMessageItem | null): void {
  if (message === null || thread.title !== undefined || metadata[untitledKey] === true) return
  const title = titleOf(message)
  if (title !== undefined) thread.title = title
}

/** `find_orders` → `find orders`. */
function readable(toolName: string): string {
  return toolName.replaceAll(/[_-]+/g, ' ').slice(0, 60)
}
