import { describe, expect, test } from 'vitest'
import { widgetImage } from './widget-image.ts'

const page = 'https://shop.example/chat/?thread=1'
const allowed = (address: string): string | undefined =>
  address.startsWith('https://pictures.example/') ? address : undefined

describe('images of widgets', () => {
  test.each([
    ['/pam.png', 'https://shop.example/pam.png'],
    ['pam.png', 'https://shop.example/chat/pam.png'],
    ['https://shop.example/a.png', 'https://shop.example/a.png'],
    ['//pictures.example/a.png', 'https://pictures.example/a.png'],
    ['https://pictures.example/a.png', 'https://pictures.example/a.png'],
  ])('[WIDGET-15] %s is loaded', (source, address) => {
    expect(widgetImage(source, page, allowed)).toBe(address)
  })

  test.each([
    'https://elsewhere.example/a.png',
    '//elsewhere.example/a.png',
    'http://shop.example/a.png',
    'https://user:secret@shop.example/a.png',
    'javascript:alert(1)',
    'file:///etc/passwd',
    'https://',
    '',
    null,
    7,
    { toString: () => '/a.png' },
  ])('[WIDGET-15] %j is not', (source) => {
    expect(widgetImage(source, page, allowed)).toBeUndefined()
  })
})
