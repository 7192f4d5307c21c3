import { h } from 'preact'
import type { VNode } from 'preact'
import { describe, expect, it } from 'vitest'
import type { MarkdownParts } from '../markdown/elements.tsx'
import { emptyMarkdown, parseMarkdown } from '../markdown/parse.ts'
import { englishWords } from '../words/words.ts'
import { hasChanged } from './kept.ts'
import { drawGroups } from './markdown-view.tsx'

describe('drawGroups', () => {
  it('[MARKDOWN-2] what is settled is not drawn again, and not even compared', () => {
    const element = (): VNode => h('pre', null)
    const parts: MarkdownParts = {
      words: englishWords,
      code: element,
      formula: element,
      image: element,
      marker: element,
      onDeepLink: undefined,
    }
    const text = Array.from({ length: 100 }, (_, number) => `Paragraph ${number}.`).join('\n\n')
    const before = parseMarkdown(text.slice(0, -10), emptyMarkdown, true)
    const after = parseMarkdown(text, before, true)
    const groupsBefore = drawGroups(before, parts)
    const groupsAfter = drawGroups(after, parts)
    expect(groupsAfter.length).toBeGreaterThan(10)
    const drawnAnew = groupsAfter.filter(({ props }, place) =>
      hasChanged(groupsBefore[place]?.props.of ?? [], props.of),
    )
    expect(drawnAnew).toEqual([groupsAfter.at(-1)])
  })
})
