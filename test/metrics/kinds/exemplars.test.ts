import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type ExemplarLabels, publish, Registry } from 'plimsoll'
import { formatOpenMetrics } from 'plimsoll/formats'
import { readPage } from 'plimsoll/page'
import type { Exemplar, Snapshot } from 'plimsoll/snapshot'
import { ManualClock } from 'plimsoll/testing'
import { exemplarLabelsCell } from '#src/snapshot/kinds/exemplar.ts'

const dir = mkdtempSync(join(tmpdir(), 'plimsoll-exemplars-'))
after(() => rmSync(dir, { recursive: true }))

function exemplarsOf({ families }: Snapshot, name: string): readonly Exemplar[] | undefined {
  const family = families.find((one) => one.name === name)
  assert(family?.kind === 'counter' || family?.kind === 'histogram' || family?.kind === 'timer')
  return family.series[0]?.exemplars
}

function rejected(registry: Registry): unknown {
  return registry.read().families.find(({ name }) => name === 'plimsoll.rejected')?.series
}

test('A histogram keeps the last exemplar of each octave, of zero, and of each given bucket', () => {
  const clock = new ManualClock(1000)
  const registry = new Registry({ clock })
  const octaves = registry.histogram('octaves', { exemplars: true })
  const bounds = registry.histogram('bounds', { exemplars: true, buckets: [-1, 5] })
  const timer = registry.timer('timer', { exemplars: true })
  for (const [i, value] of [0, 3, 2, 4, 1.5, 2 ** -1023, 4.1].entries()) {
    clock.advance(1)
    octaves.recordWithExemplar(value, { trace_id: `t${i}` })
    bounds.recordWithExemplar(value - 3, { trace_id: `t${i}` })
  }
  timer.recordWithExemplar(0.25, { trace_id: 'abc', attempt: 2, cached: true })
  const of = (name: string): unknown =>
    exemplarsOf(registry.read(), name)?.map(({ value, time, labels }) => [value, time, labels.trace_id])
  assert.deepEqual(of('octaves'), [
    [2 ** -1023, 1006, 't5'],
    [1.5, 1005, 't4'],
    [4, 1004, 't3'],
    [4.1, 1007, 't6'],
  ])
  assert.deepEqual(of('bounds'), [
    [2 ** -1023 - 3, 1006, 't5'],
    [4.1 - 3, 1007, 't6'],
  ])
  assert.deepEqual(exemplarsOf(registry.read(), 'timer'), [
    { labels: { trace_id: 'abc', attempt: '2', cached: 'true' }, value: 0.25, time: 1007 },
  ])
  assert.deepEqual([octaves.count, bounds.count, timer.count], [7, 7, 1])
})

