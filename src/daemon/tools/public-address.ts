import { networkInterfaces } from 'node:os'
import type { IPv4, IPv6 } from 'ipaddr.js'

/**
 * Why an IP address must not be fetched, as a class ("a loopback address"); null for a public one. Everything that
 * is not plainly public is refused, in whatever form it is written: an IPv4 address may be embedded in an IPv6 one.
 */
export const refusedClass = async (address: string): Promise<string | null> => {
  const { default: ipaddr } = await import('ipaddr.js')
  const zoneless = address.replace(/%.*$/, '')
  if (!ipaddr.isValid(zoneless)) return 'no IP address'
  const parsed = ipaddr.parse(zoneless)
  const refused =
    parsed.kind() === 'ipv4' ? classOfV4(parsed as IPv4) : classOfV6(parsed as IPv6, ipaddr.IPv4)
  return refused ?? (ownAddresses().has(zoneless) ? 'an address of this machine' : null)
}

/** Public by number, but the clouds answer it on the machine itself: Azure's metadata and DNS. */
const metadataAddresses = new Set(['168.63.129.16'])

const classNames: Record<string, string> = {
  loopback: 'a loopback address',
  private: 'a private address',
  linkLocal: 'a link-local address',
  uniqueLocal: 'a private address',
  carrierGradeNat: 'a carrier-grade NAT address',
  unspecified: 'the unspecified address',
  multicast: 'a multicast address',
  broadcast: 'a broadcast address',
}

const classOfV4 = (address: IPv4): string | null => {
  if (metadataAddresses.has(address.toString())) return 'a cloud metadata address'
  const range = address.range()
  return range === 'unicast' ? null : (classNames[range] ?? 'a reserved address')
}

const classOfV6 = (address: IPv6, makeV4: new (octets: number[]) => IPv4): string | null => {
  const range = address.range()
  if (range === 'ipv4Mapped') return classOfV4(address.toIPv4Address())
  const bytes = address.toByteArray()
  // DNS64 gives every IPv4 host such an address in networks without IPv4; 64:ff9b:1::/48 is for local use.
  const isNat64 = range === 'rfc6052' && bytes.slice(4, 12).every((byte) => byte === 0)
  if (isNat64) return classOfV4(new makeV4(bytes.slice(12)))
  const isGlobal = ((bytes[0] ?? 0) & 0xe0) === 0x20
  return range === 'unicast' && isGlobal ? null : (classNames[range] ?? 'a reserved address')
}

const ownAddresses = (): ReadonlySet<string> =>
  new Set(
    Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .map(({ address }) => address),
  )
