import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createStaticFiles, readStaticFolder } from './static-files.ts'

const get = (path: string, headers = {}, method = 'GET'): Request =>
  new Request(`http://localhost${path}`, { method, headers })

test('[HTTP-9] serves a fixed set of files with type, ETag and how long to keep them; nothing else exists', async () => {
  const files = createStaticFiles([
    { path: '/', bytes: Buffer.from('<p>'), headers: { 'content-type': 'text/html; charset=utf-8' } },
    { path: '/chat.js', bytes: Buffer.from('export {}') },
    { path: '/chat-1.0.0.js', bytes: Buffer.from('export {}'), isImmutable: true },
  ])
  const script = files(get('/chat.js?x=1'))
  expect(await script?.text()).toBe('export {}')
  expect(Object.fromEntries(script?.headers ?? [])).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'content-length': '9',
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
  })
  expect(files(get('/chat-1.0.0.js'))?.headers.get('cache-control')).toContain('immutable')
  expect(files(get('/'))?.headers.get('content-type')).toBe('text/html; charset=utf-8')
  const etag = script?.headers.get('etag')
  expect(files(get('/chat.js', { 'if-none-match': `W/${etag}` }))?.status).toBe(304)
  expect(files(get('/chat.js', { 'if-none-match': '"other"' }))?.status).toBe(200)
  expect(await files(get('/chat.js', {}, 'HEAD'))?.text()).toBe('')
  for (const path of ['/../package.json', '/%2e%2e/package.json', '/chat.js/', '/constructor', '//chat.js']) {
    expect(files(get(path)), path).toBeNull()
  }
  expect(files(get('/chat.js', {}, 'POST'))).toBeNull()
})

test('[HTTP-9] reads the set from a folder once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-static-'))
  try {
    await mkdir(join(folder, 'inner'))
    await writeFile(join(folder, 'a.css'), 'a')
    await writeFile(join(folder, 'inner', 'b-1.0.0.js'), 'b')
    const files = await readStaticFolder(folder, '/assets/', (path) => /-\d+\.\d+\.\d+\./.test(path))
    const immutable = Object.fromEntries(files.map((file) => [file.path, file.isImmutable]))
    expect(immutable).toEqual({ '/assets/a.css': false, '/assets/inner/b-1.0.0.js': true })
  } finally {
    await rm(folder, { recursive: true })
  }
})
