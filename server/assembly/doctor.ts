/** `parley doctor`, with the settings that a server would have here. */
import { resolve } from 'node:path'
import { isAgentName } from '../agents/agents.ts'
import { examine, readDoctorRequest } from '../commands/doctor-command.ts'
import { readConfiguration } from '../settings/configuration.ts'
import type { Environment } from '../settings/configuration.ts'

export interface DoctorTerminal {
  say(text: string): void
  columns?: number
}

/** Writes nothing, and asks nobody. Throws `CommandLineError` when something is left. */
export async function runConfiguredDoctor(
  environment: Environment,
  parameters: string[],
  { say, columns }: DoctorTerminal,
): Promise<void> {
  const { directory } = readDoctorRequest(parameters)
  const configuration = readConfiguration(environment)
  await examine(
    { directory: directory === null ? null : resolve(directory) },
    { configuration, isAgentName, say, ...(columns === undefined ? {} : { columns }) },
  )
}