test('A counter keeps its last exemplar, and OpenMetrics shows it', () => {
  const registry = new Registry({ clock: new ManualClock(1000) })
  const sent = registry.counter('sent', { exemplars: true })
  sent.addWithExemplar(2, { trace_id: 'first' })
  sent.addWithExemplar(3, { trace_id: 'second' })
  sent.add(1)
  assert.equal(sent.value, 6)
  assert.deepEqual(exemplarsOf(registry.read(), 'sent'), [{ labels: { trace_id: 'second' }, value: 3, time: 1000 }])
  assert.match(formatOpenMetrics(registry.read()), /sent_total 6 # \{trace_id="second"\} 3 1000/)
})

test('Without the option, and with values that are refused, there is no exemplar', () => {
  const registry = new Registry()
  const plain = [registry.histogram('h'), registry.histogram('e', { buckets: [1] }), registry.timer('t')]
  for (const metric of plain) metric.recordWithExemplar(1, { trace_id: 'a' })
  registry.counter('c').addWithExemplar(1, { trace_id: 'a' })
  const kept = [
    registry.histogram('kept', { exemplars: true }),
    registry.timer('kt', { buckets: [1], exemplars: true }),
  ]
  for (const metric of kept) {
    for (const value of [-1, Number.NaN, Infinity, 'x']) metric.recordWithExemplar(value as number, { trace_id: 'a' })
  }
  registry.counter('kc', { exemplars: true }).addWithExemplar(-1, { trace_id: 'a' })
  for (const name of ['h', 'e', 't', 'c', 'kept', 'kt', 'kc'])
    assert.equal(exemplarsOf(registry.read(), name), undefined)
  assert.deepEqual(
    plain.map(({ count }) => count),
    [1, 1, 1],
  )
  assert.deepEqual(rejected(registry), [
    { labels: { family: 'kept', reason: 'value' }, value: 4 },
    { labels: { family: 'kt', reason: 'value' }, value: 4 },
    { labels: { family: 'kc', reason: 'value' }, value: 1 },
  ])
})

test('Labels that no exemplar can have are counted, and the value counts all the same', () => {
  const registry = new Registry()
  const histogram = registry.histogram('h', { exemplars: true })
  const half = 'x'.repeat(60)
  const bad: unknown[] = [
    null,
    undefined,
    'text',
    { 'trace id': 'a' },
    { __name: 'a' },
    { trace_id: null },
    { trace_id: {} },
    { trace_id: Symbol('x') },
    { [half]: half, more: 'abcde' },
    { trace_id: '\u0001'.repeat(100) },
    Object.defineProperty({}, 'x', { enumerable: true, get: () => assert.fail('thrown by the app') }),
    JSON.parse('{"__proto__":"a"}'),
  ]
  for (const labels of bad) histogram.recordWithExemplar(1, labels as ExemplarLabels)
  assert.deepEqual(exemplarsOf(registry.read(), 'h'), undefined)
  assert.deepEqual(rejected(registry), [{ labels: { family: 'h', reason: 'exemplar' }, value: bad.length }])
  const good: ExemplarLabels[] = [{}, { [half]: half, more: 'abcd' }, { u: '🚢'.repeat(120) }, { q: '"\\\n\ud800' }]
  for (const labels of good) {
    histogram.recordWithExemplar(1, labels)
    assert.deepEqual(exemplarsOf(registry.read(), 'h')?.[0]?.labels, labels)
  }
  assert.equal(histogram.count, bad.length + good.length)
})

test('Exemplars are in the page, move there and back, and are left by a writer that is gone', () => {
  const registry = new Registry()
  const metrics = [registry.histogram('h', { exemplars: true }), registry.timer('t', { buckets: [1], exemplars: true })]
  const sent = registry.counter('c', { exemplars: true, labels: ['to'] }).labels({ to: 'crew' })
  const use = (id: number): void => {
    for (const metric of metrics) metric.recordWithExemplar(id, { id })
    sent.addWithExemplar(id, { id })
  }
  use(1)
  const publication = publish({ registry, dir })
  const outside = (name: string): unknown => exemplarsOf(readPage(publication.file ?? ''), name)
  const same = (): void => {
    for (const name of ['h', 't', 'c']) assert.deepEqual(outside(name), exemplarsOf(registry.read(), name))
  }
  same()
  use(2)
  same()
  publication.close()
  same()
  use(3)
  assert.deepEqual(
    exemplarsOf(registry.read(), 'c')?.map(({ labels }) => labels.id),
    ['3'],
  )
})

test('Of an exemplar of which one bit is wrong, nothing is shown', () => {
  const registry = new Registry()
  registry.counter('c', { exemplars: true }).addWithExemplar(1, { trace_id: 'abc' })
  const publication = publish({ registry, dir })
  publication.close()
  const file = publication.file ?? ''
  const page = readFileSync(file)
  assert.equal(exemplarsOf(readPage(file), 'c')?.length, 1)
  const at = page.indexOf('{"trace_id":"abc"}')
  assert.notEqual(at, -1)
  for (const byte of [at - 8 * exemplarLabelsCell, at - 24, at - 15, at - 6, at + 15]) {
    const broken = Buffer.from(page)
    broken[byte] = (broken[byte] ?? 0) ^ 1
    writeFileSync(join(dir, 'broken.page'), broken)
    assert.equal(exemplarsOf(readPage(join(dir, 'broken.page')), 'c'), undefined, `byte ${byte - at}`)
  }
})
