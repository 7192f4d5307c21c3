/// <reference types="node" />
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import type { Rolldown } from 'vite'
import { describe, expect, it } from 'vitest'
import { threadInHash } from './address.ts'

/** What a page has to load for the chat. Raised only with a note in `decisions/`. */
const gzipBytesMax = 37 * 1024

async function builtFiles(): Promise<Rolldown.OutputChunk[]> {
  const root = import.meta.dirname
  const result = await build({
    root,
    configFile: `${root}/vite.config.ts`,
    logLevel: 'silent',
    build: { write: false },
  })
  const [output] = Array.isArray(result) ? result : []
  if (output === undefined) throw new Error('The build did not end with files.')
  return output.output.filter((file) => file.type === 'chunk')
}

describe('the bundle', () => {
  it('[ELEMENT-17] is one module of at most 37 KB compressed, beside which its parts lie', async () => {
    const files = await builtFiles()
    const entry = files.find(({ isEntry }) => isEntry)
    const [element, ...others] = files.filter(({ fileName }) => /^parley-chat-[\w-]{8}\.js$/.test(fileName))
    expect(others).toEqual([])
    expect(entry).toMatchObject({ fileName: 'index.js', imports: [element?.fileName] })
    expect(element?.imports).toEqual([])
    expect(gzipSync(element?.code ?? '', { level: 9 }).length).toBeLessThanOrEqual(gzipBytesMax)
    expect(element?.code.length).toBeGreaterThan(10_000)
    for (const { code, fileName, imports } of files) {
      expect(code).not.toMatch(/\beval\(|new Function|sourceMappingURL/)
      // Whatever is loaded later is one of these files.
      const specifiers = [...code.matchAll(/\bimport\s*\(\s*([^)]*)\)/g)].map(([, specifier]) => specifier)
      for (const specifier of specifiers) expect(specifier).toMatch(/^[`"']\.{1,2}\/[\w./-]+[`"']$/)
      if (fileName === entry?.fileName || fileName === element?.fileName) continue
      expect(fileName).toMatch(/^chunks\/[\w.-]+-[\w-]{8}\.js$/)
      for (const name of imports) expect(files.map((file) => file.fileName)).toContain(name)
    }
  })

  it('[ELEMENT-18] can be imported where there is no document', async () => {
    expect(typeof globalThis.document).toBe('undefined')
    const { ParleyChat } = await import('./parley-chat.ts')
    expect(typeof ParleyChat.prototype.setOptions).toBe('function')
  })
})

describe('the address', () => {
  it('[ELEMENT-22] names a thread only in our own form of hash', () => {
    expect(threadInHash('#thr_0190')).toBe('thr_0190')
    expect(threadInHash('#cthr_abc-1')).toBe('cthr_abc-1')
    for (const other of ['', '#', '#/route', '#section', '#thr_', '#thr_a/b', '#xthr_1'])
      expect(threadInHash(other)).toBe(null)
  })
})
