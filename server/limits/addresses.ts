/**
 * Which address asks, in one spelling, and whom to believe about it.
 *
 *   client ─▶ proxy ─▶ proxy ─▶ our socket        X-Forwarded-For: what the client says, client, proxy
 *      ▲ read from the right: the first that is not one of our proxies
 */
import { BlockList, isIP } from 'node:net'

/** IPv4 with dots, IPv6 as eight groups; an IPv4 address within IPv6 is IPv4. Null for anything else. */
export function readAddress(text: string): string | null {
  const [address = ''] = text.split('%')
  if (isIP(address) === 4) return address
  if (isIP(address) !== 6) return null
  const groups = groupsOf(address)
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) return mappedAddress(groups)
  return groups.map((group) => group.toString(16)).join(':')
}

/** The URL parser knows every spelling; of its own, only `::` has to be filled. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const missing = tail === undefined ? 0 : 8 - before.length - after.length
  return [...before, ...Array<string>(missing).fill('0'), ...after].map((group) => Number.parseInt(group, 16))
}

function mappedAddress(groups: readonly number[]): string {
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 0xff])
    .join('.')
}

/** An IPv4 address as it is, of an IPv6 address the first bits. Null when it is no address. */
export function networkOf(address: string | null, ipv6PrefixBits: 48 | 64): string | null {
  const known = address === null ? null : readAddress(address)
  if (known === null || !known.includes(':')) return known
  const groups = known.split(':').slice(0, ipv6PrefixBits / 16)
  return `${groups.join(':')}::/${ipv6PrefixBits}`
}

export interface ClientAddressOptions {
  /** Addresses and networks (`10.0.0.0/8`, `fd00::/8`) of our own proxies. Without them only the socket is believed. */
  trustedProxies: readonly string[]
  /**
   * The one that our proxies write: they hand the other on as the client sent it. Default `x-forwarded-for`. No other header
   * (`X-Real-IP`, `CF-Connecting-IP`) is ever read.
   */
  header?: ForwardingHeader
}

export type ForwardingHeader = 'x-forwarded-for' | 'forwarded'

/** Null: nobody knows, as where there is no socket. */
export type ClientAddress = (socketAddress: string | undefined, headers: Headers) => string | null

/** Throws for a proxy that is neither address nor network. */
export function createClientAddress(options: ClientAddressOptions): ClientAddress {
  const { header = 'x-forwarded-for' } = options
  const trusted = trustedList(options.trustedProxies)
  const isTrusted = (address: string): boolean => trusted.check(address, familyOf(address))
  return (socketAddress, headers) => {
    let client = readAddress(socketAddress ?? '')
    if (client === null || !isTrusted(client)) return client
    for (const hop of hopsOf(headers.get(header) ?? '', header).toReversed()) {
      const address = readHop(hop)
      // What a proxy of ours could not say, nobody further away can be believed about.
      if (address === null) return client
      client = address
      if (!isTrusted(client)) return client
    }
    return client
  }
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4'
}

function trustedList(proxies: readonly string[]): BlockList {
  const list = new BlockList()
  for (const proxy of proxies) {
    const network = readNetwork(proxy)
    if (network === null) throw new Error(`"${proxy}" is neither an address nor a network.`)
    list.addSubnet(network.address, network.bits, familyOf(network.address))
  }
  return list
}

/** `192.0.2.1`, `10.0.0.0/8`, `fd00::/8`. Null for anything else. */
export function readNetwork(text: string): { address: string; bits: number } | null {
  const [given = '', length, ...more] = text.split('/')
  const address = readAddress(given)
  if (address === null || more.length > 0) return null
  const bitsMax = address.includes(':') ? 128 : 32
  if (length === undefined) return { address, bits: bitsMax }
  const bits = /^\d{1,3}$/.test(length) ? Number(length) : -1
  return bits < 0 || bits > bitsMax ? null : { address, bits }
}

/** From the client on; each proxy adds the one that spoke to it. */
function hopsOf(value: string, header: ForwardingHeader): string[] {
  const hops = value.split(',').map((hop) => hop.trim())
  if (header === 'x-forwarded-for') return value.trim() === '' ? [] : hops
  return value.trim() === '' ? [] : hops.map(forOf)
}

/** RFC 7239: `for="[2001:db8::1]:4711";proto=https`. A comma or semicolon in quotes makes it no address, as it should. */
function forOf(element: string): string {
  const pair = element.split(';').find((each) => /^\s*for=/i.test(each)) ?? ''
  return pair
    .slice(pair.indexOf('=') + 1)
    .trim()
    .replace(/^"(.*)"$/, '$1')
}

/** With a port or without. */
function readHop(hop: string): string | null {
  const [, bracketed, plain] = /^(?:\[([^\]]+)\](?::\d{1,5})?|([\d.]+):\d{1,5})$/.exec(hop) ?? []
  return readAddress(bracketed ?? plain ?? hop)
}
