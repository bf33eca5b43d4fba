import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Publication, publish, Registry } from 'plimsoll'
import { type Fleet, fleet } from 'plimsoll/fleet'
import type { Labels } from 'plimsoll/snapshot'
import { ManualClock } from 'plimsoll/testing'
import { mappingUnavailable } from '#src/os/map.ts'
import { endPublication } from '../support/ended.ts'

const skip = mappingUnavailable()?.message ?? false

interface Writer {
  /** Decides how it declares what writers declare differently. */
  readonly isOdd: boolean
  readonly registry: Registry
  readonly publication: Publication
}

interface World {
  readonly dir: string
  readonly clock: ManualClock
  readonly writers: Writer[]
  /** The same pages: one adds up columns, the other objects. */
  readonly byColumns: Fleet
  readonly byObjects: Fleet
}

type Step = (world: World) => void

interface Family<S> {
  labels(labels: Labels): S
  remove(labels: Labels): void
}

interface Metric {
  record(writer: Writer, to: string, value: number): void
  remove(writer: Writer, to: string): void
}

function metric<S>(
  declare: (writer: Writer) => Family<S>,
  record: (series: S, value: number) => void,
  nameOf: (writer: Writer) => string = () => 'to',
): Metric {
  return {
    record: (writer, to, value) => record(declare(writer).labels({ [nameOf(writer)]: to }), value),
    remove: (writer, to) => declare(writer).remove({ [nameOf(writer)]: to }),
  }
}

const labels = ['to'] as const
const aggregations = ['sum', 'min', 'max', 'mean', 'last', 'process'] as const
const differing = ({ isOdd }: Writer): string => (isOdd ? 'from' : 'to')

/** Kinds that stand in columns, and others. */
const metrics: readonly Metric[] = [
  metric(
    ({ registry }) => registry.counter('jobs', { labels }),
    (jobs, value) => jobs.add(value),
  ),
  metric(
    ({ registry }) => registry.counter('few', { labels, maxSeries: 2 }),
    (few, value) => few.add(value),
  ),
  metric(
    ({ registry }) => registry.counter('expiring', { labels, expireAfterSeconds: 60 }),
    (expiring, value) => expiring.add(value),
  ),
  ...aggregations.map((aggregation) =>
    metric(
      ({ registry }) => registry.gauge(`gauge.${aggregation}`, { labels, aggregation }),
      (gauge, value) => gauge.set(value),
    ),
  ),
  metric(
    ({ registry }) => registry.gauge('extreme', { labels, extremes: true }),
    (gauge, value) => gauge.set(value),
  ),
  metric(
    ({ registry }) => registry.meter('hits', { labels }),
    (hits, value) => hits.mark(value),
  ),
  metric(
    ({ registry }) => registry.average('size', { labels }),
    (size, value) => size.record(value),
  ),
  metric(
    ({ registry }) => registry.average('recent.size', { labels, window: { seconds: 60 } }),
    (size, value) => size.record(value),
  ),
  metric(
    ({ registry }) => registry.timer('took', { labels }),
    (took, value) => took.record(value),
  ),
  metric(
    ({ registry }) => registry.text('note', { labels }),
    (note, value) => note.set(`${value}`),
  ),
  // The same name as another kind, and with other labels.
  metric<(value: number) => void>(
    ({ registry, isOdd }) => {
      const family = isOdd ? registry.counter('contested', { labels }) : registry.gauge('contested', { labels })
      return {
        labels(one) {
          const series = family.labels(one as { to: string })
          return (value) => ('set' in series ? series.set(value) : series.add(value))
        },
        remove: (one) => family.remove(one as { to: string }),
      }
    },
    (record, value) => record(value),
  ),
  metric(
    (writer) => writer.registry.gauge('differing', { labels: [differing(writer)], removeAtZero: true }),
    (gauge, value) => gauge.set(value),
    differing,
  ),
]

const which = fc.nat({ max: 7 })
const to = fc.integer({ min: 0, max: 4 }).map(String)
const amount = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.double({ min: 0, max: 1e300, noNaN: true }))
const any = fc.constantFrom(...metrics)

function onWriter(number: number, act: (writer: Writer) => void): Step {
  return ({ writers }) => act(writers[number % writers.length] as Writer)
}

function begin({ dir, clock, writers }: World): void {
  const registry = new Registry({ clock })
  const publication = publish({ registry, dir, app: 'shop', compact: false, onWarning: () => {} })
  writers.push({ isOdd: writers.length % 2 === 1, registry, publication })
}

/** What the page of a writer is like while it cannot be read: its last values count. */
function whileDamaged({ publication: { file } }: Writer, act: () => void): void {
  const fd = openSync(file as string, 'r+')
  const first = Buffer.alloc(8)
  readSync(fd, first, 0, first.length, 0)
  writeSync(fd, Buffer.alloc(8), 0, first.length, 0)
  act()
  writeSync(fd, first, 0, first.length, 0)
  closeSync(fd)
}

function look({ byColumns, byObjects }: World): void {
  assert.deepEqual(byColumns.read(), byObjects.readParts().total)
}

const recording: fc.Arbitrary<Step> = fc
  .tuple(which, any, to, amount)
  .map(([number, one, to, value]) => onWriter(number, (writer) => one.record(writer, to, value)))
const removal: fc.Arbitrary<Step> = fc
  .tuple(which, any, to)
  .map(([number, one, to]) => onWriter(number, (writer) => one.remove(writer, to)))
const passing: fc.Arbitrary<Step> = fc.constantFrom(1, 30, 61).map((seconds) => ({ clock, writers }) => {
  clock.advance(seconds)
  for (const { registry } of writers) registry.tick()
})
const change: fc.Arbitrary<Step> = which.map((number) => (world) => {
  if (world.writers.length < 4) begin(world)
  else endPublication((world.writers.splice(number % 4, 1)[0] as Writer).publication)
})
const damage: fc.Arbitrary<Step> = which.map(
  (number) => (world) => whileDamaged(world.writers[number % world.writers.length] as Writer, () => look(world)),
)
const step = fc.oneof(
  { weight: 20, arbitrary: recording },
  { weight: 4, arbitrary: removal },
  { weight: 2, arbitrary: passing },
  { weight: 2, arbitrary: change },
  { weight: 1, arbitrary: damage },
)

test('a sum is the same whether pages are added up by columns or by objects', { skip }, () => {
  const property = fc.property(fc.array(step, { minLength: 20, maxLength: 40 }), (steps) => {
    const dir = mkdtempSync(join(tmpdir(), 'plimsoll-columns-'))
    const clock = new ManualClock(Date.now() / 1000)
    const [byColumns, byObjects] = [fleet('shop', { dir, clock }), fleet('shop', { dir, clock })]
    const world: World = { dir, clock, writers: [], byColumns, byObjects }
    const all: Writer[] = []
    try {
      for (let i = 0; i < 2; i++) begin(world)
      for (const one of steps) {
        one(world)
        all.push(...world.writers)
        look(world)
      }
    } finally {
      for (const { publication } of new Set([...all, ...world.writers])) publication.close()
      byColumns.close()
      byObjects.close()
      rmSync(dir, { recursive: true })
    }
  })
  fc.assert(property, { numRuns: 10 })
})
