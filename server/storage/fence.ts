/** Whatever a process writes about a run is written only while the run is its own: decided where it is written. */

export interface Fence {
  /** Whose the runs must be; null where no run is concerned. */
  processId: string | null
  /** For each row that is written, the UUID of the run that writes it. */
  runIds: string[]
}

export const noFence: Fence = { processId: null, runIds: [] }

/** A condition for SQL whose first value is the fence's process. */
export function behindFence(runId: string): string {
  return `($1::text is null or exists (
    select from runs where runs.id = ${runId} and runs.process_id = $1 and runs.status = 'running'))`
}
