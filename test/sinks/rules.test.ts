import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Registry } from 'plimsoll'
import { callback, type RuleOptions } from 'plimsoll/sinks'
import type { Snapshot } from 'plimsoll/snapshot'

const registry = new Registry()
registry
  .counter('http.requests', { labels: ['method'] })
  .labels({ method: 'GET' })
  .inc(3)
registry
  .counter('http.requests', { labels: ['method'] })
  .labels({ method: 'PUT' })
  .inc(1)
registry.counter('http.errors').inc(0)
registry.gauge('queue.length').set(7)
const delivery = { signal: new AbortController().signal, sent: () => {}, lost: () => {} }

/** What of the registry goes through these rules. */
async function through(options: RuleOptions): Promise<string[]> {
  let got: Snapshot | undefined
  await callback((snapshot) => (got = snapshot), options).send(registry.read(), delivery)
  return (got?.families ?? []).flatMap(({ name, series }) =>
    series.map(({ labels }) => [name, ...Object.values(labels)].join(' ')),
  )
}

describe('The rules of a sink', () => {
  test('send everything by default, and with only what to allow, nothing else', async () => {
    assert.deepEqual(await through({}), ['http.errors', 'http.requests GET', 'http.requests PUT', 'queue.length'])
    assert.deepEqual(await through({ allow: 'http/*' }), ['http.errors', 'http.requests GET', 'http.requests PUT'])
    assert.deepEqual(await through({ forbid: '*/GET' }), ['http.errors', 'http.requests PUT', 'queue.length'])
    assert.deepEqual(await through({ allow: 'http/*/[!G]*' }), ['http.requests PUT'])
  })

  test('are taken from the last to the first, and the first that fits decides', async () => {
    const rules = [{ forbid: 'http/*' }, { allow: 'http/requests/?UT' }]
    assert.deepEqual(await through({ rules }), ['http.requests PUT', 'queue.length'])
    assert.deepEqual(await through({ rules: rules.toReversed() }), ['queue.length'])
    assert.deepEqual(await through({ rules, unmatched: 'forbid' }), ['http.requests PUT'])
    assert.deepEqual(await through({ allow: 'http/*', forbid: '*/PUT' }), [
      'http.errors',
      'http.requests GET',
      'queue.length',
    ])
  })

  test('may be functions of the path and the value; one that throws does not fit', async () => {
    assert.deepEqual(await through({ allow: (_, value) => Number(value) >= 3 }), ['http.requests GET', 'queue.length'])
    const throwing = (): boolean => {
      throw new Error('a fault in the app')
    }
    assert.equal((await through({ forbid: throwing })).length, 4)
  })

  test('prune whole branches, whatever is allowed in them', async () => {
    assert.deepEqual(await through({ prune: 'http' }), ['queue.length'])
    assert.deepEqual(await through({ prune: ['http/requests'], allow: '*' }), ['http.errors', 'queue.length'])
    assert.deepEqual(await through({ prune: (path) => path === 'http/requests/GET' }), [
      'http.errors',
      'http.requests PUT',
      'queue.length',
    ])
  })

  test('are checked', () => {
    assert.throws(() => callback(() => {}, { allow: 3 as never }), { code: 'PLIMSOLL_OPTION_INVALID' })
    assert.throws(() => callback(() => {}, { rules: [{ allow: 'a', forbid: 'b' }] }), {
      code: 'PLIMSOLL_OPTION_INVALID',
    })
  })
})
