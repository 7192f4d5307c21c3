import { describe, expect, test } from 'vitest'
import { isDrawn } from './icon-view.tsx'
import { filledPaths, lucideNames, strokePaths } from './icon-paths.ts'

const chatKitIcons =
  'agent analytics atom batch bolt book-open book-closed book-clock bug calendar chart check check-circle check-circle-filled chevron-left chevron-right circle-question clock compass confetti cube desktop document dot dots-horizontal dots-vertical empty-circle external-link globe keys lab images info lifesaver lightbulb mail map-pin maps mobile name notebook notebook-pencil page-blank phone play plus profile profile-card reload star star-filled search sparkle sparkle-double square-code square-image square-text suitcase settings-slider user wreath write write-alt write-alt2'
const headerIcons =
  'sidebar-left sidebar-right sidebar-open-left sidebar-open-right sidebar-open-left-alt sidebar-open-right-alt sidebar-floating-left sidebar-floating-right sidebar-floating-open-left sidebar-floating-open-right sidebar-collapse-left sidebar-collapse-right collapse-left collapse-right open-left open-right double-chevron-left double-chevron-right home home-alt back-small back-large expand-large collapse-large expand-small collapse-small star star-filled bug chat-temporary settings-cog grid dots-horizontal dots-vertical dots-horizontal-circle dots-vertical-circle menu menu-inverted hamburger history book-open compose share light-mode dark-mode close'

describe('icons', () => {
  test('[WIDGET-18] every name of ChatKit and of its header has a drawing', () => {
    const names = [...chatKitIcons.split(' '), ...headerIcons.split(' ')]
    expect(names.filter((name) => !isDrawn(name))).toEqual([])
  })

  test('[WIDGET-18] names of Lucide lead to a drawing where there is one', () => {
    expect(Object.keys(lucideNames).filter((name) => !isDrawn(`lucide:${name}`))).toEqual([])
    expect(isDrawn('lucide:star')).toBe(true)
    expect(isDrawn('lucide:no-such-icon')).toBe(false)
    expect(isDrawn('vendor:anything')).toBe(false)
    expect(isDrawn('constructor')).toBe(false)
    expect(isDrawn('lucide:constructor')).toBe(false)
  })

  test('[WIDGET-18] every drawing is a path within the grid of 20', () => {
    for (const [name, path] of [...Object.entries(strokePaths), ...Object.entries(filledPaths)]) {
      expect(path, name).toMatch(/^M[\d\s.MmLlHhVvCcSsQqTtAaZz-]+$/)
      const starts = Array.from(path.matchAll(/M\s*(-?[\d.]+)[\s,]*(-?[\d.]+)/g), ([, x, y]) => [
        Number(x),
        Number(y),
      ])
      for (const [x = -1, y = -1] of starts) {
        expect(Math.min(x, y), name).toBeGreaterThanOrEqual(0)
        expect(Math.max(x, y), name).toBeLessThanOrEqual(20)
      }
    }
  })
})
