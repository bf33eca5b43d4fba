import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { PlimsollError, Registry } from 'plimsoll'
import { ManualClock } from 'plimsoll/testing'

function manualRegistry(): Registry {
  return new Registry({ clock: new ManualClock() })
}

/** What is counted of an observer that did no good. */
function counted(registry: Registry, what: 'failed' | 'rejected'): number {
  const family = registry.read().families.find(({ name }) => name === `plimsoll.${what}`)
  return family?.kind === 'counter' ? (family.series[0]?.value ?? 0) : 0
}

test('An observer is asked at once, and then at each tick', () => {
  const registry = manualRegistry()
  let length = 3
  const gauge = registry.gauge('queue')
  gauge.observe(() => length)
  assert.equal(gauge.value, 3)
  length = 4
  assert.equal(gauge.value, 3)
  registry.tick()
  assert.equal(gauge.value, 4)
})

test('An observer may answer later; a snapshot does not wait for it', async () => {
  const registry = manualRegistry()
  const gauge = registry.gauge('queue')
  gauge.observe(async () => 5)
  assert.equal(gauge.snapshot().value, 0)
  await new Promise(setImmediate)
  assert.equal(gauge.value, 5)
})

test('Each series of a family may have an observer, and gauges of all sorts', () => {
  const registry = manualRegistry()
  const queues = registry.gauge('queue', { labels: ['name'] })
  let calls = 0
  for (const name of ['a', 'b']) queues.labels({ name }).observe(() => `${name}${++calls}`.charCodeAt(0))
  registry.tick()
  assert.deepEqual([queues.labels({ name: 'a' }).value, queues.labels({ name: 'b' }).value, calls], [97, 98, 4])
  const open = registry.gauge('open', { type: 'bool', extremes: true })
  let isOpen = true
  open.observe(() => isOpen)
  isOpen = false
  registry.tick()
  assert.deepEqual([open.value, open.snapshot().extremes?.['1m']?.max], [0, 1])
})

test('What an observer throws or rejects with is counted, and the value stays', async () => {
  const registry = manualRegistry()
  const gauge = registry.gauge('queue')
  gauge.set(2)
  const failing = [
    () => assert.fail('no'),
    () => Promise.reject(new Error('no')),
    async () => assert.fail('no'),
    // biome-ignore lint/suspicious/noThenProperty: what such a thing does is the matter
    () => ({ then: () => assert.fail('no') }) as unknown as Promise<number>,
  ]
  for (const fail of failing) {
    gauge.observe(fail)
    await new Promise(setImmediate)
  }
  assert.deepEqual([gauge.value, counted(registry, 'failed')], [2, failing.length])
})

test('Nonsense from an observer is refused like any other', async () => {
  const registry = manualRegistry()
  const gauge = registry.gauge('queue')
  gauge.set(2)
  const nonsense = [Number.NaN, '5', undefined, null, {}, Number.POSITIVE_INFINITY]
  for (const value of nonsense) {
    gauge.observe(() => value as number)
    gauge.observe(async () => value as number)
    await new Promise(setImmediate)
  }
  assert.deepEqual([gauge.value, counted(registry, 'rejected')], [2, 2 * nonsense.length])
})

test('An observer that never comes to an end is not asked again, and counted at each tick', () => {
  const registry = manualRegistry()
  const gauge = registry.gauge('queue')
  let calls = 0
  gauge.observe(() => {
    calls++
    return new Promise<number>(() => {})
  })
  for (let i = 0; i < 10; i++) registry.tick()
  assert.deepEqual([calls, counted(registry, 'failed')], [1, 10])
})

test('An observer that is late is asked again once it has answered', async () => {
  const registry = manualRegistry()
  const gauge = registry.gauge('queue')
  const answers: ((value: number) => void)[] = []
  gauge.observe(() => new Promise((resolve) => answers.push(resolve)))
  registry.tick()
  answers[0]?.(7)
  await new Promise(setImmediate)
  registry.tick()
  assert.deepEqual([gauge.value, answers.length, counted(registry, 'failed')], [7, 2, 1])
})

test('An observer that ticks the registry itself is not asked within itself', () => {
  const registry = manualRegistry()
  let calls = 0
  registry.gauge('queue').observe(() => {
    calls++
    registry.tick()
    return calls
  })
  assert.deepEqual([calls, counted(registry, 'failed')], [1, 1])
})

test('A second observer replaces the first, whose late answer no longer counts', async () => {
  const registry = manualRegistry()
  const gauge = registry.gauge('queue')
  const answers: ((value: number) => void)[] = []
  const stopFirst = gauge.observe(() => new Promise((resolve) => answers.push(resolve)))
  gauge.observe(() => 2)
  answers[0]?.(1)
  await new Promise(setImmediate)
  assert.equal(gauge.value, 2)
  stopFirst()
  gauge.set(3)
  registry.tick()
  assert.deepEqual([gauge.value, answers.length], [2, 1])
})

test('An observer that is stopped is asked no more, and the value stays', async () => {
  const registry = manualRegistry()
  const gauge = registry.gauge('queue')
  let calls = 0
  const stop = gauge.observe(async () => ++calls)
  stop()
  await new Promise(setImmediate)
  registry.tick()
  assert.deepEqual([gauge.value, calls], [0, 1])
})

test('What is no function is refused', () => {
  const gauge = manualRegistry().gauge('queue')
  assert.throws(
    () => gauge.observe(5 as never),
    (error) => error instanceof PlimsollError && error.code === 'PLIMSOLL_OPTION_INVALID',
  )
})

test('An observer keeps no process alive, not even one that never answers', () => {
  const program = `
    import { gauge } from 'plimsoll'
    gauge('sync').observe(() => 1)
    gauge('never').observe(() => new Promise(() => {}))
    process.stdout.write('ready')
  `
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8', timeout: 60_000 })
  assert.deepEqual([run.stdout, run.stderr, run.status], ['ready', '', 0])
})
