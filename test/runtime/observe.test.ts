import assert from 'node:assert/strict'
import { constants, PerformanceObserver, performance } from 'node:perf_hooks'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Worker } from 'node:worker_threads'
import { Registry } from 'plimsoll'
import { observeRuntime, type RuntimePart } from 'plimsoll/runtime'
import type { Snapshot } from 'plimsoll/snapshot'
import { optionalGauge, raise } from '#src/runtime/declared.ts'
import { samplesIterations } from '#src/runtime/loop-delay.ts'
import { eachSecond } from '#src/runtime/seconds.ts'

const all: readonly RuntimePart[] = ['process', 'container', 'memory', 'eventloop', 'gc', 'failures', 'http']

function only(...parts: readonly RuntimePart[]) {
  return Object.fromEntries(all.map((part) => [part, parts.includes(part)]))
}

/** The values of a family by the value of its only label; that of a series without labels is `''`. */
function valuesOf({ families }: Snapshot, name: string): Record<string, number> {
  const family = families.find((one) => one.name === name)
  assert.ok(family, `${name} is not there`)
  return Object.fromEntries(
    family.series.map((series) => {
      const value = 'value' in series ? series.value : 'count' in series ? series.count : Number.NaN
      return [Object.values(series.labels).join(), Number(value)]
    }),
  )
}

async function until(what: string, isTrue: () => boolean): Promise<void> {
  const end = performance.now() + 30_000
  while (!isTrue()) {
    if (performance.now() > end) throw new Error(`${what} did not come`)
    await wait(20)
  }
}

/** Whole microseconds, as `cpuUsage` has them: a fraction of seconds may be off by a bit. */
function micros(seconds: number): number {
  return Math.round(seconds * 1e6)
}

