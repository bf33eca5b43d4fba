import assert from 'node:assert/strict'
import { test } from 'node:test'
import { networkOf } from '#src/runtime/http/network.ts'

const addresses = {
  local: ['127.0.0.1', '127.255.0.9', '::1', '::ffff:127.0.0.1', undefined],
  private: [
    ...['10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.0.1', '169.254.1.1', '::ffff:10.0.0.1'],
    ...['fc00::1', 'fdff::1', 'fe80::1', 'fe80::1%eth0', 'febf::1'],
  ],
  public: ['8.8.8.8', '172.32.0.1', '128.0.0.1', '2001:db8::1', 'fec0::1', 'fbff::1', '::2', '::ffff:8.8.8.8'],
} as const

for (const [network, all] of Object.entries(addresses)) {
  test(`addresses of the network ${network} are told from others`, () => {
    for (const address of all) assert.equal(networkOf(address), network, address)
  })
}
