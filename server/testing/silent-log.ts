import type { Log } from '../logging.ts'

/** For tests that are not about the log. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }
