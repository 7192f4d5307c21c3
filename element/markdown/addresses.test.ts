import { describe, expect, it } from 'vitest'
import { allowedImage } from './image-policy.ts'
import { readDeepLink, safeUrl } from './safe-url.ts'

const policy = { origin: 'https://chat.example', domains: ['images.example', 'Cdn.Example:8443'] }
const picture = 'data:image/png;base64,iVBORw0KGgo='

describe('allowedImage', () => {
  it.each([
    'https://chat.example/files/1.png',
    'https://images.example/cat.png',
    'https://a.b.images.example/cat.png',
    'https://cdn.example:8443/cat.png',
    'HTTPS://IMAGES.EXAMPLE/cat.png',
    'blob:https://chat.example/0b1f',
    picture,
    'data:image/webp,abc',
  ])('[MARKDOWN-9] may be loaded: %s', (address) => {
    expect(allowedImage(address, policy)).toBe(new URL(address).href)
  })

  it.each([
    'https://evil.example/cat.png',
    'https://images.example.evil.example/cat.png',
    'https://evilimages.example/cat.png',
    'https://images.example@evil.example/cat.png',
    'https://user:secret@images.example/cat.png',
    'https://images.example:8443/cat.png',
    'https://a.cdn.example:8443/cat.png',
    'https://cdn.example/cat.png',
    'http://images.example/cat.png',
    'http://chat.example/cat.png',
    '//images.example/cat.png',
    'https:\\\\evil.example\\images.example',
    '/files/1.png',
    'cat.png',
    '',
    'javascript:alert(1)',
    'blob:https://evil.example/0b1f',
    'blob:null/0b1f',
    'data:image/svg+xml,<svg onload="alert(1)"/>',
    'data:text/html,<script>alert(1)</script>',
    'data:image/pngx,abc',
    'data:,image/png',
    'file:///etc/passwd',
    'ftp://images.example/cat.png',
    'https://images.example%00.evil.example/cat.png',
    'https://іmages.example/cat.png',
  ])('[MARKDOWN-9] may not be loaded: %s', (address) => {
    expect(allowedImage(address, policy)).toBeUndefined()
  })

  it('[MARKDOWN-9] a domain that is none allows nothing', () => {
    for (const domain of [
      '*',
      '',
      '.',
      '*.example',
      'https://images.example',
      'images.example/',
      '.example',
    ]) {
      const domains = [domain]
      expect(allowedImage('https://images.example/cat.png', { origin: '', domains })).toBeUndefined()
    }
  })
})

describe('safeUrl', () => {
  it('[MARKDOWN-4] a telephone number can be called', () => {
    expect(safeUrl('tel:+49-30-123')).toBe('tel:+49-30-123')
    expect(safeUrl('sms:+4930123')).toBeUndefined()
  })
})

describe('readDeepLink', () => {
  it.each([
    ['chatkit-link://open', { name: 'open', data: {} }],
    ['chatkit-link://openOrder?id=7&text=a%20b', { name: 'openOrder', data: { id: '7', text: 'a b' } }],
    ['CHATKIT-LINK://show.it/?x=1#y', { name: 'show.it', data: { x: '1' } }],
    ['chatkit-link://x?__proto__=1', { name: 'x', data: Object.fromEntries([['__proto__', '1']]) }],
  ])('[MARKDOWN-14] a name, and what follows it as data: %s', (address, link) => {
    expect(readDeepLink(address)).toEqual(link)
  })

  it.each([
    'chatkit-link:open',
    'chatkit-link://',
    'chatkit-link://a/b',
    'https://open',
    'xchatkit-link://open',
  ])('[MARKDOWN-14] nothing else is one: %s', (address) => {
    expect(readDeepLink(address)).toBeUndefined()
  })
})
