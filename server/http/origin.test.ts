import { describe, expect, test } from 'vitest'
import { isForeignRead, isKnownHost, refuseCrossSite, sameOrigin } from './origin.ts'

function post(headers: Record<string, string>, method = 'POST'): Request {
  return new Request('http://chat.example/chatkit', { method, headers: { host: 'chat.example', ...headers } })
}

describe('sameOrigin', () => {
  test('[HTTP-7] CVE-2024-48913: refuses writes that another site could have made with a browser’s cookie', () => {
    const foreign: Record<string, string>[] = [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'cross-site', origin: 'http://chat.example' },
      { origin: 'null' },
      { origin: 'https://chat.example.evil' },
      { origin: 'https://evil-chat.example' },
      { origin: 'http://chat.example:81' },
      { origin: 'garbage' },
    ]
    for (const headers of foreign) {
      expect(() => refuseCrossSite(post(headers)), JSON.stringify(headers)).toThrow(/bearer token/)
      expect(() => refuseCrossSite(post(headers, 'GET'))).not.toThrow()
      expect(() => refuseCrossSite(post({ ...headers, authorization: 'Bearer x' }))).not.toThrow()
    }
    for (const origin of [
      'https://public.example.evil',
      'https://public.example:444',
      'http://public.example',
    ]) {
      expect(() => refuseCrossSite(post({ origin }), ['https://public.example']), origin).toThrow()
    }
  })

  test('[HTTP-7] lets our own pages and programs pass', () => {
    expect(sameOrigin(post({ 'sec-fetch-site': 'same-origin' }))).toBe(true)
    expect(sameOrigin(post({ origin: 'https://chat.example' }))).toBe(true)
    expect(sameOrigin(post({}))).toBe(true)
    expect(sameOrigin(post({ origin: 'https://public.example' }), ['https://public.example'])).toBe(true)
  })
})

describe('trusted origins', () => {
  const shop = 'https://shop.example'
  const fromShop = { 'sec-fetch-site': 'cross-site', origin: shop }

  test('[FRAME-1] a page of a trusted origin changes something only with the marker, which no form can send', () => {
    const trusted = [shop, 'null']
    expect(() => refuseCrossSite(post({ ...fromShop, 'parley-page': '1' }), [], trusted)).not.toThrow()
    const refused: Record<string, string>[] = [
      fromShop,
      { 'sec-fetch-site': 'cross-site', 'parley-page': '1' },
      { origin: 'null', 'parley-page': '1' },
      { origin: 'https://shop.example.evil', 'parley-page': '1' },
      { origin: 'http://shop.example', 'parley-page': '1' },
      { origin: 'https://SHOP.example', 'parley-page': '1' },
      { origin: 'https://shop.example:444', 'parley-page': '1' },
    ]
    for (const headers of refused) {
      expect(() => refuseCrossSite(post(headers), [], trusted), JSON.stringify(headers)).toThrow(
        /bearer token/,
      )
    }
  })

  test('[FRAME-2] cookies count for nothing in what another site’s page reads, unless somebody has followed a link', () => {
    const get = (headers: Record<string, string>): Request => post(headers, 'GET')
    expect(isForeignRead(get(fromShop))).toBe(true)
    expect(isForeignRead(get({ 'sec-fetch-site': 'same-site' }))).toBe(true)
    expect(isForeignRead(get({ 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'iframe' }))).toBe(true)
    expect(isForeignRead(get({ ...fromShop, 'parley-page': '1' }))).toBe(true)
    expect(isForeignRead(get({ ...fromShop, 'parley-page': '1' }), [], [shop])).toBe(false)
    expect(isForeignRead(get({ ...fromShop, authorization: 'Bearer x' }))).toBe(false)
    expect(isForeignRead(get({ 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document' }))).toBe(false)
    expect(isForeignRead(get({ 'sec-fetch-site': 'same-origin' }))).toBe(false)
    expect(isForeignRead(get({}))).toBe(false)
  })
})

describe('isKnownHost', () => {
  test('[HTTP-8] answers under its own names and addresses only, whatever the port', () => {
    const names = ['chat.example']
    const known = [
      'chat.example',
      'CHAT.example:8787',
      'localhost:1',
      'a.localhost',
      '127.0.0.1:8787',
      '[::1]:8787',
      '10.1.2.3',
    ]
    for (const host of known) expect(isKnownHost(host, names), host).toBe(true)
    const unknown = [
      'evil.example',
      'chat.example.evil',
      '',
      'chat.example:x',
      '[chat]',
      'a b',
      'chat.example/x',
      '1.2.3.4.evil',
    ]
    for (const host of unknown) expect(isKnownHost(host, names), host).toBe(false)
    expect(isKnownHost('evil.example', 'any')).toBe(true)
    expect(isKnownHost('evil.example@x', 'any')).toBe(false)
  })
})
