import type { Annotation } from '../../server/contracts/chatkit/wire.ts'
import type { NumberedSource } from '../markdown/markers.ts'
import type { Entity } from '../options.ts'

export type Source = Annotation['source']
export type EntitySource = Extract<Source, { type: 'entity' }>

/** A source that is an entity, as the page knows entities. */
export function sourceEntity(source: EntitySource): Entity {
  const { id, title, icon, group, interactive, data } = source
  return {
    id,
    title,
    interactive,
    data: Object.fromEntries(
      Object.entries(data).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    ),
    ...(icon === undefined ? {} : { icon }),
    ...(group === undefined ? {} : { group }),
  }
}

/** Sources of one group, in the order of their numbers. */
export interface SourceGroup {
  /** Null for those that belong to none. */
  name: string | null
  sources: NumberedSource[]
}

/** Groups in the order in which they first appear. */
export function groupSources(sources: readonly NumberedSource[]): SourceGroup[] {
  const groups = new Map<string | null, SourceGroup>()
  for (const numbered of sources) {
    const name = numbered.source.group?.trim() || null
    const group = groups.get(name) ?? { name, sources: [] }
    group.sources.push(numbered)
    groups.set(name, group)
  }
  return [...groups.values()]
}

/** A moment as a person reads it; what is no moment stays as it was written. */
export function sourceDate(timestamp: string, locale: string): string {
  const date = new Date(timestamp)
  if (Number.isNaN(date.getTime())) return timestamp
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(date)
}

/** What says more about a source than its title: who published it, or the name of the file. */
export function sourceOrigin(source: Source): string | undefined {
  if (source.type === 'url') return source.attribution ?? hostOf(source.url)
  if (source.type === 'file') return source.filename === source.title ? undefined : source.filename
  return source.label
}

function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^www\./, '') : undefined
}