function block(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

test('An app that declares an observed name differently gets its own metric, and observing goes on', (t) => {
  const registry = new Registry()
  t.after(observeRuntime(registry, only('process', 'memory')))
  const uptime = registry.counter('process.uptime', { labels: ['part'] })
  uptime.labels({ part: 'a' }).inc()
  registry.histogram('nodejs.memory.heap.used').record(7)
  observeRuntime(registry, only('process'))()
  assert.deepEqual(valuesOf(registry.read(), 'process.uptime'), { a: 1 })
  assert.deepEqual(valuesOf(registry.read(), 'nodejs.memory.heap.used'), { '': 1 })
  assert.throws(() => registry.gauge('process.uptime'), { code: 'PLIMSOLL_FAMILY_CONFLICT' })
})

test('A gauge that comes and goes leaves a metric of the app with its name alone', () => {
  const registry = new Registry()
  const early = optionalGauge(registry, 'container.cpu.limit', {})
  const late = optionalGauge(registry, 'container.memory.limit', {})
  registry.counter('container.cpu.limit').inc()
  late(1)
  registry.counter('container.memory.limit').inc()
  for (const set of [early, late]) {
    set(5)
    set()
    set(5)
  }
  const { families } = registry.read()
  assert.deepEqual(
    families.filter(({ name }) => name.startsWith('container.')).map(({ name, kind }) => `${name} ${kind}`),
    ['container.cpu.limit counter', 'container.memory.limit counter'],
  )
})

test('What the operating system has of a process is there from the first moment, in its units', () => {
  const registry = new Registry()
  const before = process.cpuUsage()
  observeRuntime(registry, only('process'))()
  const read = registry.read()
  const after = process.cpuUsage()
  const { user = 0, system = 0 } = valuesOf(read, 'process.cpu.time')
  assert.ok(micros(user) >= before.user && micros(user) <= after.user, `${user} s, ${before.user} to ${after.user} µs`)
  assert.ok(micros(system) >= before.system && micros(system) <= after.system)
  const startedAt = valuesOf(read, 'process.start_time')[''] as number
  assert.ok(Math.abs(startedAt - (Date.now() / 1000 - process.uptime())) < 1, String(startedAt))
  const resident = valuesOf(read, 'process.memory.usage')[''] as number
  assert.ok(resident > 10e6 && resident < 10e9, String(resident))
  assert.deepEqual(Object.keys(valuesOf(read, 'process.context_switches')), ['voluntary', 'involuntary'])
  assert.deepEqual(Object.keys(valuesOf(read, 'process.paging.faults')), ['major', 'minor'])
  const info = read.families.find(({ name }) => name === 'nodejs.version')
  assert.equal(info?.series[0]?.labels.version, process.version)
})

test('What is read from files of the system comes with the first second', {
  skip: process.platform !== 'linux',
}, async () => {
  const registry = new Registry()
  const stop = observeRuntime(registry, only('process'))
  const find = (name: string) => registry.read().families.find((one) => one.name === name)
  assert.equal(find('process.memory.virtual'), undefined)
  await until('the first second', () => find('process.unix.file_descriptor.count') !== undefined)
  stop()
  const read = registry.read()
  const resident = valuesOf(read, 'process.memory.usage')[''] as number
  const virtual = valuesOf(read, 'process.memory.virtual')[''] as number
  assert.ok(virtual > resident, String(virtual))
  assert.ok((valuesOf(read, 'process.thread.count')[''] as number) >= 5)
  const open = valuesOf(read, 'process.unix.file_descriptor.count')[''] as number
  assert.ok(open >= 3 && open < (valuesOf(read, 'process.unix.file_descriptor.limit')[''] as number), String(open))
})

test('Memory is that of V8, by heap space', () => {
  const registry = new Registry()
  observeRuntime(registry, only('memory'))()
  const read = registry.read()
  const used = valuesOf(read, 'nodejs.memory.heap.used')[''] as number
  const total = valuesOf(read, 'nodejs.memory.heap.total')[''] as number
  assert.ok(used > 1e6 && used <= total && total <= (valuesOf(read, 'nodejs.memory.heap.limit')[''] as number))
  const spaces = valuesOf(read, 'v8js.memory.heap.used')
  const sum = Object.values(spaces).reduce((a, b) => a + b, 0)
  assert.ok(Math.abs(sum - used) < used / 5, `${sum} in spaces, ${used} in all`)
  assert.ok((spaces.old_space as number) > 0)
  // Some spaces are empty in most processes.
  const sizes = Object.entries(valuesOf(read, 'v8js.memory.heap.space.size'))
  assert.deepEqual(
    sizes.filter(([, bytes]) => bytes === 0),
    [],
  )
  assert.ok((valuesOf(read, 'nodejs.memory.external')[''] as number) > 0)
  assert.ok('' in valuesOf(read, 'nodejs.memory.array_buffers'))
})

test('A blocked event loop is seen in its delay, its late ticks and its busy time', async () => {
  const registry = new Registry()
  const stop = observeRuntime(registry, only('eventloop'))
  const late = (): number => valuesOf(registry.read(), 'nodejs.eventloop.late_ticks')[''] as number
  const spent = (): number => valuesOf(registry.read(), 'nodejs.eventloop.time').idle as number
  const before = late()
  // What comes before its first turn is no time of the event loop.
  await wait(20)
  // Longer than what is between two timers of an idle process.
  block(2500)
  await until('the next second', () => late() > before)
  // The delay of the same turn may come after it.
  const idle = spent()
  await until('one more', () => spent() > idle)
  stop()
  const read = registry.read()
  const delay = read.families.find(({ name }) => name === 'nodejs.eventloop.delay')
  const series = delay?.series[0]
  assert.ok(series !== undefined && 'max' in series && (series.max as number) > 1.3, JSON.stringify(series))
  const { active = 0 } = valuesOf(read, 'nodejs.eventloop.time')
  assert.ok(active > 2.4, `active ${active} s`)
  assert.ok((valuesOf(read, 'nodejs.eventloop.iterations')[''] as number) > 0)
})

test('A late second of an idle event loop is counted, without the other measures', async (t) => {
  const registry = new Registry()
  // As where the machine has no processor for it: the event loop is not busy, and late all the same.
  t.mock.method(performance, 'eventLoopUtilization', () => ({ idle: 0, active: 0, utilization: 0 }))
  t.after(observeRuntime(registry, only('process', 'eventloop')))
  const value = (name: string): number => valuesOf(registry.read(), name)[''] as number
  const atFirst = value('process.uptime')
  await until('the first second', () => value('process.uptime') > atFirst)
  const [uptime, late] = [value('process.uptime'), value('nodejs.eventloop.late_ticks')]
  block(1500)
  await until('a late second', () => value('nodejs.eventloop.late_ticks') > late)
  assert.equal(value('process.uptime'), uptime)
})

test('Active resources are counted by type', () => {
  const registry = new Registry()
  const timer = setTimeout(() => {}, 60_000)
  observeRuntime(registry, only('eventloop'))()
  clearTimeout(timer)
  assert.ok((valuesOf(registry.read(), 'v8js.resource.active').Timeout as number) >= 1)
})

test('Each garbage collection is counted by type, all those that Node hands over at once', async () => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as (options?: object) => void
  const registry = new Registry()
  const seen = { major: 0, minor: 0 }
  const stop = observeRuntime(registry, only('gc'))
  const own = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind } = (entry as { detail?: { kind?: number } }).detail ?? {}
      if (kind === constants.NODE_PERFORMANCE_GC_MAJOR) seen.major++
      if (kind === constants.NODE_PERFORMANCE_GC_MINOR) seen.minor++
    }
  })
  own.observe({ entryTypes: ['gc'] })
  for (let i = 0; i < 5; i++) {
    gc()
    gc({ type: 'minor' })
  }
  await until('all collections', () => seen.major >= 5 && seen.minor >= 5)
  stop()
  own.disconnect()
  const { major = 0, minor = 0 } = valuesOf(registry.read(), 'v8js.gc.duration')
  assert.deepEqual({ major, minor }, seen)
})

