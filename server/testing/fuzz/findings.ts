/** What is found, and how those who look share the requests that there are. */

export interface Fault {
  kind: string
  operation: string
  times: number
  detail: string
  /** Made as small as it could be. */
  curl: string
  /** `fc` repeats it by these, in a house of the same kind. */
  repeat: string
}

/** Of all requests a few are of each other kind, which take longer. */
export interface Shared {
  count(status: number): void
  /** Whether there is to be another one; resolves when it is its turn. */
  goesOn(): Promise<boolean>
  seed: number
  fault(fault: Fault): void
}
