/** Contract D's `ChatKitServer`, for programs that have Parley inside and ask it without HTTP. */
import type { z } from 'zod'
import { ParleyError } from '../../conversation/errors.ts'
import { encodeActed } from './encode.ts'
import { responseIdOf } from './responses.ts'
import { createTurns } from './turns.ts'
import type { TurnsOptions } from './turns.ts'
import { actionRequestSchema, respondRequestSchema } from './wire.ts'
import type { ActionReply, ClientAction, RespondReply } from './wire.ts'

export interface ChatKitServer {
  /**
   * Stores what the user says, begins the answer and tells its id. Null begins a thread.
   * Throws `ParleyError`: `invalid_request`; `forbidden` for a thread that is not the user's; `wrong_state` while another answer
   * is being written there.
   */
  respond(threadId: string | null, input: string, userId: string): Promise<RespondReply>
  /** What a person does to a widget. Throws the same, and `not_a_widget` for what no widget in that thread offers. */
  action(threadId: string, action: ClientAction, userId: string): Promise<ActionReply>
}

export interface ChatKitServerOptions extends TurnsOptions {
  /** Whose users they are. Default: `default`. */
  tenantId?: string
}

export function createChatKitServer(options: ChatKitServerOptions): ChatKitServer {
  const { tenantId = 'default' } = options
  const turns = createTurns(options)
  return {
    async respond(threadId, input, userId) {
      const asked = read(respondRequestSchema, { thread_id: threadId, input })
      const { runId, threadId: answered } = await turns.respond({ tenantId, userId }, asked)
      return { status: 'success', thread_id: answered, response_id: responseIdOf(runId) }
    },
    async action(threadId, action, userId) {
      const asked = read(actionRequestSchema, { thread_id: threadId, action })
      return encodeActed(await turns.act({ tenantId, userId }, asked))
    },
  }
}

function read<Shape extends z.ZodType>(shape: Shape, given: unknown): z.output<Shape> {
  const result = shape.safeParse(given)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const param = issue?.path.join('.') ?? ''
  throw new ParleyError('invalid_request', `${param}: ${issue?.message ?? 'Invalid'}`, { param })
}
