import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Counter, type Family, Registry } from 'plimsoll'
import { statsFor, template } from 'plimsoll/objects'

function requests(registry: Registry, maxSeries?: number): Family<Counter, 'route' | 'status'> {
  return registry.counter('requests', { labels: ['route', 'status'], ...(maxSeries && { maxSeries }) })
}

function seriesOf(registry: Registry, name: string): readonly unknown[] | undefined {
  return registry.read().families.find((family) => family.name === name)?.series
}

test('Each combination of label values is a series, found again by the same values', () => {
  const registry = new Registry()
  const family = requests(registry)
  family.labels({ route: '/', status: '200' }).inc()
  family.labels({ status: '200', route: '/' }).inc()
  family.labels({ route: '/', status: '404' }).inc()
  assert.equal(family.labels({ route: '/', status: '200' }), family.labels({ route: '/', status: '200' }))
  assert.equal(family.seriesCount, 2)
  assert.deepEqual(seriesOf(registry, 'requests'), [
    { labels: { route: '/', status: '200' }, value: 2 },
    { labels: { route: '/', status: '404' }, value: 1 },
  ])
})

test('Properties that are no labels make no other series, wherever they stand', () => {
  const registry = new Registry()
  const family = requests(registry)
  const first = family.labels({ route: '/', status: '200' })
  const further: { route: string; status: string } = { ...{ before: 1 }, route: '/', status: '200', ...{ after: 2 } }
  const inherited: { route: string; status: string } = Object.create({ route: '/', status: '200' })
  assert.deepEqual([family.labels(further), family.labels(inherited), family.seriesCount], [first, first, 1])
})

test('Numbers and booleans are the same label values as their texts', () => {
  const registry = new Registry()
  const family = requests(registry)
  for (const status of [200, '200', 200, -0, 0, '0', true, 'true']) family.labels({ route: '/', status }).inc()
  assert.deepEqual(seriesOf(registry, 'requests'), [
    { labels: { route: '/', status: '200' }, value: 3 },
    { labels: { route: '/', status: '0' }, value: 3 },
    { labels: { route: '/', status: 'true' }, value: 2 },
  ])
})

test('Label values that are no text count as the empty text, and are told', () => {
  const registry = new Registry()
  const family = requests(registry)
  const nonsense = [null, {}, [], Symbol('x'), () => 1]
  for (const status of nonsense) family.labels({ route: '/', status: status as string }).inc()
  assert.deepEqual(seriesOf(registry, 'requests'), [{ labels: { route: '/', status: '' }, value: 5 }])
  assert.deepEqual(seriesOf(registry, 'plimsoll.rejected'), [
    { labels: { family: 'requests', reason: 'label' }, value: 5 },
  ])
})

test('An undefined label value is the empty text, but a label that is missing is told each time, as it may be misspelt', () => {
  const registry = new Registry()
  const family = requests(registry)
  for (let i = 0; i < 2; i++) family.labels({ route: '/', status: undefined }).inc()
  family.labels({ route: '/', status: '' }).inc()
  assert.deepEqual(seriesOf(registry, 'requests'), [{ labels: { route: '/', status: '' }, value: 3 }])
  assert.deepEqual(seriesOf(registry, 'plimsoll.rejected'), undefined)
  for (let i = 0; i < 3; i++) family.labels({ route: '/', staus: 200 } as never).inc()
  const web = statsFor({}, 'web', { requests: template.counter({ labels: ['route'] }) }, { registry })
  web.requests.labels({ route: undefined }).inc()
  web.requests.labels({ rout: '/' } as never).inc()
  assert.deepEqual(seriesOf(registry, 'plimsoll.rejected'), [
    { labels: { family: 'requests', reason: 'missing_label' }, value: 3 },
    { labels: { family: 'web.requests', reason: 'missing_label' }, value: 1 },
  ])
  assert.equal(JSON.stringify(web.requests), JSON.stringify([{ labels: { route: '' }, value: 2 }]))
  family.remove({ route: '/', status: undefined })
  assert.equal(family.seriesCount, 0)
})

test('A label value of more than 1,024 characters is cut at a whole character, and told', () => {
  const registry = new Registry()
  const family = registry.counter('requests', { labels: ['agent'] })
  family.labels({ agent: 'x'.repeat(5000) }).inc()
  family.labels({ agent: `${'x'.repeat(1023)}😀` }).inc()
  family.labels({ agent: 'x'.repeat(1024) }).inc()
  assert.deepEqual(seriesOf(registry, 'requests'), [
    { labels: { agent: 'x'.repeat(1024) }, value: 2 },
    { labels: { agent: 'x'.repeat(1023) }, value: 1 },
  ])
  assert.deepEqual(seriesOf(registry, 'plimsoll.rejected'), [
    { labels: { family: 'requests', reason: 'label' }, value: 2 },
  ])
})

test('Past the limit all goes to the overflow series, the known series go on, and a counter tells', () => {
  const registry = new Registry()
  const family = requests(registry, 2)
  for (let i = 0; i < 10; i++) family.labels({ route: `/${i}`, status: 200 }).inc()
  family.labels({ route: '/1', status: 200 }).inc()
  assert.equal(family.seriesCount, 2)
  assert.deepEqual(seriesOf(registry, 'requests'), [
    { labels: { route: '/0', status: '200' }, value: 1 },
    { labels: { route: '/1', status: '200' }, value: 2 },
    { labels: { overflow: 'true' }, value: 8 },
  ])
  assert.deepEqual(seriesOf(registry, 'plimsoll.overflowed'), [{ labels: { family: 'requests' }, value: 8 }])
})

test('Names of object properties are label values like any other', () => {
  const registry = new Registry()
  const family = registry.counter('requests', { labels: ['constructor', 'toString'] })
  family.labels({ constructor: '__proto__', toString: 'hasOwnProperty' }).inc()
  assert.deepEqual(seriesOf(registry, 'requests'), [
    { labels: { constructor: '__proto__', toString: 'hasOwnProperty' }, value: 1 },
  ])
})

test('A million distinct values cost no more than the limit', () => {
  const registry = new Registry()
  const family = registry.counter('requests', { labels: ['user'], maxSeries: 100 })
  for (let user = 0; user < 1_000_000; user++) family.labels({ user }).inc()
  assert.equal(family.seriesCount, 100)
  assert.equal(seriesOf(registry, 'requests')?.length, 101)
  assert.deepEqual(seriesOf(registry, 'plimsoll.overflowed'), [{ labels: { family: 'requests' }, value: 999_900 }])
})

test('A label value that was cut does not keep the whole text in memory', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const agents = new Registry().counter('agents', { labels: ['agent'] })
  const heapMegabytes = (): number => {
    collect()
    return process.memoryUsage().heapUsed / 1e6
  }
  const before = heapMegabytes()
  for (let i = 0; i < 50; i++) agents.labels({ agent: Buffer.alloc(1e6, `agent ${i} `).toString() }).inc()
  const grown = heapMegabytes() - before
  assert(grown < 5, `${grown} MB for 50 values cut from 1 MB each`)
  assert.equal(agents.seriesCount, 50)
})

test('A list of labels that is empty makes a family of one series', () => {
  const registry = new Registry()
  const labels: string[] = []
  const jobs = registry.counter('jobs', { labels })
  jobs.labels({}).inc()
  jobs.labels({ unknown: 'x' }).inc()
  registry.counter('jobs').inc()
  assert.deepEqual(seriesOf(registry, 'jobs'), [{ labels: {}, value: 3 }])
})
