/** Whatever a process writes about a run is written only while the run is its own: decided where it is written. */

export interface Fence {
  /** Whose the runs must be; null where no run is concerned. */
  processId: string | null
  /** For each row that is written, the UUID of the run that writes it. */
  runIds: string[]
}

export const noFence: Fence = { processId: null, runIds: [] }

/**
 * For SQL whose first value is the fence's process: to each row the run that writes it, if it is still the
 * process's own. Whose the run is, is whose the row is, and not always whose it was when the run began: guests sign in.
 */
export function joinFencing(rows: string): string {
  return `left join runs
    on runs.id = ${rows}.run_id and runs.process_id = $1 and runs.status = 'running'`
}

/** The condition that goes with it. */
export const behindFence = '($1::text is null or runs.id is not null)'

/** Whose a row is. */
export function fencedOwner(rows: string): { tenantId: string; userId: string } {
  return {
    tenantId: `coalesce(runs.tenant_id, ${rows}.tenant_id)`,
    userId: `coalesce(runs.user_id, ${rows}.user_id)`,
  }
}
