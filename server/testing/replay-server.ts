/** A real server whose agent is, for each user, the one of that user's recording. */
import type { Agent } from '../conversation/agent.ts'
import type { AttachmentUploads } from '../conversation/attachments.ts'
import type { Storage } from '../storage/open.ts'
import type { ReplayTarget } from './replay.ts'
import { createScriptedAgent } from './scripted-agent.ts'
import type { ScriptedAgent } from './scripted-agent.ts'
import { startTestServer } from './test-server.ts'

export interface ReplayServer extends ReplayTarget {
  /** The storage is the caller's. */
  close(): Promise<void>
}

/** The uploads of the recordings: they promise an address and keep nothing. */
const promisedUploads: AttachmentUploads = {
  async prepare() {
    return {
      uploadDescriptor: { url: 'https://files.example.com/upload', method: 'PUT', headers: { 'x-one': '1' } },
      previewUrl: 'https://files.example.com/preview',
      metadata: { secret: 'stays here' },
    }
  },
  async remove() {},
}

export async function startReplayServer(storage: Storage): Promise<ReplayServer> {
  const agents = new Map<string, ScriptedAgent>()
  const server = await startTestServer({ storage, agent: dispatchByUser(agents), uploads: promisedUploads })
  return {
    url: server.url,
    secret: server.secret,
    useAgent(userId, script) {
      const agent = createScriptedAgent(script)
      agents.set(userId, agent)
      return agent
    },
    close: server.close,
  }
}

function dispatchByUser(agents: Map<string, ScriptedAgent>): Agent {
  const of = (userId: string): ScriptedAgent => {
    const agent = agents.get(userId)
    if (agent === undefined) throw new Error(`There is no recording for ${userId}.`)
    return agent
  }
  return {
    respond: (context, message) => of(context.owner.userId).respond(context, message),
    action: (context, action, sender) => required(of(context.owner.userId).action)(context, action, sender),
    syncAction: (context, action, sender) =>
      required(of(context.owner.userId).syncAction)(context, action, sender),
    feedback: (context, feedback) => required(of(context.owner.userId).feedback)(context, feedback),
    transcribe: (audio, owner) => required(of(owner.userId).transcribe)(audio, owner),
  }
}

function required<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('The scripted agent handles everything.')
  return value
}
