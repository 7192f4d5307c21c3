import { gzipSync } from 'node:zlib'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { createInspector, extensionsOf, hidesArchive, recognize } from './content-type.ts'
import { FileError } from './errors.ts'
import { policyDefault, refuseUnlessAllowed, servingHeaders, typesAllowedDefault } from './policy.ts'
import { chunksOf } from './store-contract.ts'
import { collect } from './store.ts'

const picture = { create: { width: 4, height: 4, channels: 3, background: '#fff' } } as const
const png = await sharp(picture).png().toBuffer()
const jpeg = await sharp(picture).jpeg().toBuffer()
const gif = await sharp(picture).gif().toBuffer()
const pdf = Buffer.concat([
  Buffer.from('%PDF-1.7\n%'),
  Buffer.from([0xe2, 0xe3, 0, 1]),
  Buffer.from('\n%%EOF'),
])
/** The end of an archive with nothing in it, and a comment. */
const zipEnd = Buffer.from('504b0506000000000000000000000000000000000000', 'hex')
const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
const page = '<html><script>alert(1)</script></html>'

async function inspect(content: string | Uint8Array, chunkBytes = 100_000) {
  const inspector = createInspector()
  await collect(inspector.watch(chunksOf(Buffer.from(content), chunkBytes)))
  return inspector.end()
}

async function typeOf(content: string | Uint8Array, name = 'file', chunkBytes?: number): Promise<string> {
  const { mimeType, charset } = await recognize(await inspect(content, chunkBytes), name)
  return charset === undefined || charset === 'utf-8' ? mimeType : `${mimeType}; ${charset}`
}

async function refusal(content: string | Uint8Array, name = 'file'): Promise<unknown> {
  const found = await inspect(content)
  try {
    refuseUnlessAllowed(policyDefault, await recognize(found, name), found)
    return 'allowed'
  } catch (error) {
    return error instanceof FileError ? error.code : error
  }
}

