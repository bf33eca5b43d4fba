import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DistributionSeries, FamilySnapshot, Snapshot } from 'plimsoll/snapshot'
import { checkFields } from '#src/cli/select/check-fields.ts'
import { type Field, parseFields, withoutPatterns } from '#src/cli/select/field.ts'
import { fieldValue, humanValue, plainValue } from '#src/cli/select/field-value.ts'
import { PageFilter } from '#src/cli/select/page-filter.ts'
import { type AppReading, Watch } from '#src/cli/view/watch.ts'
import { everyMeasure } from '../support/measures.ts'

const [page] = everyMeasure.pages
const parseField = (text: string): Field => parseFields(text)[0] as Field
const pages = page === undefined ? [] : [{ ...page, file: '/p/shop-7-0.page' }]
const before: Snapshot = { ...everyMeasure, pages }

/** The same page, a bit later. */
const after: Snapshot = {
  ...before,
  families: before.families.map((family): FamilySnapshot => {
    if (family.kind === 'meter')
      return { ...family, series: family.series.map((one) => ({ ...one, value: one.value + 10 })) }
    if (family.kind === 'average') {
      return { ...family, series: family.series.map((one) => ({ ...one, count: one.count + 2, sum: one.sum + 1024 })) }
    }
    return family
  }),
}

function withTimers(snapshot: Snapshot, change: (series: DistributionSeries) => DistributionSeries): Snapshot {
  const families = snapshot.families.map((family): FamilySnapshot => {
    return family.kind === 'timer' ? { ...family, series: family.series.map(change) } : family
  })
  return { ...snapshot, families }
}

function lookTwice(): AppReading {
  const watch = new Watch()
  watch.add([before], new Set())
  return watch.add([after], new Set())[0] as AppReading
}

const look = lookTwice()
const shown = (text: string, write = humanValue): string => write(fieldValue(parseField(text), look, 4))

for (const [field, human, plain] of [
  ['jobs.done', '5/s', '5'],
  ['jobs.done.count', '20', '20'],
  ['jobs.done.total', '147', '147'],
  ['jobs.done.value', '147', '147'],
  ['jobs.done.m1', '2/s', '2'],
  ['jobs.done{queue=old}.m1', '-', '-'],
  ['jobs.size', '512 B', '512'],
  ['jobs.size.mean', '512 B', '512'],
  ['jobs.size.window', '1 KiB', '1024'],
  ['jobs.size.total', '6', '6'],
  ['jobs.size.rate', '0.500/s', '0.5'],
  ['pool.state', 'busy', 'busy'],
  ['pool.state{pool=gone}', '-', '-'],
  ['pool.state.users', '3', '3'],
  ['jobs.done{queue=m*}.count', '10', '10'],
  ['queue.length', '12', '12'],
  ['queue.length.5m.max', '90', '90'],
  ['cache.warm', 'true', '1'],
  ['cache.warm{process=8-2}.value', 'false', '0'],
  ['web.latency', '0/s', '0'],
  ['web.latency.m5', '1.50/s', '1.5'],
  ['web.latency.p99', '-', '-'],
  ['web.latency.1m.p99', '841 ms', '0.840896'],
  ['web.latency.1m.rate', '0.020/s', '0.02'],
  ['web.latency.1m.stddev', '90.9 ms', '0.0908964'],
  ['web.latency.5m.p99.9', '-', '-'],
  ['web.latency.total', '4', '4'],
] as const) {
  test(`the field ${field} shows ${human}, in a pipe ${plain}`, () => {
    assert.equal(shown(field), human)
    assert.equal(shown(field, plainValue), plain)
  })
}

test('a quantile of the last minute lies within the extremes since the start', () => {
  const snapshot = withTimers(before, (series) => ({ ...series, max: 0.8 }))
  const watch = new Watch()
  watch.add([snapshot], new Set())
  const [quiet] = watch.add([snapshot], new Set())
  assert.equal(plainValue(fieldValue(parseField('web.latency.1m.p99'), quiet as AppReading, 1)), '0.8')
})

test('a timer without rates has no m1, instead of the first percentile', () => {
  const grown = { ...look, grown: withTimers(before, ({ rates: _, recent: __, ...others }) => others) }
  assert.equal(fieldValue(parseField('web.latency.m1'), grown, 1), undefined)
  assert.equal(fieldValue(parseField('web.latency.1m.p99'), grown, 1), undefined)
})

test('a statistic that a kind does not have is told with those that it has', () => {
  const messages = ['pool.state.p99', 'build', 'jobs.size.window', 'web.hits.1m.p99'].flatMap((text) =>
    checkFields([parseField(text)], [[before]]).map(({ message }) => message),
  )
  assert.deepEqual(
    messages.map((message) => message.replace(/^Invalid field for plimsoll poll: /, '')),
    [
      '"pool.state.p99". Expected "pool.state" alone or with one of value, users, seconds.<state> (kind: state).',
      '"build". Expected another metric: use "plimsoll show" for constants.',
      '"web.hits.1m.p99". Expected "web.hits" alone or with one of rate, count, total, value (kind: counter).',
    ],
  )
})

test('pages are chosen by states, counts of meters, bools and constants', () => {
  const chosen = (pattern: string): number => new PageFilter([pattern]).choose([before]).length
  const fitting = ['pool.state=busy', 'jobs.done=120', 'cache.warm=true', 'cache.warm=1', 'version=1.4.0', 'jobs']
  assert.deepEqual(fitting.map(chosen), [1, 1, 1, 1, 1, 1])
  assert.deepEqual(['pool.state=idle', 'jobs.done=1', 'jobs.size=4', 'version=2'].map(chosen), [0, 0, 0, 0])
})

test('a pattern becomes a field for each family that fits, and stays as it is where none does', () => {
  const names = new Set(before.families.map(({ name }) => name))
  const texts = withoutPatterns(parseFields('jobs.*.count,none.*'), names).map(({ text }) => text)
  assert.deepEqual(texts, ['jobs.done.count', 'jobs.size.count', 'none.*'])
})

test('a field has no comparison, which is for filters of pages', () => {
  assert.throws(() => parseFields('jobs.done > 3'), {
    message: /"jobs\.done > 3"\. Expected a field without a comparison/,
  })
  const chosen = (text: string): number => new PageFilter([text]).choose([before]).length
  assert.deepEqual(['jobs.done > 100', 'jobs.done > 121', '{version=1.4.0}', '{version=2}'].map(chosen), [1, 0, 1, 0])
})
