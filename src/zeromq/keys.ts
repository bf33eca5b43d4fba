import { optionInvalid, PlimsollError } from '../errors.ts'
import { gated } from '../os/thread-gate.ts'
import { loadZeroMq } from './load.ts'

/** A CURVE key pair, 40 characters each. The secret key identifies its owner. */
export interface KeyPair {
  /** May be known to all. */
  readonly publicKey: string
  /** Stays with its owner. */
  readonly secretKey: string
}

/** What a collector needs to be reached from other machines. */
export interface CollectorKeys {
  /** The secret key of the collector. Publishers have the public key for it. */
  readonly secretKey: string
  /**
   * Public keys of those who may publish. Default: all who have the collector's public key, which must then be kept like a
   * password.
   */
  readonly publishers?: readonly string[]
}

/** What a publisher needs to reach a collector on another machine. */
export interface PublisherKeys {
  /** The collector's public key: a peer that answers without the matching secret key receives nothing. */
  readonly serverKey: string
  /** The publisher's own, where the collector has a list of publishers. Default: a new pair for each start. */
  readonly own?: KeyPair
}

/** A new key pair, as `publicKey` and `secretKey`. Throws PLIMSOLL_ZEROMQ_MISSING. */
export async function newKeyPair(): Promise<KeyPair> {
  return gated(loadZeroMq().curveKeyPair)()
}

/** Throws PLIMSOLL_OPTION_INVALID for keys of a collector that are none. */
export function checkCollectorKeys(keys: CollectorKeys, where: string): void {
  checkIsKeys('curve', keys, where)
  const { secretKey, publishers = [] } = keys
  checkKey('curve.secretKey', secretKey, where)
  if (!Array.isArray(publishers)) throw optionInvalid('curve.publishers', where, typeof publishers, 'an array of keys')
  for (const key of publishers) checkKey('curve.publishers', key, where)
}

/** Throws PLIMSOLL_OPTION_INVALID for keys of a publisher that are none. */
export function checkPublisherKeys(keys: PublisherKeys, where: string): void {
  checkIsKeys('curve', keys, where)
  const { serverKey, own } = keys
  checkKey('curve.serverKey', serverKey, where)
  if (own === undefined) return
  checkIsKeys('curve.own', own, where)
  checkKey('curve.own.publicKey', own.publicKey, where)
  checkKey('curve.own.secretKey', own.secretKey, where)
}

/** 32 bytes in Z85 (https://rfc.zeromq.org/spec/32/). */
const z85 = /^[0-9a-zA-Z.\-:+=^!/*?&<>()[\]{}@%$#]{40}$/

function checkIsKeys(option: string, keys: unknown, where: string): void {
  if (typeof keys === 'object' && keys !== null) return
  throw optionInvalid(option, where, typeof keys, 'an object with keys')
}

function checkKey(option: string, key: unknown, where: string): void {
  if (typeof key === 'string' && z85.test(key)) return
  // The key itself must not appear in a log.
  const given = typeof key === 'string' ? `a text of ${key.length} characters` : typeof key
  throw new PlimsollError('PLIMSOLL_OPTION_INVALID', { option, where, given, expected: 'a CURVE key of 40 characters' })
}
