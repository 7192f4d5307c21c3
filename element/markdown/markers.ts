import type { Annotation } from '../../server/contracts/chatkit/wire.ts'

/** A source with its number under one answer. */
export interface NumberedSource {
  number: number
  source: Annotation['source']
}

/**
 * Markers travel through Markdown as private-use characters: opening, the number as one more, closing.
 * The same characters in an answer's own text are taken out first, so that nobody can forge a marker.
 */
const opening = '\ue000'
const closing = '\ue001'
const numberBase = 0xe100
const numbersMax = 4096
const forged = /[\ue000\ue001]/g
const marker = /\ue000(.)\ue001/g
/** Lines that mean something to Markdown as a whole: a marker behind them would change what they are. */
const structural = /^[\s\-=*_~`|:>#+]*$|^[ \t]*(?:`{3,}|~{3,})|\|[ \t]*$|^[ \t>]*\[[^\]]+\]:/

/** Numbers the sources in the order in which they appear; the same source has one number. */
export function numberSources(annotations: readonly Annotation[]): NumberedSource[] {
  const numbered = new Map<string, NumberedSource>()
  for (const { source } of annotations) {
    const key = sourceKey(source)
    if (!numbered.has(key) && numbered.size < numbersMax) {
      numbered.set(key, { number: numbered.size + 1, source })
    }
  }
  return [...numbered.values()]
}

function sourceKey(source: Annotation['source']): string {
  switch (source.type) {
    case 'url':
      return `url ${source.url}`
    case 'file':
      return `file ${source.filename} ${source.title}`
    case 'entity':
      return `entity ${source.id}`
  }
}

/** The text with a marker at every place that an annotation names, as far as Markdown allows one there. */
export function insertMarkers(
  text: string,
  annotations: readonly Annotation[],
  sources: readonly NumberedSource[],
): string {
  const numbers = new Map(sources.map(({ source, number }) => [sourceKey(source), number]))
  const places = new Map<number, Set<number>>()
  for (const { index, source } of annotations) {
    const number = numbers.get(sourceKey(source))
    const place = index === undefined ? undefined : markerPlace(text, index)
    if (number === undefined || place === undefined) continue
    places.set(place, (places.get(place) ?? new Set()).add(number))
  }
  let marked = ''
  let from = 0
  for (const [place, placed] of [...places].toSorted(([one], [other]) => one - other)) {
    marked += text.slice(from, place).replace(forged, '')
    for (const number of placed) marked += opening + String.fromCharCode(numberBase + number) + closing
    from = place
  }
  return marked + text.slice(from).replace(forged, '')
}

/** Behind the last visible character before the index, so that a marker never begins a line of its own. */
function markerPlace(text: string, index: number): number | undefined {
  const place = text.slice(0, index).trimEnd().length
  if (place === 0) return undefined
  const line = text.slice(text.lastIndexOf('\n', place - 1) + 1, place)
  return structural.test(line) ? undefined : place
}

/** Splits a piece of text at its markers: strings as they are, and the numbers of those that stand together. */
export function splitMarkers(text: string): (string | number[])[] {
  if (!text.includes(opening)) return text === '' ? [] : [text]
  const pieces: (string | number[])[] = []
  let from = 0
  for (const match of text.matchAll(marker)) {
    if (match.index > from) pieces.push(text.slice(from, match.index))
    const number = (match[1] ?? '').charCodeAt(0) - numberBase
    const last = pieces.at(-1)
    if (typeof last === 'object') last.push(number)
    else pieces.push([number])
    from = match.index + match[0].length
  }
  if (from < text.length) pieces.push(text.slice(from))
  return pieces
}

/** The text without markers: for code and addresses, where none can be shown. */
export function withoutMarkers(text: string): string {
  return text.replace(marker, '')
}