test('Warnings are counted by name', async () => {
  const registry = new Registry()
  const stop = observeRuntime(registry, only('failures'))
  const warned = new Promise((resolve) => process.once('warning', resolve))
  process.emitWarning('of this test', 'TestWarning')
  await warned
  await stop()
  assert.deepEqual(valuesOf(registry.read(), 'nodejs.warnings'), { TestWarning: 1 })
})

test('Stopping takes all listeners away, and only the last one who asked for a part stops it', async () => {
  const events = ['exit', 'warning', 'uncaughtExceptionMonitor']
  const listeners = (): number[] => events.map((event) => process.listenerCount(event))
  const before = listeners()
  const registry = new Registry()
  const first = observeRuntime(registry)
  const second = observeRuntime(registry, { gc: false })
  const withOne = listeners()
  assert.deepEqual(
    withOne,
    before.map((count) => count + 1),
  )
  first()
  first()
  assert.deepEqual(listeners(), withOne)
  second()
  assert.deepEqual(listeners(), before)
  const uptime = valuesOf(registry.read(), 'process.uptime')
  // After a second of work, a timer that is left would be due, and not leave it out.
  block(1200)
  await wait(20)
  assert.deepEqual(valuesOf(registry.read(), 'process.uptime'), uptime)
})

test('A measure that throws leaves the app and the others alone, and is tried again', async () => {
  let failed = 0
  let taken = 0
  const stops = [
    eachSecond(() => {
      failed++
      throw new Error('of this test')
    }),
    eachSecond(() => {
      taken++
    }),
  ]
  await until('the next second', () => taken > 1)
  for (const stop of stops) stop()
  assert.equal(failed, taken)
})

test('A thread has its own memory and event loop, and nothing of the process', async () => {
  const worker = new Worker(new URL('fixtures/thread.js', import.meta.url))
  const names = await new Promise<string[]>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  assert.ok(names.includes('nodejs.memory.heap.used') && names.includes('nodejs.eventloop.delay'))
  assert.deepEqual(
    names.filter((name) => /^(process|container)\.|version/.test(name)),
    [],
  )
})

test('Samples are taken in each iteration from the versions on that can do so', () => {
  const able = ['24.19.0', '24.21.0', '26.5.1', '27.0.0']
  const unable = ['20.20.2', '22.23.3', '24.18.9', '25.9.0', '26.4.0']
  assert.deepEqual([...able, ...unable].filter(samplesIterations), able)
})

test('A total that falls, as after a change of what keeps it, is not an error of the counter', () => {
  const registry = new Registry()
  const counter = registry.counter('c')
  raise(counter, 5)
  raise(counter, 3)
  assert.equal(counter.value, 5)
  assert.equal(
    registry.read().families.some(({ name }) => name === 'plimsoll.rejected'),
    false,
  )
})

test('Unknown parts and values are refused', () => {
  assert.throws(() => observeRuntime(new Registry(), { cpu: true } as object), { code: 'PLIMSOLL_OPTION_UNKNOWN' })
  assert.throws(() => observeRuntime(new Registry(), { gc: 1 } as object), { code: 'PLIMSOLL_OPTION_INVALID' })
})
