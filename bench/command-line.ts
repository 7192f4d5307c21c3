/** What the laboratory is asked for. */
import { parseArgs } from 'node:util'

export interface CommandLine {
  size: 'quick' | 'full'
  /** Names of scenarios; empty: all. */
  scenarios: string[]
  /** Names of servers; empty: all. */
  only: string[]
  /** Null: as many as the scenario says. */
  repetitions: number | null
  /** `current`: the Node that runs us; otherwise the one in the laboratory's packages. */
  node: 'packaged' | 'current'
  /** A checkout, installed and built. */
  chatKitNode: string | null
  profile: string | null
  /** What browsers draw, instead of what servers do. */
  rendering: boolean
  publish: boolean
  /** Files of earlier runs. */
  with: string[]
  help: boolean
}

export const usage = `npm run bench -- [options]

  --quick                    shorter, fewer servers and repetitions: within 8 minutes
  --scenario <name,name>     only these scenarios
  --only <name,name>         only these servers
  --repetitions <number>     rounds in which every server is measured once
  --as-built                 measure what is compiled, without compiling first
  --node current             run the servers on this Node instead of the packaged one
  --chatkit-nodejs <folder>  a built checkout of chatkit-nodejs, which is on no registry
  --profile <server>         run one server under the first scenario, and print where its time goes
  --rendering                measure what a browser has to do, beside other chats; of the options only --quick and --repetitions
  --publish                  also write docs/bench.html, docs/bench.json and the README's figures
  --with <file,file>         publish the scenarios of earlier runs, too: their .json, of the same machine
`

/** Throws an Error with a sentence for whoever mistyped. */
export function readCommandLine(parameters: string[]): CommandLine {
  const { values } = parseArgs({
    args: parameters,
    options: {
      quick: { type: 'boolean', default: false },
      scenario: { type: 'string', multiple: true, default: [] },
      only: { type: 'string', multiple: true, default: [] },
      repetitions: { type: 'string' },
      node: { type: 'string', default: 'packaged' },
      'chatkit-nodejs': { type: 'string' },
      profile: { type: 'string' },
      rendering: { type: 'boolean', default: false },
      publish: { type: 'boolean', default: false },
      with: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
    },
  })
  const repetitions = values.repetitions === undefined ? null : Number(values.repetitions)
  if (repetitions !== null && !(Number.isInteger(repetitions) && repetitions > 0))
    throw new Error('--repetitions must be a whole number from 1.')
  if (values.node !== 'packaged' && values.node !== 'current')
    throw new Error('--node must be packaged or current.')
  return {
    size: values.quick ? 'quick' : 'full',
    scenarios: split(values.scenario),
    only: split(values.only),
    repetitions,
    node: values.node,
    chatKitNode: values['chatkit-nodejs'] ?? null,
    profile: values.profile ?? null,
    rendering: values.rendering,
    publish: values.publish,
    with: split(values.with),
    help: values.help,
  }
}

function split(values: string[]): string[] {
  return values.flatMap((value) => value.split(',')).filter((value) => value !== '')
}
