/** What a session's token says about each run that it begins: which agent answers, and which page its reader has open. */
import { agentKey, isAgentName } from '../../agents/agents.ts'
import type { AgentName } from '../../agents/agents.ts'
import { pageContextKey } from '../../agents/page-context.ts'
import type { SessionRecords } from '../../auth/chatkit-sessions.ts'
import type { Identity } from '../../auth/identity.ts'
import type { JsonObject } from '../../conversation/items.ts'

export interface SessionRunOptions {
  records: Pick<SessionRecords, 'find'>
  /** Who answers for a workflow that is not an agent's name. */
  agent: AgentName
}

/** Under this key of a run's metadata: what the server said that made the session, in OpenAI's words its state variables. */
export const stateVariablesKey = 'state_variables'

/** Undefined for whoever shows something else than a session's token. It goes over what a request says by itself. */
export type RunMetadata = (identity: Identity) => Promise<JsonObject> | undefined

/** Read for every run, not remembered with the token: the page may have been turned since. */
export function createSessionRunMetadata({ records, agent }: SessionRunOptions): RunMetadata {
  async function read(owner: Identity, sessionId: string): Promise<JsonObject> {
    const { workflowId, pageContext, terms } = await records.find(owner, sessionId)
    return {
      [agentKey]: isAgentName(workflowId) ? workflowId : agent,
      [pageContextKey]: textsOf(pageContext),
      ...(terms === undefined ? {} : { [stateVariablesKey]: variablesOf(terms[stateVariablesKey]) }),
    }
  }
  return (identity) => (identity.sessionId === undefined ? undefined : read(identity, identity.sessionId))
}

function variablesOf(terms: unknown): JsonObject {
  if (typeof terms !== 'object' || terms === null) return {}
  return Object.fromEntries(Object.entries(terms).filter(isVariable))
}

function isVariable(field: [string, unknown]): field is [string, string | number | boolean] {
  return ['string', 'number', 'boolean'].includes(typeof field[1])
}

function textsOf(fields: Readonly<Record<string, unknown>>): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).filter((field): field is [string, string] => typeof field[1] === 'string'),
  )
}
