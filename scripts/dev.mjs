/** `npm run dev`: compiles and bundles on every change, and restarts the server when that made something new. */
import { watch } from 'node:fs'
import { join } from 'node:path'
import { prepare } from './prepare.mjs'
import { ended, npmCommand, root, start, tool } from './processes.mjs'

/** One change of a source writes many files; the server is restarted once they are all there. */
const settleMilliseconds = 300

await prepare()
const compiler = start(process.execPath, [
  tool('tsc', 'typescript'),
  '-b',
  '--watch',
  '--preserveWatchOutput',
])
const bundler = start(...npmCommand(['run', 'build', '--workspace', 'element', '--', '--watch']))
let server = startServer()
let restart

for (const folder of ['server/dist', 'element/dist']) {
  watch(join(root, folder), { recursive: true }, (_event, name) => {
    if (name === null || !/\.(?:js|css|html)$/.test(name)) return
    clearTimeout(restart)
    restart = setTimeout(() => void restartServer(), settleMilliseconds)
  })
}
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void stopAll(signal))
// Without one of these the rest would only pretend to work.
await Promise.race([ended(compiler), ended(bundler)])
await stopAll('SIGTERM')

function startServer() {
  return start(process.execPath, [join(root, 'server', 'dist', 'main.js'), 'serve', '--development'])
}

async function restartServer() {
  const gone = server.exitCode === null && server.signalCode === null ? ended(server) : undefined
  server.kill('SIGTERM')
  // It must let go of its port and its data first.
  await gone
  server = startServer()
}

async function stopAll(signal) {
  clearTimeout(restart)
  const children = [compiler, bundler, server].filter(
    (child) => child.exitCode === null && child.signalCode === null,
  )
  const gone = children.map((child) => ended(child))
  for (const child of children) child.kill(signal)
  await Promise.all(gone)
  process.exit()
}
