/** `npm start`: makes the checkout ready and runs the server in this very process, so that signals reach it. */
import * as nodeModule from 'node:module'
import { prepare } from './prepare.mjs'

const parentLookMilliseconds = 500
const parent = process.ppid

await prepare()
// From Node 22 on, compiled code is kept between starts.
nodeModule.enableCompileCache?.()
await import('../server/dist/main.js')
stopWithNpm()

/** npm passes SIGTERM on to its shell, which ends and tells nobody: the server would be left behind, with its port and its data. */
function stopWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return
  const looking = setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM')
  }, parentLookMilliseconds)
  looking.unref()
  // A server that is told twice ends at once.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => clearInterval(looking))
}
