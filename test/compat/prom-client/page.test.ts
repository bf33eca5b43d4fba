import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { counter, defaultRegistry, publish } from 'plimsoll'
import { AggregatorRegistry, Counter, Gauge, Histogram, Registry, register, Summary } from 'plimsoll/prom-client'

/** The series of a family in the default registry, which is what a page has. */
// biome-ignore lint/suspicious/noExplicitAny: of any kind.
function seriesOf(name: string): any[] {
  return (defaultRegistry.read().families.find((family) => family.name === name)?.series ?? []) as unknown[]
}

function valuesOf(name: string): unknown[] {
  return seriesOf(name).map(({ labels, value }) => ({ ...labels, value }))
}

describe('In the page of the process,', () => {
  afterEach(() => register.clear())

  test('a counter has its labels in declared order, and no label where one is missing.', () => {
    const requests = new Counter({ name: 'requests_total', help: 'Requests', labelNames: ['method', 'code'] })
    requests.inc({ code: 200, method: 'GET' })
    requests.inc({ method: 'GET', code: '200' }, 2)
    requests.labels('POST', '500').inc(5)
    requests.inc({ method: 'PUT' })
    assert.deepEqual(valuesOf('requests_total'), [
      { method: 'GET', code: '200', value: 3 },
      { method: 'POST', code: '500', value: 5 },
      { method: 'PUT', code: '', value: 1 },
    ])
  })

  test('histograms have the declared buckets, in seconds where the name says so, and summaries exponential ones.', () => {
    const durations = new Histogram({ name: 'duration_seconds', help: 'Durations', buckets: [10, 0.1, 1] })
    durations.observe(0.5)
    const sizes = new Summary({ name: 'size_bytes', help: 'Sizes' })
    sizes.observe(1024)
    const [family] = defaultRegistry.read().families.filter(({ name }) => name === 'duration_seconds')
    assert.equal(family?.unit, 's')
    assert.deepEqual(seriesOf('duration_seconds')[0].buckets, { bounds: [0.1, 1, 10], counts: [0, 1, 0, 0] })
    assert.deepEqual([seriesOf('size_bytes')[0].count, seriesOf('size_bytes')[0].sum], [1, 1024])
  })

  test('names and labels that plimsoll does not take are spelled otherwise, and the text has them as declared.', async () => {
    const gauge = new Gauge({ name: ':queue:length', help: 'Length', labelNames: ['le', '__zone'] })
    gauge.set({ le: 'a', __zone: 'b' }, 3)
    assert.deepEqual(valuesOf('queue_length'), [{ label_le: 'a', label_zone: 'b', value: 3 }])
    assert.match(await register.metrics(), /^:queue:length\{le="a",__zone="b"\} 3$/m)
  })

  test('a gauge has the last finite value, and the text the one that was set.', async () => {
    const gauge = new Gauge({ name: 'ratio', help: 'Ratio' })
    gauge.set(0.5)
    gauge.set(Number.NaN)
    assert.deepEqual(valuesOf('ratio'), [{ value: 0.5 }])
    assert.match(await register.metrics(), /^ratio Nan$/m)
    gauge.set(1)
    assert.match(await register.metrics(), /^ratio 1$/m)
  })

  test('values below 0 are in the text of a summary alone.', async () => {
    const summary = new Summary({ name: 'drift', help: 'Drift', percentiles: [0.5] })
    for (const value of [-2, -1, 1, 2]) summary.observe(value)
    assert.equal(seriesOf('drift')[0].count, 2)
    assert.match(await register.metrics(), /^drift\{quantile="0.5"\} -?0(\.0\d+)?\ndrift_sum 0\ndrift_count 4$/m)
  })

  test('a series that is removed is gone, and one that is recorded in again begins at zero.', () => {
    const jobs = new Counter({ name: 'jobs', help: 'Jobs', labelNames: ['queue'] })
    const mail = jobs.labels('mail')
    mail.inc(3)
    jobs.remove('mail')
    assert.deepEqual(valuesOf('jobs'), [])
    mail.inc()
    assert.deepEqual(valuesOf('jobs'), [{ queue: 'mail', value: 1 }])
  })

  test('a counter that is kept counts where its series is: before it is published, in a page, unseen, and seen again.', async (t) => {
    const jobs = new Counter({ name: 'kept_jobs', help: 'Jobs', labelNames: ['queue', 'zone'] })
    const mail = jobs.labels('mail', 'a')
    const others = [jobs.labels('mail', 'a'), jobs.labels({ zone: 'a', queue: 'mail' })]
    const { inc } = mail
    let expected = 0
    const countAll = (): void => {
      for (const one of [mail, ...others]) one.inc()
      inc()
      expected += 4
    }
    countAll()
    assert.equal(jobs.labels({ queue: 'mail', zone: 'a' }), mail)
    const dir = await mkdtemp(join(tmpdir(), 'plimsoll-kept-'))
    t.after(() => rm(dir, { recursive: true }))
    const page = publish({ app: 'kept', dir })
    countAll()
    assert.deepEqual(valuesOf('kept_jobs'), [{ queue: 'mail', zone: 'a', value: expected }])
    page.close()
    countAll()
    assert.deepEqual(valuesOf('kept_jobs'), [{ queue: 'mail', zone: 'a', value: expected }])
    register.removeSingleMetric('kept_jobs')
    countAll()
    assert.deepEqual((await jobs.get()).values, [{ labels: { queue: 'mail', zone: 'a' }, value: expected }])
    register.registerMetric(jobs)
    countAll()
    assert.deepEqual(valuesOf('kept_jobs'), [{ queue: 'mail', zone: 'a', value: expected }])
    jobs.reset()
    expected = 0
    countAll()
    assert.deepEqual(valuesOf('kept_jobs'), [{ queue: 'mail', zone: 'a', value: expected }])
  })

  test('a gauge that is reset and set again keeps its series; what is not set again is removed at the next reset.', () => {
    const active = new Gauge({ name: 'active', help: 'Active', labelNames: ['type'] })
    active.set({ type: 'a' }, 1)
    active.set({ type: 'b' }, 2)
    active.reset()
    active.set({ type: 'a' }, 5)
    assert.deepEqual(valuesOf('active'), [
      { type: 'a', value: 5 },
      { type: 'b', value: 0 },
    ])
    active.reset()
    active.set({ type: 'a' }, 6)
    assert.deepEqual(valuesOf('active'), [{ type: 'a', value: 6 }])
  })

  test('a metric without a registry is not seen until it is registered, and then with what it counted.', () => {
    const hidden = new Counter({ name: 'later', help: 'Later', registers: [] })
    hidden.inc(2)
    assert.deepEqual(valuesOf('later'), [])
    register.registerMetric(hidden)
    hidden.inc()
    assert.deepEqual(valuesOf('later'), [{ value: 3 }])
  })

  test('the first of two metrics of one name is seen, and the other one has its own text.', async () => {
    const other = new Registry()
    new Counter({ name: 'twice', help: 'Twice' }).inc(1)
    new Counter({ name: 'twice', help: 'Twice', registers: [other] }).inc(10)
    assert.deepEqual(valuesOf('twice'), [{ value: 1 }])
    assert.match(await register.metrics(), /^twice 1$/m)
    assert.match(await other.metrics(), /^twice 10$/m)
  })

  test('a metric of the app itself keeps its name.', async () => {
    counter('own.total'.replace('.', '_')).inc(7)
    new Counter({ name: 'own_total', help: 'Own' }).inc()
    assert.deepEqual(valuesOf('own_total'), [{ value: 7 }])
    assert.match(await register.metrics(), /^own_total 1$/m)
  })

  test('a cleared metric goes on unseen with its values, and a new one of that name begins at zero.', async () => {
    const before = new Summary({ name: 'cleared', help: 'Cleared', labelNames: ['kind'], percentiles: [0.5] })
    before.observe({ kind: 'a' }, 8)
    register.clear()
    before.observe({ kind: 'a' }, 8)
    const after = new Summary({ name: 'cleared', help: 'Cleared', labelNames: ['kind'], percentiles: [0.5] })
    after.observe({ kind: 'a' }, 2)
    assert.deepEqual([seriesOf('cleared')[0].count, seriesOf('cleared')[0].sum], [1, 2])
    assert.deepEqual(
      (await before.get()).values.map(({ value }) => value),
      [8, 16, 2],
    )
  })

  test('a cleared metric may be declared otherwise.', () => {
    new Counter({ name: 'changed', help: 'Changed' }).inc()
    register.clear()
    new Gauge({ name: 'changed', help: 'Changed', labelNames: ['a'] }).set({ a: 'x' }, 2)
    assert.deepEqual(valuesOf('changed'), [{ a: 'x', value: 2 }])
  })

  test('registries that are merged for one scrape do not keep a metric there.', () => {
    new Counter({ name: 'merged', help: 'Merged' }).inc()
    Registry.merge([register, new Registry()])
    register.removeSingleMetric('merged')
    new Counter({ name: 'merged', help: 'Merged' }).inc(5)
    assert.deepEqual(valuesOf('merged'), [{ value: 5 }])
  })

  test('a metric that nobody can record into any more leaves its name to the next one.', async () => {
    setFlagsFromString('--expose-gc')
    const collectGarbage = runInNewContext('gc') as () => void
    ;(() => new Counter({ name: 'job_runs', help: 'Runs', registers: [new Registry()] }).inc(3))()
    for (let again = 0; again < 50 && seriesOf('job_runs')[0]?.value !== 0; again++) {
      collectGarbage()
      await nextTurn()
    }
    new Counter({ name: 'job_runs', help: 'Runs', registers: [new Registry()] }).inc()
    assert.deepEqual(valuesOf('job_runs'), [{ value: 1 }])
  })
})

test('Registries of the cluster must be registries.', () => {
  AggregatorRegistry.setRegistries([register])
  assert.throws(() => AggregatorRegistry.setRegistries({} as Registry), /^TypeError: Expected Registry, got object$/)
})
