/** Loaded into every Node server of the laboratory, ours and others alike: collects garbage when asked from outside. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = globalThis.gc ?? runInNewContext('gc')
process.on('SIGUSR2', () => {
  collect()
  collect()
})

// A profile is written at an orderly exit, so who does not know the signal gets one.
process.on('SIGTERM', () => {
  if (process.listenerCount('SIGTERM') === 1) process.exit()
})
