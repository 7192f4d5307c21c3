import { h } from 'preact'
import type { VNode } from 'preact'
import { describe, expect, it } from 'vitest'
import type { MarkdownParts } from '../markdown/elements.tsx'
import { emptyMarkdown, parseMarkdown } from '../markdown/parse.ts'
import { englishWords } from '../words/words.ts'
import { drawGroups } from './markdown-view.tsx'
import type { Drawn } from './markdown-view.tsx'

describe('drawGroups', () => {
  it('[MARKDOWN-2] what is settled gets the same elements again, so that they are not even compared', () => {
    const element = (): VNode => h('pre', null)
    const parts: MarkdownParts = {
      words: englishWords,
      code: element,
      formula: element,
      image: element,
      marker: element,
      onDeepLink: undefined,
    }
    const drawn: Drawn = { blocks: new WeakMap(), groups: new WeakMap() }
    const text = Array.from({ length: 100 }, (_, number) => `Paragraph ${number}.`).join('\n\n')
    const before = parseMarkdown(text.slice(0, -10), emptyMarkdown, true)
    const after = parseMarkdown(text, before, true)
    const groupsBefore = drawGroups(before, parts, drawn)
    const groupsAfter = drawGroups(after, parts, drawn)
    expect(groupsAfter.length).toBeGreaterThan(10)
    const drawnAnew = groupsAfter.filter((group, place) => group !== groupsBefore[place])
    expect(drawnAnew.length).toBe(1)
    expect(drawnAnew[0]).toBe(groupsAfter.at(-1))
  })
})
