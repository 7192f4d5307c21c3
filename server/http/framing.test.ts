import { describe, expect, test } from 'vitest'
import { createFraming } from './framing.ts'

const shop = 'https://shop.example.org'
const ask = (headers: Record<string, string>): Request =>
  new Request('https://chat.example.org/', { headers })

describe('framing', () => {
  test('[FRAME-3] that a page is inside of another site’s shows in its own request, in its marker, or in Chromium’s word', () => {
    const { isFramed } = createFraming({ frameOrigins: [shop] })
    expect(isFramed(ask({ 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'iframe' }))).toBe(true)
    expect(isFramed(ask({ 'sec-fetch-site': 'same-origin', 'parley-page': 'framed' }))).toBe(true)
    expect(isFramed(ask({ 'sec-fetch-site': 'same-origin', 'sec-fetch-storage-access': 'none' }))).toBe(true)
    expect(isFramed(ask({ 'sec-fetch-site': 'same-origin', 'parley-page': '1' }))).toBe(false)
    expect(isFramed(ask({ 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': 'iframe' }))).toBe(false)
    expect(isFramed(ask({ 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document' }))).toBe(false)
    expect(isFramed(ask({}))).toBe(false)
  })

  test('[FRAME-3] where nobody may frame us, nothing is framed; a trusted page of another site still needs such a cookie', () => {
    const nobody = createFraming()
    expect(nobody.frameAncestors).toBe("'self'")
    expect(nobody.isFramed(ask({ 'parley-page': 'framed' }))).toBe(false)
    const { isFramed, frameAncestors } = createFraming({ trustedOrigins: [shop] })
    expect(frameAncestors).toBe("'self'")
    expect(isFramed(ask({ 'sec-fetch-site': 'cross-site', origin: shop }))).toBe(true)
    expect(isFramed(ask({ 'sec-fetch-site': 'same-site', origin: shop }))).toBe(false)
    expect(isFramed(ask({ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }))).toBe(false)
  })

  test('[FRAME-4] only listed sites may frame our pages, and a list with anything but origins in it is refused', () => {
    expect(createFraming({ frameOrigins: [shop, 'http://localhost:8080'] }).frameAncestors).toBe(
      `'self' ${shop} http://localhost:8080`,
    )
    for (const wrong of [
      '*',
      'null',
      `${shop}/`,
      'shop.example.org',
      'https://a.example; script-src *',
      'HTTPS://a.example',
    ]) {
      expect(() => createFraming({ frameOrigins: [wrong] }), wrong).toThrow('origin')
      expect(() => createFraming({ trustedOrigins: [wrong] }), wrong).toThrow('origin')
    }
  })
})
