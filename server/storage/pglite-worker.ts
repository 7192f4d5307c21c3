/** The database thread's beginning: PGlite computes on the thread that calls it, and that must not be the server's. */
import { parentPort, workerData } from 'node:worker_threads'
import { serve } from './pglite-serve.ts'

if (parentPort === null) throw new Error('This file is started as a worker thread.')
await serve(parentPort, workerData)
