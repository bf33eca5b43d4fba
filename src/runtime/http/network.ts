import type { BlockList } from 'node:net'

/** Where a client is: in this machine, in a private network, or elsewhere. */
export type Network = 'local' | 'private' | 'public'

const localRanges = [
  ['127.0.0.0', 8],
  ['::1', 128],
] as const
const privateRanges = [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['fc00::', 7],
  ['fe80::', 10],
] as const

let lists: { readonly local: BlockList; readonly private: BlockList } | undefined

/** Classifies the address of a client. Without an address, as with Unix sockets, the client is in this machine. */
export function networkOf(address: string | undefined): Network {
  if (address === undefined) return 'local'
  lists ??= { local: listOf(localRanges), private: listOf(privateRanges) }
  const [bare = ''] = address.split('%', 1)
  const family = familyOf(bare)
  if (lists.local.check(bare, family)) return 'local'
  return lists.private.check(bare, family) ? 'private' : 'public'
}

function listOf(ranges: readonly (readonly [address: string, bits: number])[]): BlockList {
  // Only where there is a server is node:net loaded anyway.
  const list = new (process.getBuiltinModule('node:net').BlockList)()
  for (const [address, bits] of ranges) list.addSubnet(address, bits, familyOf(address))
  return list
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4'
}
