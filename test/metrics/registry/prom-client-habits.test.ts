import assert from 'node:assert/strict'
import { on } from 'node:events'
import { afterEach, describe, test } from 'node:test'
import * as plimsoll from 'plimsoll'
import { Registry } from 'plimsoll'
import { statsFor, template } from 'plimsoll/objects'
import { ManualClock } from 'plimsoll/testing'

// No type keeps anything away.
// biome-ignore lint/suspicious/noExplicitAny: that is the point.
type Any = any

/** The series of a family, or nothing where it has none. */
function seriesOf(registry: Registry, name: string): unknown {
  return registry.read().families.find((family) => family.name === name)?.series
}

/** Rejected calls of a family, by reason. */
function rejected(registry: Registry): unknown {
  const series = (seriesOf(registry, 'plimsoll.rejected') ?? []) as Any[]
  return Object.fromEntries(series.map(({ labels, value }) => [labels.reason, value]))
}

/** The next warning that begins so. */
async function nextWarning(begin: string): Promise<{ readonly code: string; readonly message: string }> {
  for await (const [warning] of on(process, 'warning')) if (warning.message.startsWith(begin)) return warning
  throw new Error('no warning')
}

describe('As users of prom-client write it,', () => {
  const clock = new ManualClock()
  const registry = new Registry({ clock })

  test('a family counts with labels and an amount in one call.', () => {
    const requests = registry.counter('requests', { labels: ['method', 'status'] })
    requests.inc({ method: 'GET', status: 200 })
    requests.inc({ method: 'GET', status: '200' }, 2)
    assert.deepEqual(seriesOf(registry, 'requests'), [{ labels: { method: 'GET', status: '200' }, value: 3 }])
    const open = registry.gauge('open', { labels: ['kind'] })
    open.set({ kind: 'http' }, 5)
    open.inc({ kind: 'http' })
    open.dec({ kind: 'http' }, 2)
    assert.deepEqual(seriesOf(registry, 'open'), [{ labels: { kind: 'http' }, value: 4 }])
  })

  test('histograms and timers observe values, with and without labels.', () => {
    for (const histogram of [
      registry.histogram('plain'),
      registry.histogram('given', { buckets: [1, 10] }),
      registry.timer('timer'),
    ]) {
      histogram.observe(0.5)
      histogram.observe(Number.NaN)
      assert.deepEqual([histogram.count, histogram.sum], [1, 0.5])
    }
    const sizes = registry.histogram('sizes', { labels: ['method'] })
    sizes.observe({ method: 'GET' }, 100)
    assert.equal(sizes.labels({ method: 'GET' }).sum, 100)
  })

  test('a run that was begun with some labels ends with the others, and is recorded once.', () => {
    const requests = registry.timer('runs', { labels: ['method', 'status'] })
    const end = requests.startTimer({ method: 'GET' })
    clock.advance(0.25)
    assert.equal(end({ status: 200 }), 0.25)
    clock.advance(1)
    assert.equal(end({ status: 500 }), 0.25)
    assert.equal(requests.seriesCount, 1)
    assert.equal(requests.labels({ method: 'GET', status: 200 }).sum, 0.25)
    const done = registry.timer('run').startTimer()
    clock.advance(2)
    assert.equal(done(), 2)
    assert.equal(registry.timer('run').sum, 2)
  })
})

