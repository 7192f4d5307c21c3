import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createClientAddress, readAddress, readNetwork } from './addresses.ts'
import type { ForwardingHeader } from './addresses.ts'
import { addressSubject, everybody, userSubject } from './subjects.ts'

describe('subjects', () => {
  test.each([
    ['an address within IPv6', '192.0.2.1', '::ffff:192.0.2.1'],
    ['the same in hexadecimal', '192.0.2.1', '::FFFF:C000:201'],
    ['another spelling', '2001:db8::1', '2001:0DB8:0:0:0:0:0:1'],
    ['another address of the network', '2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff'],
    ['a zone', 'fe80::1', 'fe80::1%eth0'],
    ['nothing known', '', 'unknown'],
  ])('[LIMIT-10] %s is counted with the other', (_what, one, other) => {
    expect(addressSubject(one)).toBe(addressSubject(other))
  })

  test.each([
    ['other networks', '2001:db8:1:2::1', '2001:db8:1:3::1'],
    ['other addresses', '192.0.2.1', '192.0.2.2'],
    ['an IPv6 address that only looks like it', '192.0.2.1', '::192.0.2.1'],
    ['leading zeros, which some read as octal', '10.0.0.1', '010.0.0.1'],
  ])('[LIMIT-10] %s are counted apart', (_what, one, other) => {
    expect(addressSubject(one)).not.toBe(addressSubject(other))
  })

  test('[LIMIT-10] one customer’s many networks can be counted together', () => {
    expect(addressSubject('2001:db8:1:2::1', 48)).toBe(addressSubject('2001:db8:1:3::1', 48))
    expect(addressSubject('2001:db8:1:2::1', 48)).not.toBe(addressSubject('2001:db8:2:2::1', 48))
    expect(addressSubject('192.0.2.1', 48)).toBe(addressSubject('192.0.2.1'))
  })

  test('[LIMIT-10] users are counted by tenant and user, and no names make two of them one', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (a, b, c, d) => {
        const isSame = a === c && b === d
        expect(userSubject({ tenantId: a, userId: b }) === userSubject({ tenantId: c, userId: d })).toBe(
          isSame,
        )
      }),
    )
    const all = [userSubject({ tenantId: 'a', userId: 'b' }), addressSubject('a'), everybody]
    expect(new Set(all).size).toBe(3)
  })
})

describe('readAddress', () => {
  test('[LIMIT-10] CVE-2026-45364 CVE-2026-47674: whatever way an IPv6 address is written, it is one', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const read = readAddress(address)
        expect(read).not.toBeNull()
        expect(readAddress(read ?? '')).toBe(read)
        expect(readAddress(address.toUpperCase())).toBe(read)
      }),
    )
  })

  test.each([
    '',
    'localhost',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '0x7f.1.1.1',
    '[::1]',
    ':::',
    'unknown',
    '_hidden',
  ])('[LIMIT-10] %j is no address', (text) => expect(readAddress(text)).toBeNull())

  test('[LIMIT-11] what is no network is no proxy', () => {
    for (const text of ['10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0.0/-1', 'proxy', ''])
      expect(readNetwork(text), text).toBeNull()
    expect(readNetwork('10.0.0.0/8')).toEqual({ address: '10.0.0.0', bits: 8 })
    expect(() => createClientAddress({ trustedProxies: ['proxy'] })).toThrow('"proxy"')
  })
})

interface Case {
  what: string
  socket: string | undefined
  sent: string
  header?: ForwardingHeader
  expected: string | null
}

const proxies = ['10.0.0.0/8', 'fd00::/8', '203.0.113.5']
const v6 = (address: string): string => readAddress(address) ?? ''