describe('what a file is', () => {
  test.each<[string, string | Uint8Array, string]>([
    ['image/png', png, 'page.html'],
    ['image/jpeg', jpeg, 'a.svg'],
    ['image/gif', gif, 'a'],
    ['application/pdf', pdf, 'a.png'],
    ['application/pdf', '%PDF-1.4 only text', 'a.txt'],
    ['application/zip', Buffer.concat([Buffer.from('PK\u0003\u0004'), zipEnd]), 'a.txt'],
    ['application/zip', Buffer.concat([Buffer.from([0, 1, 2]), zipEnd]), 'a.txt'],
    ['application/gzip', gzipSync('x'), 'a.txt'],
    ['application/octet-stream', Buffer.from([0, 1, 2, 3]), 'a.png'],
    ['text/plain', 'Hello, Wörld\n', 'a.png'],
    ['text/plain', 'no tag < here', 'page.html'],
    ['text/plain; windows-1252', Buffer.from('Gr\u00fc\u00dfe', 'latin1'), 'a.txt'],
    ['text/plain', 'MZ is a monogram, BM another', 'a.exe'],
    ['text/markdown', '# Title\n', 'README.md'],
    ['text/markdown', '<h1 align="center">Title</h1>\n\nText', 'README.md'],
    ['text/csv', 'a,b\n1,2\n', 'table.csv'],
    ['application/json', '{"a": [1, 2]}', 'data.json'],
    ['text/plain', '{"a": [1, 2', 'data.json'],
    ['application/json', '[1]', 'data'],
    ['application/json', `[${'1,'.repeat(100_000)}1]`, 'data.json'],
  ])('[FILE-5] is said by its bytes: %s', async (type, content, name) => {
    expect(await typeOf(content, name)).toBe(type)
  })

  test.each<[string, string | Uint8Array]>([
    ['text/html', page],
    ['text/html', ` \n<!-- a comment --><!DOCTYPE HTML>${page}`],
    ['text/html', `\uFEFF${page}`],
    ['text/html', '<?xml version="1.0"?><!-- --><html xmlns="http://www.w3.org/1999/xhtml"/>'],
    ['text/html', '<IFRAME src="javascript:alert(1)">'],
    ['text/html', '<img src=x onerror=alert(1)>'],
    ['image/svg+xml', svg],
    ['image/svg+xml', `<?xml version="1.0"?>\n<!-- x -->\n<!DOCTYPE svg PUBLIC "x" "y">\n${svg}`],
    ['image/svg+xml', '<s:svg xmlns:s="http://www.w3.org/2000/svg"/>'],
    ['application/xml', '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">]><lolz>&lol;</lolz>'],
    ['application/xml', '<root xmlns="urn:x"/>'],
  ])(
    '[FILE-5] [U-02] a page, a drawing or XML is not taken, whatever it is called: %s',
    async (type, content) => {
      for (const name of ['picture.png', 'picture.html.png', 'notes.txt', 'data.csv', 'none']) {
        expect(await typeOf(content, name)).toBe(type)
        expect(await refusal(content, name)).toBe('unsupported_media_type')
      }
    },
  )

  test('[FILE-5] [U-02] CVE-2025-48985: what begins as text and goes on as a page is text, as is UTF-7', async () => {
    expect(await typeOf(`${'a'.repeat(600)}${page}`, 'a.html')).toBe('text/plain')
    expect(await typeOf('+ADw-script+AD4-alert(1)+ADw-/script+AD4-', 'a.html')).toBe('text/plain')
    expect(await typeOf(`GIF89a/*${page}*/=1`, 'a.gif')).toBe('text/plain')
  })

  test('[FILE-5] [U-02] [U-04] a file that is an archive as well is refused', async () => {
    for (const first of [pdf, png, jpeg, gif, Buffer.from('text')]) {
      const both = Buffer.concat([first, zipEnd])
      const found = await inspect(both)
      const type = await recognize(found, 'a')
      expect(hidesArchive(found, type) || type.mimeType === 'application/zip', type.mimeType).toBe(true)
      expect(await refusal(both)).toBe('unsupported_media_type')
      expect(await refusal(first)).toBe('allowed')
    }
    const comment = Buffer.alloc(40_000, 0x20)
    const longEnd = Buffer.concat([
      zipEnd.subarray(0, 20),
      Buffer.from([comment.length & 255, comment.length >> 8]),
      comment,
    ])
    expect(await refusal(Buffer.concat([pdf, longEnd]))).toBe('unsupported_media_type')
    expect(await refusal(Buffer.concat([pdf, zipEnd, Buffer.from('more')]))).toBe('allowed')
  })

  test('[FILE-5] nothing is known of an archive but that it is one: it is not opened', async () => {
    expect(await refusal(Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.alloc(100), zipEnd]))).toBe(
      'unsupported_media_type',
    )
    expect(await refusal(gzipSync(Buffer.alloc(1_000_000)))).toBe('unsupported_media_type')
  })

  test('[FILE-5] CVE-2026-31808: a file whose parts have no length is looked at once', async () => {
    const asf = Buffer.from('3026b2758e66cf11a6d900aa0062ce6c', 'hex')
    for (let length = asf.length; length < 120; length += 1) {
      expect(await refusal(Buffer.concat([asf, Buffer.alloc(length - asf.length)]))).not.toBe('allowed')
    }
    const boxes = [
      '0000000066747970',
      '00000001667479706d703432',
      '1a45dfa3',
      '52494646000000005745425056503858',
    ]
    for (const box of boxes)
      expect(await refusal(Buffer.concat([Buffer.from(box, 'hex'), Buffer.alloc(60)]))).toBeDefined()
  })

  test('[FILE-5] is the same wherever its bytes are cut', async () => {
    const texts: [string, string | Uint8Array][] = [
      ['text/plain', 'Grüße, 世界 😀'],
      ['image/png', png],
      ['image/svg+xml', svg],
      ['text/plain; windows-1252', Buffer.from([0xe4, 0xf6, 0xfc])],
    ]
    for (const [type, content] of texts) {
      for (const chunkBytes of [1, 2, 3, 7]) expect(await typeOf(content, 'a.txt', chunkBytes)).toBe(type)
    }
    expect(await typeOf('ü'.repeat(50_000), 'a.txt', 65_537)).toBe('text/plain')
    const late = Buffer.concat([Buffer.from('a'.repeat(100_000)), Buffer.from([0])])
    expect(await typeOf(late, 'a.txt', 999)).toBe('application/octet-stream')
  })
})

describe('how a file is served', () => {
  const file = { name: 'a.x', charset: null, sha256: 'ab'.repeat(32) }
  const types = [
    ...typesAllowedDefault,
    'image/svg+xml',
    'text/html',
    'application/octet-stream',
    'video/mp4',
  ]

  test.each(types)('[FILE-7] [U-02] nothing is shown in place but what we have drawn: %s', (mimeType) => {
    const drawn = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'].includes(mimeType)
    const shown = servingHeaders({ ...file, mimeType }, 'inline')
    expect(shown['content-disposition']?.startsWith('inline;')).toBe(drawn)
    const saved = servingHeaders({ ...file, mimeType }, 'attachment')
    expect(saved['content-disposition']).toMatch(/^attachment;/)
    for (const headers of [shown, saved]) {
      expect(headers).toMatchObject({
        'content-type': mimeType,
        'x-content-type-options': 'nosniff',
        'content-security-policy': expect.stringContaining('sandbox'),
        'cache-control': expect.stringMatching(/^private/),
      })
    }
    expect(saved['cross-origin-resource-policy']).toBe('same-origin')
  })

  test('[FILE-7] text is served with its charset, so that nothing is guessed', () => {
    const headers = servingHeaders({ ...file, mimeType: 'text/plain', charset: 'windows-1252' }, 'inline')
    expect(headers['content-type']).toBe('text/plain; charset=windows-1252')
  })

  test('[FILE-6] every type that is taken has an extension', () => {
    expect(typesAllowedDefault.filter((type) => extensionsOf(type).length === 0)).toEqual([])
  })
})
