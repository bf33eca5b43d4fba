import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Registry } from 'plimsoll'
import { childrenByValue, statsFor, sumOfChildren, template } from 'plimsoll/objects'
import { Processor, states, TaskThread } from '../../support/processor.ts'
import { valuesIn } from '../../support/values.ts'

describe('A parent', () => {
  test('sums up the counters and gauges of its children, counts their states and adds up their dictionaries.', () => {
    const registry = new Registry()
    const processor = new Processor(registry)
    const threads = [new TaskThread(processor), new TaskThread(processor), new TaskThread(processor)]
    for (const [i, { stats }] of threads.entries()) {
      stats.finished.inc(i + 1)
      stats.finished.value += 10
      stats.queued.set(10 * i)
      stats.queued.inc()
      stats.byPath.labels({ path: i < 2 ? '/' : '/users' }).inc(i + 1)
    }
    threads[0]?.stats.state.set('processing')
    assert.deepEqual(valuesIn(registry, 'processor.'), {
      'processor.byPath{path=/users}': 3,
      'processor.byPath{path=/}': 3,
      'processor.finished': 36,
      'processor.queued': 33,
      'processor.state{value=done}': 0,
      'processor.state{value=processing}': 1,
      'processor.state{value=waitingForTask}': 2,
      'processor.threads': 0,
    })
    const { stats } = processor
    assert.equal(stats.state.labels({ value: 'waitingForTask' }).value, 2)
    assert.equal(stats.finished.value, 36)
  })

  test('keeps what counters of a child counted that goes, and nothing else of it.', () => {
    const registry = new Registry()
    const processor = new Processor(registry)
    const [stays, goes] = [new TaskThread(processor), new TaskThread(processor)]
    for (const { stats } of [stays, goes]) {
      stats.finished.inc()
      stats.queued.set(7)
      stats.byPath.labels({ path: '/' }).inc()
    }
    goes.stats.state.set('done')
    goes.stats.close()
    goes.stats.finished.inc()
    goes.stats.queued.set(1000)
    goes.stats.state.set('processing')
    goes.stats.byPath.labels({ path: '/' }).inc()
    assert.deepEqual(valuesIn(registry, 'processor.'), {
      'processor.byPath{path=/}': 2,
      'processor.finished': 2,
      'processor.queued': 7,
      'processor.state{value=done}': 0,
      'processor.state{value=processing}': 0,
      'processor.state{value=waitingForTask}': 1,
      'processor.threads': 0,
    })
    assert.equal(Object.keys(valuesIn(registry)).filter((name) => name.includes('thread-1')).length, 0)
  })

  test('passes on to its own parent; one that does not sum up is passed by.', () => {
    const registry = new Registry()
    const site = new (class Site {})()
    const top = statsFor(
      site,
      'site',
      {
        finished: sumOfChildren(template.counter()),
        byPath: sumOfChildren(template.counter({ labels: ['path'] })),
        state: childrenByValue(),
      },
      { registry },
    )
    const hall = {}
    statsFor(hall, 'hall', { finished: template.gauge() as never }, { registry: new Registry() }).close()
    statsFor(hall, 'hall', { visitors: template.gauge() }, { parent: site })
    const middle = {}
    statsFor(
      middle,
      'processor-{}',
      {
        finished: sumOfChildren(template.counter()),
        byPath: sumOfChildren(template.counter({ labels: ['path'] })),
        state: childrenByValue(),
      },
      { parent: hall },
    )
    const [first, second] = [new TaskThread(middle), new TaskThread(middle)]
    const direct = new TaskThread(hall)
    for (const { stats } of [first, second, direct]) {
      stats.finished.inc()
      stats.byPath.labels({ path: '/' }).inc()
    }
    second.stats.state.set('done')
    assert.equal(top.finished.value, 3)
    const name = 'site.hall.processor'
    assert.deepEqual(valuesIn(registry, `${name}.`), {
      [`${name}.byPath{object=/site/hall/processor-0,path=/}`]: 2,
      [`${name}.finished{object=/site/hall/processor-0}`]: 2,
      [`${name}.state{object=/site/hall/processor-0,value=done}`]: 1,
      [`${name}.state{object=/site/hall/processor-0,value=processing}`]: 0,
      [`${name}.state{object=/site/hall/processor-0,value=waitingForTask}`]: 1,
    })
    assert.equal(top.state.labels({ value: 'waitingForTask' }).value, 2)
    assert.equal(top.state.labels({ value: 'done' }).value, 1)
    assert.equal(top.byPath.labels({ path: '/' }).value, 3)
  })

  test('takes all below it along when it goes.', () => {
    const registry = new Registry()
    const site = {}
    const top = statsFor(
      site,
      'site',
      { finished: sumOfChildren(template.counter()), queued: sumOfChildren(template.gauge()) },
      { registry },
    )
    const middle = {}
    const stats = statsFor(middle, 'processor', { finished: sumOfChildren(template.counter()) }, { parent: site })
    const thread = new TaskThread(middle)
    thread.stats.finished.inc()
    thread.stats.queued.set(3)
    stats.close()
    thread.stats.finished.inc()
    thread.stats.queued.set(5)
    assert.deepEqual(valuesIn(registry), { 'site.finished': 1, 'site.queued': 0 })
    assert.equal(top.finished.value, 1)
    thread.stats.close()
    const late = new TaskThread(middle)
    late.stats.finished.inc()
    assert.equal(top.finished.value, 1)
  })

  test('that a class extends sums up what is there already.', () => {
    const registry = new Registry()
    class Counting extends Processor {
      readonly more
      readonly thread: TaskThread
      constructor() {
        super(registry)
        this.thread = new TaskThread(this)
        this.thread.stats.finished.inc(2)
        this.more = statsFor(this, '/processor', {
          latency: template.timer(),
          retries: sumOfChildren(template.counter()),
        })
      }
    }
    const processor = new Counting()
    const site = {}
    statsFor(processor.thread, 'thread-{}', { retries: template.counter() })
    processor.thread.stats.finished.inc()
    const { retries } = statsFor(processor.thread, 'thread-{}', { retries: template.counter() })
    retries.inc(4)
    assert.equal(processor.more.retries.value, 4)
    assert.equal(processor.stats.finished.value, 3)
    assert.equal(statsFor(site, 'site', { n: template.counter() }, { registry }).n.value, 0)
  })

  test('that begins to sum up later has what its children and theirs count by then.', () => {
    const registry = new Registry()
    const [top, middle] = [{}, {}]
    statsFor(top, 'top', { other: template.gauge() }, { registry })
    statsFor(middle, 'middle', { other: template.gauge() }, { parent: top })
    const thread = new TaskThread(middle)
    thread.stats.queued.set(3)
    thread.stats.state.set('done')
    const low = statsFor(middle, 'middle', { queued: sumOfChildren(template.gauge()), state: childrenByValue() })
    const high = statsFor(top, 'top', { queued: sumOfChildren(template.gauge()), state: childrenByValue() })
    const seen = (): unknown[] =>
      [low, high].map(({ queued, state }) => [queued.value, state.labels({ value: 'done' }).value])
    assert.deepEqual(seen(), [
      [3, 1],
      [3, 1],
    ])
    thread.stats.queued.add(2)
    thread.stats.state.set('processing')
    assert.deepEqual(seen(), [
      [5, 0],
      [5, 0],
    ])
    thread.stats.close()
    assert.deepEqual(seen(), [
      [0, 0],
      [0, 0],
    ])
  })

  test('counts texts by what they say, and forgets those that long nobody says.', () => {
    const registry = new Registry()
    const pool = {}
    const stats = statsFor(pool, 'pool', { doing: childrenByValue() }, { registry })
    const workers = Array.from({ length: 3 }, () => {
      return statsFor({}, 'worker-{}', { doing: template.text({ capacity: 16 }) }, { parent: pool })
    })
    for (const { doing } of workers) doing.set('reading')
    assert.equal(stats.doing.labels({ value: 'reading' }).value, 3)
    assert.equal(stats.doing.labels({ value: '' }).value, 0)
    for (let i = 0; i < 1000; i++) workers[0]?.doing.set(`task ${i} of many, which is too long`)
    assert.equal(stats.doing.labels({ value: 'task 999 of many' }).value, 1)
    assert.equal(stats.doing.labels({ value: 'reading' }).value, 2)
    const texts = registry.read().families.find(({ name }) => name === 'pool.doing')?.series.length
    assert(texts !== undefined && texts < 70, `${texts} texts`)
    const sum = Object.entries(valuesIn(registry, 'pool.doing')).reduce((all, [, value]) => all + Number(value), 0)
    assert.equal(sum, 3)
  })

  test('counts texts that are too long for a label by what fits, and texts of any letters as they are shown.', () => {
    const registry = new Registry()
    const pool = {}
    const stats = statsFor(pool, 'pool', { doing: childrenByValue() }, { registry })
    const [first, second] = [1, 2].map(() =>
      statsFor({}, 'worker-{}', { doing: template.text({ capacity: 1200 }) }, { parent: pool }),
    )
    const long = 'x'.repeat(1024)
    const countOf = (value: string): number => stats.doing.labels({ value }).value
    first?.doing.set(`${long}, first`)
    second?.doing.set(`${long}, second`)
    assert.equal(countOf(long), 2)
    for (let i = 0; i < 200; i++) for (const worker of [first, second]) worker?.doing.set(`task ${i}`)
    second?.doing.set(`${long}, second`)
    assert.equal(countOf(long), 1)
    first?.doing.set('größer \ud800')
    assert.equal(countOf('größer \ufffd'), 1)
    const sum = Object.values(valuesIn(registry, 'pool.doing')).reduce((all: number, value) => all + Number(value), 0)
    assert.equal(sum, 2)
  })

  test('has the sums also of what is past the limits of its children, which are those of each.', () => {
    const registry = new Registry()
    const [one, other] = [{}, {}]
    const sums = { byPath: sumOfChildren(template.counter({ labels: ['path'], maxSeries: 3 })) }
    const own = { byPath: template.counter({ labels: ['path'], maxSeries: 2 }) }
    statsFor(one, 'pool-{}', sums, { registry })
    statsFor(other, 'pool-{}', sums, { registry })
    const children = [one, one, other].map((parent) => statsFor({}, 'worker-{}', own, { parent }))
    for (const [i, { byPath }] of children.entries()) {
      for (const path of ['/a', '/b', `/c${i}`, '/d', '/d']) byPath.labels({ path }).inc()
    }
    assert.deepEqual(valuesIn(registry, 'pool.'), {
      'pool.byPath{object=/pool-0,path=/a}': 2,
      'pool.byPath{object=/pool-0,path=/b}': 2,
      'pool.byPath{object=/pool-1,path=/a}': 1,
      'pool.byPath{object=/pool-1,path=/b}': 1,
      'pool.byPath{overflow=true}': 9,
    })
    assert.deepEqual(valuesIn(registry, 'pool.worker.'), {
      'pool.worker.byPath{object=/pool-0/worker-0,path=/a}': 1,
      'pool.worker.byPath{object=/pool-0/worker-0,path=/b}': 1,
      'pool.worker.byPath{object=/pool-0/worker-1,path=/a}': 1,
      'pool.worker.byPath{object=/pool-0/worker-1,path=/b}': 1,
      'pool.worker.byPath{object=/pool-1/worker-0,path=/a}': 1,
      'pool.worker.byPath{object=/pool-1/worker-0,path=/b}': 1,
      'pool.worker.byPath{overflow=true}': 9,
    })
    const levels = { levels: sumOfChildren(template.gauge({ labels: ['of'], maxSeries: 2 })) }
    statsFor(one, 'pool-{}', levels)
    const gauges = statsFor(
      {},
      'tank-{}',
      { levels: template.gauge({ labels: ['of'], maxSeries: 1 }) },
      { parent: one },
    )
    for (const of of ['water', 'oil', 'air']) gauges.levels.labels({ of }).set(5)
    assert.equal(valuesIn(registry)['pool.tank.levels{overflow=true}'], 5)
    assert.deepEqual(valuesIn(registry, 'pool.levels'), {
      'pool.levels{object=/pool-0,of=water}': 5,
      'pool.levels{overflow=true}': 5,
    })
    gauges.close()
    assert.deepEqual(valuesIn(registry, 'pool.levels'), {
      'pool.levels{object=/pool-0,of=water}': 0,
      'pool.levels{overflow=true}': 0,
    })
    assert.equal(valuesIn(registry)['pool.tank.levels{overflow=true}'], undefined)
  })

  test('forgets gauges by label in which long nobody counts any more.', () => {
    const registry = new Registry()
    const pool = {}
    const { queued } = statsFor(
      pool,
      'pool',
      { queued: sumOfChildren(template.gauge({ labels: ['queue'] })) },
      { registry },
    )
    for (let i = 0; i < 500; i++) {
      const stats = statsFor({}, 'worker-{}', { queued: template.gauge({ labels: ['queue'] }) }, { parent: pool })
      stats.queued.labels({ queue: `queue ${i}` }).set(3)
      stats.queued.labels({ queue: 'common' }).add(1)
      if (i > 0) stats.close()
    }
    assert.equal(queued.labels({ queue: 'common' }).value, 1)
    assert.equal(queued.labels({ queue: 'queue 0' }).value, 3)
    const left = Object.values(valuesIn(registry, 'pool.'))
    assert(left.length < 70, `${left.length} queues`)
    assert.equal(
      left.reduce((sum: number, value) => sum + Number(value), 0),
      4,
    )
  })

  test('sums up flags as how many are set.', () => {
    const registry = new Registry()
    const pool = {}
    const { busy } = statsFor(pool, 'pool', { busy: sumOfChildren(template.gauge({ type: 'bool' })) }, { registry })
    const workers = [1, 2, 3].map(() =>
      statsFor({}, 'worker-{}', { busy: template.gauge({ type: 'bool' }) }, { parent: pool }),
    )
    for (const worker of workers) worker.busy.set(true)
    workers[0]?.busy.set(false)
    workers[1]?.busy.set(2)
    workers[1]?.busy.add(0.5)
    assert.equal(busy.value, 2)
  })

  test('refuses to sum up what it cannot, by the line of the child.', () => {
    const registry = new Registry()
    const processor = new Processor(registry)
    const child = (templates: Parameters<typeof statsFor>[2]) => () =>
      statsFor({}, 'odd-{}', templates, { parent: processor })
    const refused = { code: 'PLIMSOLL_OPTION_INVALID' }
    assert.throws(child({ finished: template.gauge() }), refused)
    assert.throws(child({ finished2: template.counter(), finished: template.counter({ labels: ['path'] }) }), refused)
    assert.throws(child({ byPath: template.counter({ labels: ['route'] }) }), refused)
    assert.throws(child({ queued: template.gauge({ extremes: true }) }), refused)
    assert.throws(child({ state: template.timer() }), refused)
    assert.throws(child({ state: template.state({ states, labels: ['of'] }) }), refused)
    assert.throws(() => sumOfChildren(template.timer() as never), refused)
    assert.throws(() => sumOfChildren(template.gauge({ aggregation: 'last' })), refused)
    assert.throws(
      child({ finished: template.gauge() }),
      /Invalid finished for \/processor\/odd-0: a gauge\. Expected a plain counter/,
    )
  })
})