describe('What users of prom-client write is refused with the remedy, and counted nowhere else,', () => {
  let registry = new Registry()
  afterEach(() => {
    registry = new Registry()
  })

  test('where label values come without their names, to record and to remove.', async () => {
    const requests = registry.counter('requests', { labels: ['method', 'status'] })
    const warning = nextWarning('Unexpected argument for metric requests')
    for (const values of [['GET', '200'], ['GET'], [['GET', '200']], [undefined], [null], [7], []]) {
      ;(requests as Any).labels(...values).inc()
    }
    ;(requests as Any).remove('GET', '200')
    ;(requests as Any).inc()
    assert.equal(requests.seriesCount, 0)
    assert.deepEqual(rejected(registry), { labels: 9 })
    const { code, message } = await warning
    assert.equal(code, 'PLIMSOLL_CALL_REJECTED')
    assert.match(message, /^Unexpected argument for metric requests: "GET"\. .* labels\(\{ method: …, status: … \}\)/)
  })

  test('where a statistic of an object gets label values without their names.', () => {
    const { hits } = statsFor({}, 'cache', { hits: template.counter({ labels: ['key'] }) }, { registry })
    ;(hits as Any).labels('a').inc()
    assert.deepEqual(seriesOf(registry, 'cache.hits'), [])
    assert.deepEqual(rejected(registry), { labels: 1 })
  })

  test('where labels come to a metric that has none.', async () => {
    const warning = nextWarning('Unexpected argument for metric mails')
    const mails = registry.counter('mails') as Any
    const open = registry.gauge('open') as Any
    for (const call of [
      () => mails.inc({ to: 'crew' }),
      () => mails.inc({ to: 'crew' }, 2),
      () => open.set({ to: 'crew' }, 5),
      () => open.dec({ to: 'crew' }),
      () => (registry.histogram('sizes') as Any).observe({ to: 'crew' }, 5),
      () => (registry.timer('runs') as Any).observe({ to: 'crew' }, 5),
    ]) {
      call()
    }
    assert.equal(mails.value, 0)
    const series = seriesOf(registry, 'plimsoll.rejected') as Any[]
    assert.deepEqual(
      series.map(({ labels, value }) => [labels.family, labels.reason, value]),
      [
        ['mails', 'value', 2],
        ['open', 'value', 2],
        ['sizes', 'value', 1],
        ['runs', 'value', 1],
      ],
    )
    assert.match((await warning).message, /^Unexpected argument for metric mails: \{"to":"crew"\}/)
  })

  test('where a label is missing, with one warning.', async () => {
    const requests = registry.counter('requests', { labels: ['method', 'status'] })
    const warnings: string[] = []
    const keep = ({ message }: Error) => warnings.push(message)
    process.on('warning', keep)
    for (let i = 0; i < 3; i++) requests.inc({ method: 'GET', staus: 200 } as never)
    const last = nextWarning('the last')
    process.emitWarning('the last')
    await last
    process.off('warning', keep)
    assert.deepEqual(rejected(registry), { missing_label: 3 })
    assert.deepEqual(
      warnings.map((message) => message.slice(0, 60)),
      ['Unexpected argument for metric requests: {"method":"GET","staus":200}', 'the last'].map((text) =>
        text.slice(0, 60),
      ),
    )
  })

  test('where a declaration has the options of prom-client.', () => {
    const message = (options: object): string => {
      try {
        ;(registry.gauge as Any)('g', options)
      } catch (error) {
        return (error as Error).message
      }
      return 'accepted'
    }
    assert.match(message({ labelNames: ['a'] }), /Did you mean "labels"\? Known options: help, unit, /)
    assert.match(message({ collect: () => {} }), /observe\(fn\)\. Known/)
    assert.match(message({ aggregator: 'max' }), /Did you mean "aggregation"\?/)
    assert.match(message({ registers: [] }), /registry\.counter\(name\)\. Known/)
    for (const name of [{ name: 'g', help: 'text' }, undefined]) {
      assert.throws(() => (plimsoll.counter as Any)(name), {
        code: 'PLIMSOLL_NAME_INVALID',
        message: / Pass the name first, as in timer\("web\.latency", \{ help/,
      })
    }
  })

  test('where a class of metrics would be made by hand: there is none.', () => {
    const classes = Object.entries(plimsoll).filter(([, value]) => /^class /.test(String(value)))
    assert.deepEqual(
      classes.map(([name]) => name),
      ['PlimsollError', 'Registry'],
    )
  })
})
