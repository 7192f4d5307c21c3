/** `parley doctor`: what still points at hosted ChatKit, and what to write instead. */
import { parseArgs } from 'node:util'
import { findInApp } from '../doctor/app-findings.ts'
import { readAppFolder } from '../doctor/app-folder.ts'
import type { Finding } from '../doctor/findings.ts'
import { findInSettings } from '../doctor/settings-findings.ts'
import type { Configuration } from '../settings/configuration.ts'
import { CommandLineError, readOptions } from './command-line.ts'

export const doctorUsage = '[--directory <path to an app>]'

export interface DoctorRequest {
  /** Null: only the settings are looked at. */
  directory: string | null
}

/** Throws `CommandLineError`. */
export function readDoctorRequest(parameters: string[]): DoctorRequest {
  const options = { directory: { type: 'string' } } as const
  const { directory } = readOptions(() => parseArgs({ args: parameters, options }))
  if (directory === '') throw new CommandLineError('--directory must name a folder.')
  return { directory: directory ?? null }
}

export interface DoctorSurroundings {
  configuration: Configuration
  /** Whether an agent has this name. */
  isAgentName(name: string): boolean
  say(text: string): void
  /** Of the terminal, in characters. Default 100. */
  columns?: number
}

/** Throws `CommandLineError` when something is left, after it has told what. */
export async function examine({ directory }: DoctorRequest, surroundings: DoctorSurroundings): Promise<void> {
  const { configuration, isAgentName, say, columns = 100 } = surroundings
  const { publicUrl, port, chatkitWorkflowId } = configuration.settings
  const target = {
    origin: publicUrl ?? `http://localhost:${port}`,
    answers: (id: string) => id === chatkitWorkflowId || isAgentName(id),
  }
  const app = directory === null ? null : await readAppFolder(directory)
  const inApp = app === null ? [] : findInApp(app.files, target)
  const inSettings = findInSettings(configuration)
  const width = Math.max(40, Math.min(columns, 110))
  if (app !== null) say(`${directory}: ${counted(app.files.length, 'file')} read\n`)
  for (const sentence of app?.passedOver ?? []) say(`Not read: ${sentence}\n`)
  const found = [...inApp, ...inSettings]
  const left = found.filter(({ weight }) => weight === 'left')
  const hints = found.filter(({ weight }) => weight === 'hint')
  if (left.length > 0) say(`\nTo be changed\n${describe(left, width)}`)
  if (hints.length > 0) say(`\nTo be looked at\n${describe(hints, width)}`)
  const isAll = (app?.passedOver.length ?? 0) === 0
  if (left.length > 0) throw new CommandLineError(`${counted(left.length, 'place')} still to be changed.`)
  if (!isAll)
    throw new CommandLineError('Nothing is left to be changed in what was read, and not all was read.')
  say('\nNothing points to hosted ChatKit any more.\n')
}

function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}

/** Each advice once, with all the places that it is for; `app/layout.tsx:17` is what editors open. */
function describe(findings: readonly Finding[], width: number): string {
  const advice = new Map<string, string[]>()
  for (const { place, words } of findings) {
    const places = advice.get(words) ?? []
    advice.set(words, places)
    if (place !== null) places.push(`      ${place.path}:${place.line}  ${place.text}`)
  }
  return Array.from(advice, ([words, places]) =>
    ['', wrap(words, '  ', width), ...places.slice(0, placesMax), ...moreThan(places), ''].join('\n'),
  ).join('')
}

const placesMax = 20

function moreThan(places: readonly string[]): string[] {
  return places.length > placesMax ? [`      and ${places.length - placesMax} more`] : []
}

/** Between words, every line but the first behind as many blanks as the mark is long. */
function wrap(words: string, mark: string, width: number): string {
  const lines: string[] = []
  let line = ''
  for (const word of words.split(' ')) {
    if (line !== '' && mark.length + line.length + 1 + word.length > width) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
  }
  lines.push(line)
  return lines.map((each, index) => (index === 0 ? mark : ' '.repeat(mark.length)) + each).join('\n')
}
