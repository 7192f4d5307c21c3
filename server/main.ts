/** The program: the only file that reads the environment, listens for signals, and ends the process. */
import { keyUsage } from './commands/key-command.ts'
import { userUsage } from './commands/account-command.ts'
import { CommandLineError, ingestUsage, runCommand, serveUsage, tokenUsage } from './commands/command-line.ts'
import type { Commands } from './commands/command-line.ts'
import { doctorUsage } from './commands/doctor-command.ts'
import { importUsage } from './commands/import-command.ts'
import { databaseUsage, filesUsage } from './commands/move-commands.ts'
import type { Terminal } from './commands/progress-bar.ts'
import { isSystemError, StartError } from './assembly/settled.ts'
import { ConfigurationError } from './settings/configuration.ts'
import type { Environment } from './settings/configuration.ts'

// Each command loads what it needs when it is asked for: a server should listen soon.
const commands: Commands = {
  serve: {
    usage: serveUsage,
    summary: 'Runs the server: what happens when no command is named.',
    run: serve,
  },
  token: {
    usage: tokenUsage,
    summary: 'Prints a bearer token for a user, good for an hour.',
    run: async (parameters) => run((await import('./assembly/commands.ts')).printToken, parameters),
  },
  ingest: {
    usage: ingestUsage,
    summary: 'Takes a folder of Markdown as a book, or takes over what has changed in it since.',
    run: async (parameters) => run((await import('./assembly/commands.ts')).ingest, parameters),
  },
  user: {
    usage: userUsage,
    summary: 'Makes, lists and changes the accounts of people who sign in here.',
    run: async (parameters) => run((await import('./assembly/commands.ts')).changeAccounts, parameters),
  },
  key: {
    usage: keyUsage,
    summary: 'Makes, lists and revokes API keys, with which servers act for a tenant.',
    run: async (parameters) => run((await import('./assembly/commands.ts')).changeApiKeys, parameters),
  },
  import: {
    usage: importUsage,
    summary: 'Copies conversations from hosted ChatKit, each once; goes on where one was broken off.',
    run: async (parameters) => {
      const { runConfiguredImport } = await import('./assembly/imports.ts')
      await run(runConfiguredImport, parameters, interruption())
    },
  },
  doctor: {
    usage: doctorUsage,
    summary: 'Tells what of an app, and of the settings here, still points to hosted ChatKit.',
    run: async (parameters) => run((await import('./assembly/doctor.ts')).runConfiguredDoctor, parameters),
  },
  db: {
    usage: databaseUsage,
    summary: 'Takes the embedded database to Postgres; goes on where an earlier move was broken off.',
    run: async (parameters) => run((await import('./assembly/moves.ts')).runDatabaseMove, parameters),
  },
  files: {
    usage: filesUsage,
    summary: 'Takes attached files from the directory to the bucket, or back; the server may be running.',
    run: async (parameters) => run((await import('./assembly/moves.ts')).runFilesMove, parameters),
  },
}

const { isTTY: isTerminal, columns } = process.stdout
const terminal: Terminal = {
  say: (text) => void process.stdout.write(text),
  isTerminal,
  columns,
}

try {
  await runCommand(commands, process.argv.slice(2))
} catch (error) {
  if (!isForPeople(error)) throw error
  process.stderr.write(`\n${error.message}\n`)
  process.exitCode = 1
}

function isForPeople(error: unknown): error is Error {
  const isOurs =
    error instanceof ConfigurationError || error instanceof CommandLineError || error instanceof StartError
  return isOurs || isSystemError(error)
}

type Work = (
  environment: Environment,
  parameters: string[],
  surroundings: Terminal & { signal: AbortSignal },
) => Promise<void>

/** Its signal is Ctrl-C's for whoever listens to it: `interruption`. */
function run(work: Work, parameters: string[], signal = new AbortController().signal): Promise<void> {
  // oxlint-disable-next-line node/no-process-env -- here and below
  return work(process.env, parameters, { ...terminal, signal })
}

/** Ctrl-C ends what is done where it can be gone on with. */
function interruption(): AbortSignal {
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  process.once('SIGTERM', () => stop.abort())
  return stop.signal
}

async function serve(parameters: string[]): Promise<void> {
  const assembly = await import('./assembly/serve.ts')
  // oxlint-disable-next-line node/no-process-env -- here and above
  const server = await assembly.serve(process.env, parameters, {
    ...terminal,
    complain: (text) => void process.stderr.write(text),
    exit: (code) => process.exit(code),
  })
  let stopping = false
  const stop = (signal: NodeJS.Signals): void => {
    // Asked twice: whoever asks means now.
    if (stopping) process.exit(1)
    stopping = true
    void server.stop(signal)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}