const cases: Case[] = [
  { what: 'no proxy before us', socket: '192.0.2.1', sent: '198.51.100.7', expected: '192.0.2.1' },
  { what: 'a proxy of ours', socket: '10.0.0.1', sent: '198.51.100.7', expected: '198.51.100.7' },
  {
    what: 'the same as the socket says it',
    socket: '::ffff:10.0.0.1',
    sent: '198.51.100.7',
    expected: '198.51.100.7',
  },
  {
    what: 'what the client claims of itself',
    socket: '10.0.0.1',
    sent: '1.1.1.1, 198.51.100.7',
    expected: '198.51.100.7',
  },
  {
    what: 'two proxies of ours',
    socket: '10.0.0.1',
    sent: '1.1.1.1, 198.51.100.7, 203.0.113.5',
    expected: '198.51.100.7',
  },
  {
    what: 'a client that claims to be our proxy',
    socket: '10.0.0.1',
    sent: '1.1.1.1, 10.9.9.9, 198.51.100.7',
    expected: '198.51.100.7',
  },
  {
    what: 'nobody but proxies of ours',
    socket: '10.0.0.1',
    sent: '10.0.0.3, 10.0.0.2',
    expected: '10.0.0.3',
  },
  { what: 'an empty header', socket: '10.0.0.1', sent: ' ', expected: '10.0.0.1' },
  {
    what: 'garbage behind our proxy',
    socket: '10.0.0.1',
    sent: '198.51.100.7, <script>',
    expected: '10.0.0.1',
  },
  { what: 'an empty last place', socket: '10.0.0.1', sent: '198.51.100.7,', expected: '10.0.0.1' },
  { what: 'a port', socket: '10.0.0.1', sent: '198.51.100.7:4711', expected: '198.51.100.7' },
  { what: 'IPv6', socket: 'fd00::1', sent: '2001:DB8::7', expected: v6('2001:db8::7') },
  { what: 'IPv6 with a port', socket: 'fd00::1', sent: '[2001:db8::7]:4711', expected: v6('2001:db8::7') },
  { what: 'no socket', socket: undefined, sent: '198.51.100.7', expected: null },
  {
    what: 'the other header',
    socket: '10.0.0.1',
    sent: 'for=198.51.100.7',
    header: 'forwarded',
    expected: '198.51.100.7',
  },
  {
    what: 'all that may stand there',
    socket: '10.0.0.1',
    sent: 'for=1.1.1.1, proto=https;For="[2001:db8::7]:4711";by=10.0.0.1',
    header: 'forwarded',
    expected: v6('2001:db8::7'),
  },
  {
    what: 'a quote that the client left open',
    socket: '10.0.0.1',
    sent: 'for="1.1.1.1, for=198.51.100.7',
    header: 'forwarded',
    expected: '198.51.100.7',
  },
  {
    what: 'a hidden address',
    socket: '10.0.0.1',
    sent: 'for=198.51.100.7, for=_gateway',
    header: 'forwarded',
    expected: '10.0.0.1',
  },
  {
    what: 'nobody named',
    socket: '10.0.0.1',
    sent: 'for=198.51.100.7, proto=http',
    header: 'forwarded',
    expected: '10.0.0.1',
  },
]

test.each(cases)('[LIMIT-11] $what', ({ socket, sent, header = 'x-forwarded-for', expected }) => {
  const clientAddress = createClientAddress({ trustedProxies: proxies, header })
  expect(clientAddress(socket, new Headers({ [header]: sent }))).toBe(expected)
})

test('[LIMIT-11] no header is read but the one that our proxies write', () => {
  const claims = new Headers({
    forwarded: 'for=1.1.1.1',
    'x-real-ip': '1.1.1.1',
    'cf-connecting-ip': '1.1.1.1',
    'true-client-ip': '1.1.1.1',
    'x-client-ip': '1.1.1.1',
  })
  expect(createClientAddress({ trustedProxies: proxies })('10.0.0.1', claims)).toBe('10.0.0.1')
  const forwardedFor = new Headers({ 'x-forwarded-for': '1.1.1.1' })
  const other = createClientAddress({ trustedProxies: proxies, header: 'forwarded' })
  expect(other('10.0.0.1', forwardedFor)).toBe('10.0.0.1')
  expect(createClientAddress({ trustedProxies: [] })('127.0.0.1', forwardedFor)).toBe('127.0.0.1')
})
