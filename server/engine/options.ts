/** What the engine is made of, and what its callers hand in. */
import type { Action, Agent } from '../conversation/agent.ts'
import type { JsonObject } from '../conversation/items.ts'
import type { ConversationStore, RunJournal } from '../conversation/store.ts'

export interface EngineOptions {
  store: ConversationStore
  journal: RunJournal
  agent: Agent
  now(): Date
  onFailure(event: string, fields: Record<string, unknown>): void
  timings?: Partial<EngineTimings>
}

export interface EngineTimings {
  /** How long a process that says nothing keeps its runs. Default 10. */
  leaseSeconds: number
  /** How often leases are renewed and abandoned runs looked for. Default 2. */
  heartbeatSeconds: number
  /** How long a run goes on whose client can only close and has closed. Default 5. */
  stopGraceSeconds: number
  /** How long any run may take. Default 3600. */
  runSecondsMax: number
  /** How long a run's log can still be read after its end. Default 3600. */
  logSecondsMax: number
}

export const timingsDefault: EngineTimings = {
  leaseSeconds: 10,
  heartbeatSeconds: 2,
  stopGraceSeconds: 5,
  runSecondsMax: 3600,
  logSecondsMax: 3600,
}

export interface BeginOptions {
  metadata: JsonObject
  /** The client's own name for its request: the same key never begins a second run. */
  idempotencyKey?: string
  /** What the key stands for: the same key with another hash is `wrong_state`. */
  requestHash?: string
}

export interface BegunRun {
  runId: string
  threadId: string
}

export interface SyncActionRequest {
  threadId: string
  itemId: string | null
  action: Action
  metadata: JsonObject
}
