/**
 * From the start to the first answer, with everything embedded: a new folder, then what is in it by now. Each time somebody who
 * has never been here asks the built-in answerer over HTTP, as soon as the program says where it listens.
 *
 * Nothing is pinned, as nothing else runs: a start uses the cores that there are.
 *
 *   start ─▶ listening ─▶ asked ─▶ first words ─▶ stopped ─▶ the same once more on what is there
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { delimiter, dirname, join } from 'node:path'
import { benchFolder } from './laboratory.ts'
import type { Laboratory } from './laboratory.ts'
import { childrenOf } from './machine.ts'
import type { Figures, Measured } from './measure.ts'
import { startProgram } from './processes.ts'
import { flagsOfStart, portOf } from './parley.ts'
import type { Scenario } from './scenarios.ts'
import type { ServerKind } from './server.ts'

const root = join(benchFolder, '..')

const commands: Record<string, (laboratory: Laboratory) => string[]> = {
  'npm-start': () => ['npm', 'start'],
  'program-alone': ({ node }) => [node, ...flagsOfStart(), join(root, 'server', 'dist', 'main.js')],
}

export const startingKinds: readonly ServerKind[] = [
  onlyStarted('npm-start', 'npm start'),
  onlyStarted('program-alone', 'server/dist/main.js alone'),
]

function onlyStarted(name: string, title: string): ServerKind {
  return { name, title, features: 'PGlite, built-in answerer', start: async () => 'it is only started' }
}

export function createStartScenario(): Scenario {
  const servers = startingKinds.map(({ name }) => name)
  return {
    name: 'start',
    title: 'from the start to the first answer, everything embedded',
    rounds: { quick: { servers, repetitions: 1 }, full: { servers, repetitions: 5 } },
    measure: () => Promise.reject(new Error('Nothing runs here before it is started.')),
    alone: (laboratory, name) => measureStarts(laboratory, name),
  }
}

async function measureStarts(laboratory: Laboratory, name: string): Promise<Measured | string> {
  const command = commands[name]?.(laboratory)
  if (command === undefined) return 'it cannot be started by itself'
  const folder = laboratory.folder()
  const figures: Figures = {}
  for (const start of ['first', 'second'] as const) {
    const { listening, answered } = await startOnce(laboratory, command, folder)
    figures[`${start}ListeningMilliseconds`] = listening
    figures[`${start}AnswerMilliseconds`] = answered
  }
  return { figures, problems: [], answers: null }
}

async function startOnce(
  laboratory: Laboratory,
  command: string[],
  folder: string,
): Promise<{ listening: number; answered: number }> {
  const begun = performance.now()
  const program = startProgram({
    command,
    cwd: root,
    environment: {
      // The same Node for all, also for npm.
      PATH: `${dirname(laboratory.node)}${delimiter}${laboratory.path}`,
      HOME: folder,
      PARLEY_DATA: join(folder, 'data'),
      PARLEY_PORT: '0',
      PARLEY_DRAIN_SECONDS: '1',
    },
  })
  try {
    const port = await portOf(program)
    const listening = performance.now() - begun
    await askFirst(port)
    return { listening, answered: performance.now() - begun }
  } finally {
    // npm's shell would end without what it has started.
    for (const pid of lastDescendants(program.pid)) process.kill(pid, 'SIGTERM')
    while (!program.hasEnded) await sleep(10)
    await program.stop()
  }
}

/** Those that have started nobody themselves. */
function lastDescendants(pid: number): number[] {
  const children = childrenOf(pid)
  return children.length === 0 ? [pid] : children.flatMap(lastDescendants)
}

/** Until the answer's first words are here. */
async function askFirst(port: number): Promise<void> {
  const input = {
    content: [{ type: 'input_text', text: 'What is Parley?' }],
    attachments: [],
    inference_options: {},
  }
  const response = await fetch(`http://127.0.0.1:${port}/chatkit`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'threads.create', params: { input } }),
  })
  let seen = ''
  const decoder = new TextDecoder()
  for await (const bytes of response.body ?? []) {
    seen += decoder.decode(bytes, { stream: true })
    if (seen.includes('"assistant_message.content_part.text_delta"')) return
  }
  throw new Error(`There was no answer: ${response.status} ${seen.slice(0, 200)}`)
}
