/// <reference types="node" />
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { describe, expect, it } from 'vitest'
import { threadInHash } from './address.ts'

/** What a page has to load for the chat. Raised only with a note in `decisions/`. */
const gzipBytesMax = 45 * 1024

async function bundle(): Promise<string> {
  const root = import.meta.dirname
  const result = await build({
    root,
    configFile: `${root}/vite.config.ts`,
    logLevel: 'silent',
    build: { write: false },
  })
  const [output] = Array.isArray(result) ? result : []
  const [chunk] = output?.output ?? []
  return chunk?.type === 'chunk' ? chunk.code : ''
}

describe('the bundle', () => {
  it('[ELEMENT-17] is one module of at most 45 KB compressed, which asks for no other file', async () => {
    const code = await bundle()
    expect(code.length).toBeGreaterThan(10_000)
    expect(gzipSync(code, { level: 9 }).length).toBeLessThanOrEqual(gzipBytesMax)
    expect(code).not.toMatch(/\bimport\s*\(|\bimport\s*["'{*]|\beval\(|new Function|sourceMappingURL/)
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
