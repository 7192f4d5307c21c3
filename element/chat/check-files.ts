import type { AttachmentsOptions } from '../options.ts'
import type { Words } from '../words/words.ts'

/** In bytes; what holds where the page says nothing. */
const fileBytesMaxDefault = 100 * 1024 * 1024
const filesMaxDefault = 10

export interface CheckedFiles {
  taken: File[]
  /** Why the others were not, in words for a person, each once. */
  refusals: string[]
}

/** Which of the files may go with a message that `present` files go with already. */
export function checkFiles(
  files: readonly File[],
  present: number,
  { options, words }: { options: AttachmentsOptions; words: Words },
): CheckedFiles {
  const { accept, maxSize, maxCount = filesMaxDefault } = options
  const taken: File[] = []
  const refusals = new Set<string>()
  for (const file of files) {
    const bytesMax = bytesMaxFor(file.type, maxSize)
    if (accept !== undefined && !isAccepted(file, accept)) refusals.add(words.fileKindRefused(file.name))
    else if (file.size > bytesMax)
      refusals.add(words.fileTooLarge(file.name, sizeWords(bytesMax, words.locale)))
    else if (present + taken.length >= maxCount) refusals.add(words.filesTooMany(maxCount))
    else taken.push(file)
  }
  return { taken, refusals: [...refusals] }
}

/** What a file picker offers, as the attribute `accept` has it; empty: everything. */
export function pickerKinds({ accept = {} }: AttachmentsOptions): string {
  const kinds = Object.entries(accept).flatMap(([type, extensions]) => [type, ...extensions])
  return kinds.filter((kind) => kind !== '' && kind !== '*' && kind !== '*/*').join(',')
}

/** Either will do, the media type or the name's ending: systems do not know the types of all files. */
function isAccepted({ name, type }: File, accept: Record<string, readonly string[]>): boolean {
  const lowerName = name.toLowerCase()
  return Object.entries(accept).some(
    ([pattern, extensions]) =>
      matches(type, pattern) || extensions.some((extension) => lowerName.endsWith(extension.toLowerCase())),
  )
}

/** The pattern that says most about the type wins. */
function bytesMaxFor(type: string, maxSize: AttachmentsOptions['maxSize']): number {
  if (maxSize === undefined || typeof maxSize === 'number') return maxSize ?? fileBytesMaxDefault
  const [mainType = ''] = type.split('/')
  const named = [type, `${mainType}/*`, '*/*', '*', ''].find((pattern) => Object.hasOwn(maxSize, pattern))
  return (named === undefined ? undefined : maxSize[named]) ?? fileBytesMaxDefault
}

function matches(type: string, pattern: string): boolean {
  if (pattern === '*' || pattern === '*/*' || pattern === '') return true
  return pattern.endsWith('/*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern.toLowerCase()
}

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte']

/** A size as people say it. */
export function sizeWords(bytes: number, locale: string): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log(bytes) / Math.log(1024)), units.length - 1)
  const unit = units[power] ?? 'byte'
  const number = new Intl.NumberFormat(locale, {
    style: 'unit',
    unit,
    unitDisplay: power === 0 ? 'long' : 'short',
    maximumFractionDigits: power < 2 ? 0 : 1,
  })
  return number.format(bytes / 1024 ** power)
}
