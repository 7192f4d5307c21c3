import type { VNode } from 'preact'
import type { UserContent } from '../../server/contracts/chatkit/wire.ts'
import type { Entity } from '../options.ts'
import type { Actions } from '../view/view-parts.ts'
import { EntityMark } from './entity-mark.tsx'
import sourcesStyle from './sources.css?inline'

export const style: string = sourcesStyle

export type TagContent = Extract<UserContent, { type: 'input_tag' }>

export interface TagProps {
  tag: TagContent
  /** Names it among all of the element. */
  place: string
  actions: Actions
}

/** What was mentioned in a message. */
export function View({ tag, place, actions }: TagProps): VNode {
  return (
    <EntityMark className="tag" entity={tagEntity(tag)} place={place} actions={actions}>
      {tag.text}
    </EntityMark>
  )
}

function tagEntity({ id, text, group, interactive, data }: TagContent): Entity {
  const entity = {
    id,
    title: text,
    interactive,
    data: Object.fromEntries(
      Object.entries(data).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    ),
  }
  return group === undefined ? entity : { ...entity, group }
}
